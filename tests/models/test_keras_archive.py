"""`.keras` files of strangers: none that could run code, read a file or grow is opened."""

import io
import json
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from convlet.errors import ModelError
from convlet.models import average, build_model, keras_archive, over_views
from convlet.models.keras_archive import signature_of
from convlet.models.keras_file import load_keras
from convlet.recipes import RECIPES
from convlet.run import Run

pytestmark = pytest.mark.slow
Members = dict[str, bytes]


@pytest.fixture
def members(run: Run) -> Members:
    with zipfile.ZipFile(run.path / "model.keras") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _written(members: Members, folder: Path, compression: int = zipfile.ZIP_STORED) -> Path:
    path = folder / "theirs.keras"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _config(members: Members, change: Callable[[Any], None]) -> Members:
    config = json.loads(members["config.json"])
    change(config)
    return members | {"config.json": json.dumps(config).encode()}


def test_ours_are_opened_with_and_without_their_seal(run: Run, members: Members, tmp_path) -> None:
    ours, signature = load_keras(run.path / "model.keras")
    theirs, same = load_keras(_written(members, tmp_path))
    assert signature == same
    assert ours.count_params() == theirs.count_params()


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_made_of_known_classes(name: str, tmp_path) -> None:
    recipe = RECIPES[name].changed(filters=[4] * len(RECIPES[name].filters), mirror="average", shifts=1)
    shape = (32, 32, 3) if "pictures" in name else (28, 28, 1)
    model = over_views(average([build_model(recipe, shape, 10) for _ in range(2)]), recipe)
    model.save(tmp_path / "model.keras")
    assert signature_of(tmp_path / "model.keras") == {}


@pytest.mark.parametrize("activation", ["relu", "silu", "gelu", "elu", "selu", "mish", "tanh"])
def test_every_activation_is_known(activation: str, tmp_path) -> None:
    build_model(RECIPES["fast"].changed(activation=activation), (28, 28, 1), 10).save(tmp_path / "model.keras")
    assert signature_of(tmp_path / "model.keras") == {}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.layers", "Lambda"),
        ("keras.layers", "TorchModuleWrapper"),
        ("keras.src.utils.file_utils", "get_file"),
        ("os", "system"),
        ("builtins", "eval"),
        (None, "function"),
        (None, "__lambda__"),
    ],
)
def test_classes_that_run_code(module: str | None, name: str, members: Members, tmp_path) -> None:
    layer = {"module": module, "class_name": name, "config": {}, "registered_name": None}
    changed = _config(members, lambda config: config["config"]["layers"].append(layer))
    with pytest.raises(ModelError, match=f"has the class '{name}'"):
        load_keras(_written(changed, tmp_path))


def test_a_class_that_calls_itself_another(members: Members, tmp_path) -> None:
    def rename(config: Any) -> None:
        config["config"]["layers"][-1]["registered_name"] = "theirs>Evil"

    with pytest.raises(ModelError, match="registered class"):
        load_keras(_written(_config(members, rename), tmp_path))


def test_layers_of_more_weights_than_the_file_has(members: Members, tmp_path) -> None:
    def widen(config: Any) -> None:
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "Dense":
                layer["config"]["units"] = 10**9
                layer.pop("build_config", None)

    with pytest.raises(ModelError, match=r"weights, and|not a readable"):
        load_keras(_written(_config(members, widen), tmp_path))


def test_layers_that_make_much_of_one_image(run: Run, tmp_path) -> None:
    import keras

    model, _ = load_keras(run.path / "model.keras")
    padded = keras.Sequential([keras.Input(model.input_shape[1:]), keras.layers.ZeroPadding2D(40_000)])
    padded.add(keras.layers.GlobalMaxPooling2D())
    padded.save(tmp_path / "theirs.keras")
    with pytest.raises(ModelError, match=r"makes \d+,\d\d\d,\d+,\d+ numbers of one image"):
        load_keras(tmp_path / "theirs.keras")


def test_a_net_that_takes_minutes_for_one_image(tmp_path) -> None:
    import keras

    slow = keras.Sequential([keras.Input((2000, 2000, 1)), keras.layers.Conv2D(8, 101)])
    slow.add(keras.layers.GlobalMaxPooling2D())
    slow.save(tmp_path / "theirs.keras")
    with pytest.raises(ModelError, match=r"multiplies \d\d\d,\d+,\d+,\d+ times for one image"):
        load_keras(tmp_path / "theirs.keras")


def test_pooling_over_much(tmp_path) -> None:
    import keras

    slow = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.UpSampling2D(50)])
    slow.add(keras.layers.AveragePooling2D(400, strides=1, padding="same"))
    slow.add(keras.layers.GlobalMaxPooling2D())
    slow.save(tmp_path / "theirs.keras")
    with pytest.raises(ModelError, match="times for one image"):
        load_keras(tmp_path / "theirs.keras")


