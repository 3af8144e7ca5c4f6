"""ONNX files of strangers: none that could read a file, loop or grow is opened."""

import os
import time
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx  # noqa: TID253  every test here is about its files
import pytest
from onnx import helper, numpy_helper  # noqa: TID253

import convlet
from convlet.errors import ModelError
from convlet.prediction import onnx_file, onnx_size
from convlet.prediction.onnx_file import require_plain
from convlet.prediction.onnx_size import Graph
from convlet.run import Run

pytestmark = pytest.mark.slow
FLOAT = onnx.TensorProto.FLOAT


@pytest.fixture
def proto(run: Run) -> onnx.ModelProto:
    loaded = onnx.load(run.path / "model.onnx")
    del loaded.metadata_props[0]  # the seal, as a stranger would
    return loaded


def _refused(proto: onnx.ModelProto, words: str, folder: Path) -> None:
    path = folder / "theirs.onnx"
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(ModelError, match=words):
        convlet.Predictor(path)


def _after(proto: onnx.ModelProto, *nodes: onnx.NodeProto) -> onnx.ModelProto:
    """Add operations between the graph's answer and its output."""
    last = next(node for node in proto.graph.node if "probabilities" in node.output)
    last.output[:] = ["before"]
    proto.graph.node.extend(nodes)
    return proto


def _subgraph() -> onnx.GraphProto:
    tensor = numpy_helper.from_array(np.ones(3, np.float32), "inner")
    return helper.make_graph(
        [helper.make_node("Identity", ["inner"], ["out"])],
        "inner",
        [],
        [helper.make_tensor_value_info("out", FLOAT, [3])],
        [tensor],
    )


def _external(tensor: onnx.TensorProto) -> onnx.TensorProto:
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "canary"
    return tensor


def test_ours_are_opened(run: Run, proto: onnx.ModelProto, tmp_path) -> None:
    require_plain((run.path / "model.onnx").read_bytes(), "ours")
    path = tmp_path / "unsealed.onnx"
    path.write_bytes(proto.SerializeToString())
    assert convlet.Predictor(path).signature == run.predictor().signature


