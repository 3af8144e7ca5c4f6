"""Models as attackers write them: one for each class of attack that Keras, ONNX or convlet was open to.

Each function takes a harmless model and the canary, a file that must not be read, and changes the model. After each
name stands the advisory of the kind, where there is one.
"""

import base64
import functools
import io
import itertools
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx  # noqa: TID253  it writes such models, which nothing of convlet does
from onnx import helper, numpy_helper  # noqa: TID253

Members = dict[str, bytes]
CONTROL = "no change"  # what must be opened
_VAST = [1 << 20, 1 << 20, 1]
_BOMB = 1 << 24  # bytes of a member
_WRITES = "open('written', 'w')"  # what code in a model would do


def onnx_models(canary: Path) -> dict[str, Callable[[onnx.ModelProto], bytes | None]]:
    """Return changes to an ONNX model, by name; a change that returns bytes wants them appended to the file."""
    return {
        CONTROL: lambda _: None,
        "weights in another folder (CVE-2022-25882)": lambda m: _outside(m.graph.initializer[0], f"../{canary.name}"),
        "weights by an absolute path (CVE-2024-27318)": lambda m: _outside(m.graph.initializer[0], str(canary)),
        "weights through a link": lambda m: _outside(m.graph.initializer[0], "link"),
        "weights of a sparse tensor outside": lambda m: _outside(m.graph.sparse_initializer.add().values, "link"),
        "weights of an attribute outside": lambda m: _outside(_attribute(m).t, "link"),
        "weights of a graph within outside": lambda m: _outside(_attribute(m).g.initializer.add(), "link"),
        "weights of a function outside": lambda m: _outside(_in_function(m), "link"),
        "an endless loop": lambda m: _append(m, helper.make_node("Loop", ["", "before"], ["x"], body=_endless())),
        "a constant of 8 GB": lambda m: _constant(m, 1 << 31),
        "forty doublings": _doublings,
        "a Pad of other axes": _padded,
        "twenty Pads, at once if a runtime likes": _pads,
        "numbers made texts": _texts,
        "an operator of a library": lambda m: _append(m, helper.make_node("Run", ["before"], ["x"], domain="theirs")),
        "more numbers than bytes": lambda m: m.graph.initializer[0].dims.__setitem__(0, 1 << 40),
        "graphs in graphs, 3,000 deep": _nested,
        "lists in lists in its metadata": lambda m: _metadata(m, "[" * 200_000),
        "an image of a trillion pixels": _vast,
        "answers that are no numbers": _no_numbers,
    }


def keras_models(canary: Path) -> dict[str, Callable[[Members], Members | bytes]]:
    """Return changes to the members of a `.keras` file, by name; a change that returns bytes is the whole file."""
    code = base64.b64encode(pickle.dumps(_Writing())).decode()
    names = {
        "a Lambda layer (CVE-2024-3660)": ("keras.layers", "Lambda", {"function": {"class_name": "__lambda__"}}),
        "a function by its name (CVE-2025-1550)": ("builtins", "exec", _WRITES),
        "a download (CVE-2025-8747)": ("keras.utils", "get_file", {"origin": canary.as_uri()}),
        "a switch for unsafe loading (CVE-2025-9906)": ("keras.config", "enable_unsafe_deserialization", {}),
        "a pickled module (CVE-2025-49655)": ("keras.layers", "TorchModuleWrapper", {"module": code}),
        "a vocabulary in a file (CVE-2025-12058)": ("keras.layers", "StringLookup", {"vocabulary": str(canary)}),
    }
    made: dict[str, Callable[[Members], Members | bytes]] = {
        name: functools.partial(_layer, layer=layer) for name, layer in names.items()
    }
    return made | {
        CONTROL: lambda members: members,
        "a pickle": lambda _: pickle.dumps(_Writing()),
        "HDF5 of Keras 2 (CVE-2025-9905)": lambda members: members["model.weights.h5"],
        "a member outside its folder (CVE-2025-12060)": lambda members: members | {"../written": b"1"},
        "60,000 members": lambda members: members | {f"assets/{number}": b"" for number in range(60_000)},
        "256 MB of metadata in 260 kB": lambda members: members | {"metadata.json": bytes(1 << 28)},
        "256 MB of weights in 260 kB": lambda members: members | {"model.weights.h5": bytes(1 << 28)},
        "weights of another file": lambda members: _weights(members, _linked(canary)),
        "weights in another file's bytes (CVE-2026-1669)": lambda members: _weights(members, _stored(canary)),
        "weights that claim 16 GB (CVE-2026-0897)": lambda members: _weights(members, _unwritten),
        "a layer of a billion units": lambda members: _config(members, _wide),
        "an image of a trillion pixels": _vast_image,
        "a pool over a window of 10**9 numbers": lambda members: _config(members, _pooled),
        "lists in lists in its layers": lambda members: members | {"config.json": b"[" * 200_000},
    }