@pytest.mark.parametrize("name", ["convlet.json", "config.json", "model.weights.h5", "metadata.json"])
def test_members_that_unpack_to_gigabytes(name: str, members: Members, tmp_path) -> None:
    path = _written(members | {name: bytes(64 << 20)}, tmp_path, zipfile.ZIP_DEFLATED)
    with pytest.raises(ModelError, match="has the compressed member"):
        load_keras(path)


def test_a_member_larger_than_any_of_ours(members: Members, tmp_path) -> None:
    with pytest.raises(ModelError, match=r"has 2,000,000 bytes in convlet\.json"):
        load_keras(_written(members | {"convlet.json": bytes(2_000_000)}, tmp_path))


def test_many_members(members: Members, tmp_path) -> None:
    path = _written(members | {f"assets/{number}": b"" for number in range(60_000)}, tmp_path)
    began = time.process_time()
    with pytest.raises(ModelError, match="list of members"):
        load_keras(path)
    assert time.process_time() - began < 1


def test_a_member_of_another_name_and_one_twice(members: Members, tmp_path) -> None:
    with pytest.raises(ModelError, match=r"has the member '\.\./evil'"):
        load_keras(_written(members | {"../evil": b""}, tmp_path))
    path = _written(members, tmp_path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("config.json", members["config.json"])
    with pytest.raises(ModelError, match="has a member twice"):
        load_keras(path)


def _changed_weights(members: Members, change: Callable[[Any, Any], None]) -> Members:
    held = io.BytesIO(members["model.weights.h5"])
    with h5py.File(held, "r+") as file:
        found: list[Any] = []
        file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
        change(file, found[0])
    return members | {"model.weights.h5": held.getvalue()}


def _link(file: Any, weights: Any) -> None:
    name = weights.name
    del file[name]
    file[name] = h5py.ExternalLink("canary.h5", "/weights")


def _again(file: Any, weights: Any) -> None:
    file["again"] = weights.parent  # a hard link: thirty of these, one in the other, would take days to walk


def _storage(file: Any, weights: Any) -> None:
    name, shape = weights.name, weights.shape
    del file[name]
    file.create_dataset(name, shape, "f4", external=[("canary", 0, 4 * int(np.prod(shape)))])


def _compressed(file: Any, weights: Any) -> None:
    name = weights.name
    del file[name]
    file.create_dataset(name, (1 << 14, 1 << 14), "f4", compression="gzip", chunks=(1 << 10, 1 << 10))


def _unwritten(file: Any, weights: Any) -> None:
    name = weights.name
    del file[name]
    file.create_dataset(name, (1 << 16, 1 << 16), "f4")


def _virtual(file: Any, weights: Any) -> None:
    name, shape = weights.name, weights.shape
    del file[name]
    layout = h5py.VirtualLayout(shape, "f4")
    layout[...] = h5py.VirtualSource("canary.h5", "weights", shape)
    file.create_virtual_dataset(name, layout)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_link, "has the link"),
        (_again, "twice among its weights"),
        (_storage, "in a form that Keras does not write"),
        (_compressed, "in a form that Keras does not write"),
        (_virtual, "in a form that Keras does not write"),
        (_unwritten, r"claims 4,29\d,\d+,\d+ weights"),
    ],
)
def test_weights_that_are_not_in_the_file(change: Any, words: str, members: Members, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("canary").write_bytes(bytes(1 << 16))
    with pytest.raises(ModelError, match=words):
        load_keras(_written(_changed_weights(members, change), tmp_path))


def test_every_flipped_bit_is_noticed(run: Run, tmp_path) -> None:
    content = (run.path / "model.keras").read_bytes()
    random = np.random.default_rng(1)
    path = tmp_path / "model.keras"
    for place in random.integers(len(content), size=300):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << random.integers(8)]) + content[place + 1 :])
        with pytest.raises(ModelError):
            signature_of(path)


def test_a_lying_length_of_the_list_of_members(members: Members, tmp_path) -> None:
    path = _written(members, tmp_path)
    content = bytearray(path.read_bytes())
    end = content.rfind(b"PK\5\6")
    content[end + 12 : end + 16] = struct.pack("<I", 1 << 30)
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not a readable Keras model"):
        load_keras(path)


def test_a_file_larger_than_any_of_ours(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(keras_archive, "_LARGEST", 100)
    path = tmp_path / "model.keras"
    path.write_bytes(bytes(101))
    with pytest.raises(ModelError, match="has 101 bytes; convlet opens Keras models up to 100"):
        load_keras(path)


def test_layers_of_unknown_size(tmp_path) -> None:
    import keras

    model = keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(64, 3)])
    model.add(keras.layers.GlobalMaxPooling2D())
    model.save(tmp_path / "theirs.keras")
    with pytest.raises(ModelError, match="layers of unknown size"):
        load_keras(tmp_path / "theirs.keras")


def test_a_signature_of_another_model(members: Members, tmp_path) -> None:
    facts = json.loads(members["convlet.json"])
    facts["convlet.input_shape"] = "[9, 9, 1]"
    path = _written(members | {"convlet.json": json.dumps(facts).encode()}, tmp_path)
    with pytest.raises(ModelError, match="contradict its metadata"):
        load_keras(path)