@pytest.mark.parametrize("place", ["initializer", "attribute", "sparse", "function", "subgraph", "training"])
def test_weights_in_other_files_wherever_they_are_named(
    place: str, proto: onnx.ModelProto, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("canary").write_bytes(os.urandom(1 << 20))
    graph = proto.graph
    tensor = _external(numpy_helper.from_array(np.ones((3, 3), np.float32), "theirs"))
    if place == "initializer":
        _external(graph.initializer[0])
    elif place == "attribute":
        _after(proto, helper.make_node("Relu", ["before"], ["probabilities"], value=tensor))
    elif place == "sparse":
        sparse = graph.sparse_initializer.add()
        sparse.values.CopyFrom(tensor)
    elif place == "function":
        node = helper.make_node("Constant", [], ["out"], value=tensor)
        proto.functions.append(helper.make_function("theirs", "f", [], ["out"], [node], [helper.make_opsetid("", 20)]))
    elif place == "subgraph":
        inner = _subgraph()
        _external(inner.initializer[0])
        _after(proto, helper.make_node("Relu", ["before"], ["probabilities"], body=inner))
    else:
        training = proto.training_info.add()
        training.algorithm.initializer.append(tensor)
    _refused(proto, "other files|sparse|functions|graph within", tmp_path)


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_however_long_the_numbers_are_written(length: int) -> None:
    """Protobuf also reads numbers of more bytes than they need: 8 as 88 00."""
    key = b"\n" + bytes([0x88] + [0x80] * (length - 1) + [0x00] if length > 1 else [0x08]) + b"location"
    tensor = b"\x6a" + bytes([len(key)]) + key  # field 13: external_data
    assert onnx.TensorProto.FromString(tensor).external_data[0].key == "location"
    graph = b"\x2a" + bytes([len(tensor)]) + tensor  # field 5: initializer
    with pytest.raises(ModelError, match="keeps its weights in other files"):
        require_plain(b"\x3a" + bytes([len(graph)]) + graph, "theirs")  # field 7: graph


def test_a_second_graph_is_looked_at_too(run: Run) -> None:
    """Protobuf adds a field that comes twice to the first."""
    tensor = _external(numpy_helper.from_array(np.ones(3, np.float32), "theirs")).SerializeToString()
    graph = b"\x2a" + bytes([len(tensor)]) + tensor
    again = b"\x3a" + bytes([len(graph)]) + graph
    content = (run.path / "model.onnx").read_bytes() + again
    assert onnx.ModelProto.FromString(content).graph.initializer[-1].name == "theirs"
    with pytest.raises(ModelError, match="keeps its weights in other files"):
        require_plain(content, "theirs")


@pytest.mark.parametrize(
    ("operator", "domain"), [("Loop", ""), ("If", ""), ("Expand", ""), ("ConstantOfShape", ""), ("Relu", "theirs")]
)
def test_other_operators(operator: str, domain: str, proto: onnx.ModelProto, tmp_path) -> None:
    node = helper.make_node(operator, ["before"], ["probabilities"], domain=domain)
    _refused(_after(proto, node), rf"has the operator '.*{operator}'", tmp_path)


def test_much_from_little(proto: onnx.ModelProto, tmp_path) -> None:
    """Constants that grow while a model is opened, and weights that are computed."""
    one = numpy_helper.from_array(np.ones((1, 10), np.float32), "one")
    proto.graph.initializer.append(one)
    nodes = [helper.make_node("Concat", ["one", "one"], ["two"], axis=0)]
    grown = onnx.ModelProto.FromString(proto.SerializeToString())
    _refused(_after(grown, *nodes), "has a Concat of nothing but weights", tmp_path)
    squared = helper.make_node("Gemm", ["before", "before"], ["probabilities"], transB=1)
    _refused(_after(proto, squared), "has a Gemm whose weights are computed", tmp_path)


def _number(name: str, *values: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


@pytest.mark.parametrize("way", ["joined", "broadcast", "padded", "gathered", "convolved"])
def test_a_net_that_grows_is_refused_in_a_moment(way: str, proto: onnx.ModelProto, tmp_path) -> None:
    """Forty doublings of ten numbers would be ten trillion."""
    names = ["before", *(f"x{step}" for step in range(40))]
    node = helper.make_node
    if way == "joined":
        nodes = [node("Concat", [one, one], [other], axis=1) for one, other in pairwise(names)]
    elif way == "broadcast":
        proto.graph.initializer.extend([_number("row", 1, -1), _number("column", -1, 1)])
        nodes = []
        for one, other in pairwise(names[:6]):
            nodes += [node("Reshape", [one, "row"], [f"{one}r"]), node("Reshape", [one, "column"], [f"{one}c"])]
            nodes.append(node("Mul", [f"{one}r", f"{one}c"], [other]))
    elif way == "padded":
        proto.graph.initializer.append(_number("pads", 0, 0, 0, 1 << 40))
        nodes = [node("Pad", ["before", "pads"], ["x0"])]
    elif way == "gathered":
        proto.graph.initializer.append(_number("places", *[0] * 1000))
        nodes = [node("Gather", ["before", "places"], ["x0"], axis=1), node("Gather", ["x0", "places"], ["y"], axis=0)]
        nodes.append(node("Concat", ["y"] * 500, ["z"], axis=0))
    else:
        kernel = numpy_helper.from_array(np.ones((500, 1, 1, 1), np.float32), "kernel")
        proto.graph.initializer.extend([kernel, _number("form", 1, 1, 2, 5)])
        nodes = [node("Reshape", ["before", "form"], ["x0"])]
        nodes.append(node("Conv", ["x0", "kernel"], ["x1"], pads=[3000, 3000, 3000, 3000]))
    last = nodes[-1].output[0]
    nodes.append(node("ReduceMean", [last], ["probabilities"], keepdims=1))
    began = time.process_time()
    _refused(_after(proto, *nodes), "makes .* numbers of one image|multiplies .* times", tmp_path)
    shuffled = onnx.ModelProto.FromString(proto.SerializeToString())
    shuffled.graph.node.sort(key=lambda one: one.output[0], reverse=True)
    _refused(shuffled, "before what it needs|numbers of one image", tmp_path)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "way",
    [
        *("computed pads", "computed shape", "many axes", "many at a time", "turned"),
        *("other axes", "computed axes", "in another order", "texts"),
    ],
)
def test_what_could_hide_how_much_is_made(way: str, proto: onnx.ModelProto, tmp_path) -> None:
    node = helper.make_node
    if way == "computed pads":
        nodes = [node("Cast", ["before"], ["more"], to=onnx.TensorProto.INT64)]
        nodes.append(node("Pad", ["before", "more"], ["probabilities"]))
        words = "by a computed list"
    elif way == "computed shape":
        nodes = [node("Cast", ["before"], ["more"], to=onnx.TensorProto.INT64)]
        nodes.append(node("Reshape", ["before", "more"], ["probabilities"]))
        words = "by a computed list"
    elif way == "many axes":
        proto.graph.initializer.extend([_number("nine", *[1] * 8, -1), _number("pads", *[0] * 8, 9, *[0] * 8, 9000)])
        nodes = [node("Reshape", ["before", "nine"], ["x"]), node("Pad", ["x", "pads"], ["probabilities"])]
        words = "more than 8 axes"
    elif way == "many at a time":
        proto.graph.initializer.append(_number("pads", 0, 0, 0, 1 << 24))
        nodes = [node("Pad", ["before", "pads"], [f"x{place}"]) for place in range(20)]
        nodes.append(node("Sum", [f"x{place}" for place in range(20)], ["probabilities"]))
        words = "numbers of one image"
    elif way == "other axes":
        pads = _number("pads", 0, 0, 1 << 15, 1 << 15, 0, 0, 0, 0)
        proto.graph.initializer.extend([pads, _number("axes", 3, 2, 1, 0), _number("shape", 1, 1, 1, -1)])
        nodes = [node("Reshape", ["before", "shape"], ["x"]), node("Pad", ["x", "pads", "", "axes"], ["probabilities"])]
        words = "numbers of one image"
    elif way == "computed axes":
        proto.graph.initializer.append(_number("pads", 0, 0, 0, 9))
        nodes = [node("Cast", ["before"], ["more"], to=onnx.TensorProto.INT64)]
        nodes.append(node("Pad", ["before", "pads", "", "more"], ["probabilities"]))
        words = "by a computed list"
    elif way == "in another order":  # each Pad can be computed before the first of the products
        proto.graph.initializer.extend([_number("pads", 0, 0, 0, 1 << 24), _number("all", 0, 1)])
        nodes = []
        for place in range(20):
            nodes.append(node("Pad", ["before", "pads"], [f"x{place}"]))
            nodes.append(node("Mul", [f"x{place}", f"y{place}" if place else "before"], [f"z{place}"]))
            nodes.append(node("ReduceMax", [f"z{place}", "all"], [f"y{place + 1}"]))
        nodes.append(node("Relu", ["y20"], ["probabilities"]))
        words = "numbers of one image"
    elif way == "texts":
        nodes = [node("Cast", ["before"], ["x"], to=onnx.TensorProto.STRING)]
        nodes.append(node("Cast", ["x"], ["probabilities"], to=onnx.TensorProto.FLOAT))
        words = "a Cast to something else than numbers"
    else:
        proto.graph.initializer.append(numpy_helper.from_array(np.ones((1, 50_000_000 // 1000), np.float32), "wide"))
        proto.graph.initializer.append(_number("pads", 0, 0, 0, 9990))
        nodes = [node("Pad", ["before", "pads"], ["x"]), node("Gemm", ["x", "wide"], ["probabilities"], transA=1)]
        words = "numbers of one image"
    _refused(_after(proto, *nodes), words, tmp_path)


def test_a_long_chain_is_bounded_by_what_can_be_there_at_a_time(proto: onnx.ModelProto, tmp_path) -> None:
    proto.graph.initializer.extend([_number("pads", 0, 0, 0, 1 << 23), _number("all", 1)])
    names = ["before", *(f"x{place}" for place in range(98))]
    nodes = []
    for first, second, third in zip(names[::2], names[1::2], names[2::2], strict=False):  # large and small in turn
        nodes.append(helper.make_node("Pad", [first, "pads"], [second]))
        nodes.append(helper.make_node("ReduceMax", [second, "all"], [third], keepdims=1))
    nodes.append(helper.make_node("Add", ["before", names[96]], ["probabilities"]))
    path = tmp_path / "theirs.onnx"
    path.write_bytes(_after(proto, *nodes).SerializeToString())
    assert 1 << 23 < require_plain(path.read_bytes(), path) < 1 << 25


def test_an_input_whose_shape_comes_twice(run: Run) -> None:
    content = (run.path / "model.onnx").read_bytes()
    twice = onnx.ModelProto.FromString(content).graph.input[0].SerializeToString() + b"\x12\x00"
    graph = b"\x5a" + bytes([len(twice)]) + twice
    with pytest.raises(ModelError, match="comes twice"):
        require_plain(content + b"\x3a" + bytes([len(graph)]) + graph, "theirs")


def test_an_attribute_that_is_a_number_and_a_list(proto: onnx.ModelProto, tmp_path) -> None:
    node = next(one for one in proto.graph.node if one.op_type == "Conv")
    strides = node.attribute.add()
    strides.name, strides.type, strides.i = "strides", onnx.AttributeProto.INTS, 1_000_000
    strides.ints.extend([1, 1])
    _refused(proto, "has a number and a list", tmp_path)


def test_large_nets_answer_few_images_at_a_time(run: Run, noise, monkeypatch) -> None:
    expected = run.predictor().probabilities(noise)
    monkeypatch.setattr("convlet.prediction.opening._TOGETHER", 1)
    np.testing.assert_allclose(run.predictor().probabilities(noise), expected, atol=1e-6)


def test_the_sides_found_are_upper_bounds(run: Run) -> None:
    content = (run.path / "model.onnx").read_bytes()
    loaded = onnx.ModelProto.FromString(content)
    for value in (*loaded.graph.input, *loaded.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    inferred = onnx.shape_inference.infer_shapes(loaded, strict_mode=True, data_prop=True)
    graph = Graph()
    for field in onnx_file._fields(memoryview(content)):
        if field.number == 7:
            onnx_file._look_at_graph(field.content, graph)
    found = onnx_size.sides_of(graph)
    compared = 0
    for value in inferred.graph.value_info:
        sides = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        if all(sides):
            assert np.prod(found[value.name]) >= np.prod(sides), value.name
            compared += 1
    assert compared > 5


@pytest.mark.parametrize("value", ["nan", "inf", "2"])
def test_answers_that_are_no_probabilities(value: str, proto: onnx.ModelProto, noise, tmp_path) -> None:
    proto.graph.initializer.append(numpy_helper.from_array(np.array([float(value)], np.float32), "theirs"))
    _after(proto, helper.make_node("Mul", ["before", "theirs"], ["probabilities"]))
    path = tmp_path / "theirs.onnx"
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(ModelError, match="answers with no probabilities"):
        convlet.Predictor(path).predict(noise)


def test_every_flipped_bit_is_noticed(run: Run, noise, tmp_path) -> None:
    content = (run.path / "model.onnx").read_bytes()
    random = np.random.default_rng(1)
    path = tmp_path / "model.onnx"
    for place in random.integers(len(content), size=300):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << random.integers(8)]) + content[place + 1 :])
        with pytest.raises(ModelError), warnings.catch_warnings():
            convlet.Predictor(path).predict(noise)


def test_what_is_no_protobuf() -> None:
    random = np.random.default_rng(1)
    for size in (1, 10, 1000):
        for _ in range(100):
            content = random.bytes(size)
            try:
                require_plain(content, "theirs")
            except ModelError as error:
                assert "theirs" in str(error)  # noqa: PT017  either outcome is right, no other error is


def test_an_image_of_a_trillion_pixels(proto: onnx.ModelProto, tmp_path) -> None:
    for side in proto.graph.input[0].type.tensor_type.shape.dim[1:3]:
        side.dim_value = 1 << 20
    _refused(proto, "takes 1,099,511,627,776 numbers of one image", tmp_path)


def test_an_input_of_very_many_axes(proto: onnx.ModelProto, tmp_path) -> None:
    shape = proto.graph.input[0].type.tensor_type.shape
    for _ in range(40_000):
        shape.dim.add().dim_value = 1 << 62
    began = time.process_time()
    _refused(proto, "has a tensor of more than 8 axes", tmp_path)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("way", ["reshaped", "turned"])
def test_an_answer_of_very_many_axes(way: str, proto: onnx.ModelProto, tmp_path) -> None:
    sides = onnx.TensorProto(
        name="sides", data_type=onnx.TensorProto.INT64, dims=[40_000], int64_data=[1 << 62] * 40_000
    )
    proto.graph.initializer.append(sides)
    if way == "reshaped":
        node = helper.make_node("Reshape", ["before", "sides"], ["probabilities"])
    else:
        node = helper.make_node("Transpose", ["before"], ["probabilities"], perm=[0] * 40_000)
    began = time.process_time()
    _refused(_after(proto, node), "of more than 8 axes|by a computed list", tmp_path)
    assert time.process_time() - began < 1