class _Writing:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (_WRITES,)


def _outside(tensor: onnx.TensorProto, location: str) -> None:
    tensor.CopyFrom(numpy_helper.from_array(np.ones((8, 8), np.float32), tensor.name or "theirs"))
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location


def _attribute(model: onnx.ModelProto) -> onnx.AttributeProto:
    attribute = model.graph.node[0].attribute.add()
    attribute.name, attribute.type = "theirs", onnx.AttributeProto.TENSOR
    return attribute


def _in_function(model: onnx.ModelProto) -> onnx.TensorProto:
    tensor = numpy_helper.from_array(np.ones(3, np.float32), "theirs")
    node = helper.make_node("Constant", [], ["out"], value=tensor)
    function = helper.make_function("theirs", "f", [], ["out"], [node], [helper.make_opsetid("", 20)])
    model.functions.append(function)
    return model.functions[0].node[0].attribute[0].t


def _append(model: onnx.ModelProto, *nodes: onnx.NodeProto) -> None:
    """Put operations between the graph's answer and its output."""
    last = next(node for node in model.graph.node if "probabilities" in node.output)
    last.output[:] = ["before"]
    model.graph.node.extend(nodes)
    model.graph.node.append(helper.make_node("Relu", [nodes[-1].output[0]], ["probabilities"]))


def _endless() -> onnx.GraphProto:
    kind = onnx.TensorProto
    ends = [helper.make_tensor_value_info(name, kind.BOOL, []) for name in ("more", "again")]
    step = helper.make_tensor_value_info("step", kind.INT64, [])
    values = [helper.make_tensor_value_info(name, kind.FLOAT, None) for name in ("one", "other")]
    nodes = [helper.make_node("Identity", ["more"], ["again"]), helper.make_node("Identity", ["one"], ["other"])]
    return helper.make_graph(nodes, "body", [step, ends[0], values[0]], [ends[1], values[1]])


def _constant(model: onnx.ModelProto, size: int) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.array([size]), "size"))
    _append(model, helper.make_node("ConstantOfShape", ["size"], ["x"]))


def _doublings(model: onnx.ModelProto) -> None:
    names = ["before", *(f"x{step}" for step in range(40))]
    pairs = itertools.pairwise(names)
    _append(model, *(helper.make_node("Concat", [one, one], [other], axis=1) for one, other in pairs))


def _numbers(name: str, *values: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def _padded(model: onnx.ModelProto) -> None:
    size = 1 << 16
    pads, axes = _numbers("pads", 0, 0, size, size, 0, 0, 0, 0), _numbers("axes", 3, 2, 1, 0)
    model.graph.initializer.extend([pads, axes, _numbers("shape", 1, 1, 1, -1)])
    reshaped = helper.make_node("Reshape", ["before", "shape"], ["flat"])
    _append(model, reshaped, helper.make_node("Pad", ["flat", "pads", "", "axes"], ["x"]))


def _pads(model: onnx.ModelProto) -> None:
    model.graph.initializer.extend([_numbers("pads", 0, 0, 0, 1 << 24), _numbers("all", 0, 1)])
    nodes, last = [], "before"
    for step in range(20):
        nodes.append(helper.make_node("Pad", ["before", "pads"], [f"wide{step}"]))
        nodes.append(helper.make_node("Mul", [f"wide{step}", last], [f"product{step}"]))
        last = f"x{step}"
        nodes.append(helper.make_node("ReduceMax", [f"product{step}", "all"], [last]))
    _append(model, *nodes)


def _texts(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(_numbers("pads", 0, 0, 0, 1 << 24))
    text, number = onnx.TensorProto.STRING, onnx.TensorProto.FLOAT
    wide = helper.make_node("Pad", ["before", "pads"], ["wide"])
    texts = helper.make_node("Cast", ["wide"], ["texts"], to=text)
    _append(model, wide, texts, helper.make_node("Cast", ["texts"], ["x"], to=number))


def _nested(_: onnx.ModelProto) -> bytes:
    """Return bytes to append: protobuf's own writer ends after a hundred messages, one in the other."""
    content = b""
    for field in (b"\x32", b"\x2a", b"\x0a") * 3_000:  # an attribute's graph, the attribute, its node
        content = field + _varint(len(content)) + content
    return b"\x3a" + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    held = bytearray()
    while number > 127:
        held.append(number & 127 | 128)
        number >>= 7
    return bytes([*held, number])


def _metadata(model: onnx.ModelProto, text: str) -> None:
    for entry in model.metadata_props:
        entry.value = text


def _vast(model: onnx.ModelProto) -> None:
    next(one for one in model.metadata_props if one.key.endswith("input_shape")).value = json.dumps(_VAST)
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1 << 20
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 1 << 20


def _no_numbers(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.array([np.nan], np.float32), "nan"))
    _append(model, helper.make_node("Mul", ["before", "nan"], ["x"]))


def _config(members: Members, change: Callable[[Any], None]) -> Members:
    config = json.loads(members["config.json"])
    change(config["config"]["layers"])
    return members | {"config.json": json.dumps(config).encode()}


def _layer(members: Members, layer: tuple[str, str, object]) -> Members:
    """Put a layer in the place of the last one, which is otherwise as it was."""
    changes = dict(zip(("module", "class_name", "config"), layer, strict=True))
    return _config(members, lambda layers: layers[-1].update(changes))


def _wide(layers: Any) -> None:
    for layer in layers:
        if layer["class_name"] == "Dense":
            layer["config"]["units"] = 10**9
            layer.pop("build_config", None)


def _pooled(layers: Any) -> None:
    pool = next(layer["config"] for layer in layers if layer["class_name"] == "MaxPooling2D")
    pool |= {"pool_size": [1 << 15, 1 << 15], "strides": [2, 2], "padding": "same"}  # as many answers as before


def _vast_image(members: Members) -> Members:
    facts = json.loads(members["convlet.json"])
    key = next(name for name in facts if name.endswith("input_shape"))
    facts[key] = json.dumps(_VAST) if isinstance(facts[key], str) else _VAST

    def widen(layers: Any) -> None:
        layers[0]["config"]["batch_shape"] = [None, *_VAST]

    return _config(members, widen) | {"convlet.json": json.dumps(facts).encode()}


def _weights(members: Members, change: Callable[[Any, str, Any], None]) -> Members:
    held = io.BytesIO(members["model.weights.h5"])
    with h5py.File(held, "r+") as file:
        found: list[Any] = []
        file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
        name, shape = found[0].name, found[0].shape
        del file[name]
        change(file, name, shape)
    return members | {"model.weights.h5": held.getvalue()}


def _linked(canary: Path) -> Callable[[Any, str, Any], None]:
    return lambda file, name, _: file.__setitem__(name, h5py.ExternalLink(str(canary), "/weights"))


def _stored(canary: Path) -> Callable[[Any, str, Any], None]:
    return lambda file, name, shape: file.create_dataset(
        name, shape, "f4", external=[(str(canary), 0, 4 * int(np.prod(shape)))]
    )


def _unwritten(file: Any, name: str, _: Any) -> None:
    file.create_dataset(name, (1 << 16, 1 << 16), "f4")


def written(members: Members | bytes, path: Path) -> None:
    """Write a `.keras` file."""
    if isinstance(members, bytes):
        path.write_bytes(members)
        return
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_DEFLATED if len(content) > _BOMB else zipfile.ZIP_STORED  # as Keras stores it
            archive.writestr(name, content, kind)
