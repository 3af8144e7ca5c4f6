"""Look through a `.keras` file before Keras opens it: it may come from a stranger.

The archive is a zip file with the layers as JSON and the weights as HDF5. Only what convlet writes is let through: its
four members, uncompressed; layers and operations of Keras that compute; weights that lie in the file. So opening one
runs no code of its own, reads no other file, and takes memory in proportion to the file.
"""

import contextlib
import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any

from convlet.errors import ModelError
from convlet.system.engine import keras
from convlet.system.places import require_recorded

SIGNATURE = "convlet.json"
_WEIGHTS, _LAYERS = "model.weights.h5", "config.json"
_SIZES = {SIGNATURE: 1 << 20, _LAYERS: 8 << 20, "metadata.json": 1 << 16, _WEIGHTS: 1 << 30}  # bytes at most
_LARGEST = sum(_SIZES.values())
_DIRECTORY = 1 << 12  # bytes of the archive's list of members: those four take 300
_MOST = 1 << 27  # numbers that all layers may make of one image: 512 MB
_WORK = 2 * 10**11  # multiplications for one image: some seconds of one core
_POOLING = 32  # times: what a number of a pooling window takes longer than a multiplication
_SLACK = 1 << 20  # parameters beyond those in the file, which are none in a model that convlet wrote

_BY_HOME = {
    "keras": "DTypePolicy Sequential",
    "keras.src.models.functional": "Functional",
    "keras.initializers": "GlorotUniform GlorotNormal HeUniform HeNormal LecunNormal LecunUniform Ones Zeros Constant "
    "RandomNormal RandomUniform TruncatedNormal VarianceScaling Orthogonal",
    "keras.regularizers": "L1 L2 L1L2",
    "keras.layers": "Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D BatchNormalization "
    "CenterCrop Concatenate Conv1D Conv2D Cropping1D Cropping2D Dense DepthwiseConv1D "
    "DepthwiseConv2D Dropout ELU Flatten GaussianDropout GaussianNoise GlobalAveragePooling1D "
    "GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D GroupNormalization InputLayer "
    "LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D Maximum Minimum Multiply Normalization "
    "PReLU Permute ReLU RepeatVector Rescaling Reshape Resizing SeparableConv1D SeparableConv2D "
    "Softmax SpatialDropout2D Subtract UnitNormalization UpSampling1D UpSampling2D ZeroPadding1D "
    "ZeroPadding2D",
    "keras.src.ops.numpy": "Add Concatenate Divide Flip Max Maximum Mean Min Minimum Multiply Negative Pad Reshape "
    "Subtract Sum Transpose TrueDivide",
}
CLASSES = {(home, name) for home, names in _BY_HOME.items() for name in names.split()} | {(None, "__keras_tensor__")}


def signature_of(path: Path) -> dict[str, str]:
    """Check a `.keras` file, and return the metadata of its signature; {} if it has none.

    Raises:
        ModelError: it is damaged, or holds what convlet does not write.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ModelError(
                f"{path} has {path.stat().st_size:,} bytes; convlet opens Keras models up to {_LARGEST:,}."
            )
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(_with_short_directory(content))) as archive:
            members = {member.filename: member for member in archive.infolist()}
            if unexpected := _unexpected(archive.infolist()):
                raise _refusal(path, unexpected)
            require_recorded(content, path)
            layers = json.loads(archive.read(_LAYERS))
            if unexpected := _unexpected_class(layers) or _unexpected_weights(archive.read(_WEIGHTS), layers):
                raise _refusal(path, unexpected)
            return dict(json.loads(archive.read(SIGNATURE))) if SIGNATURE in members else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError, NotImplementedError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is not a readable Keras model ({_first_line(error)}).") from error


def _with_short_directory(content: bytes) -> bytes:
    """Return the archive unless its list of members, which is read as a whole, is too long."""
    end = content.rfind(b"PK\5\6", max(0, len(content) - (1 << 16) - 22))
    if 0 <= end <= len(content) - 22 and int.from_bytes(content[end + 12 : end + 16], "little") > _DIRECTORY:
        raise ValueError("its list of members is longer than that of any Keras model of convlet")
    if b"PK\6\7" in content[max(0, end - 20) : end]:  # a zip64 list, for archives of more than 4 GB
        raise ValueError("it is a zip64 archive")
    return content


def _unexpected(members: list[zipfile.ZipInfo]) -> str:
    for member in members:
        if member.filename not in _SIZES:
            return f"has the member {member.filename[:60]!r}"
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            return f"has the compressed member {member.filename}"
        if member.file_size > _SIZES[member.filename]:
            return f"has {member.file_size:,} bytes in {member.filename}"
    return "" if len({member.filename for member in members}) == len(members) else "has a member twice"


def _unexpected_class(config: Any) -> str:
    """Look for a class in a configuration that is none of `CLASSES`."""
    left = [config]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            left += one.values()
            name, registered = one.get("class_name"), one.get("registered_name")
            if "class_name" in one and (one.get("module"), name) not in CLASSES:
                return f"has the class {str(name)[:60]!r} of {str(one.get('module'))[:60]!r}"
            if registered not in (None, name):
                return f"has the registered class {str(registered)[:60]!r}"
    return ""


def _unexpected_weights(content: bytes, layers: Any) -> str:
    """Look for weights that are not in the file, and for layers that have more weights than it."""
    import h5py

    sizes: list[int] = []
    seen: set[Any] = set()

    def look(group: Any) -> str:
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                return f"has the link {name[:60]!r} among its weights"
            item = group[name]
            place = h5py.h5o.get_info(item.id).addr
            if place in seen:
                return f"has {name[:60]!r} twice among its weights"
            seen.add(place)
            if isinstance(item, h5py.Group):
                if found := look(item):
                    return found
                continue
            plain = item.chunks is None and not item.is_virtual and not item.external
            if not plain or item.dtype.kind not in "fiub":
                return f"keeps its weights {name[:60]!r} in a form that Keras does not write"
            sizes.append(math.prod(item.shape))
        return ""

    with h5py.File(io.BytesIO(content), "r") as file:
        if found := look(file):
            return found
    if sum(sizes) > len(content):
        return f"claims {sum(sizes):,} weights in {len(content):,} bytes"
    built, numbers, work = _built(layers)
    if built > sum(sizes) + _SLACK:
        return f"has layers of {built:,} weights, and {sum(sizes):,} in the file"
    if numbers > _MOST:
        return f"makes {numbers:,} numbers of one image"
    return f"multiplies {work:,} times for one image" if work > _WORK else ""


def _built(layers: Any) -> tuple[int, int, int]:
    """Count the weights of a configuration's layers, and see `effort_of`, without memory for any."""
    layer_maker = keras()  # first, so that Keras is imported as convlet wants it
    from keras.src.backend.common import global_state

    waiting = "uninitialized_variables"  # where Keras notes what it shall fill later, which is never
    before = list(global_state.get_global_attribute(waiting, []))
    with contextlib.ExitStack() as after:
        after.callback(global_state.set_global_attribute, waiting, before)
        after.enter_context(layer_maker.StatelessScope(initialize_variables=False))
        model = layer_maker.saving.deserialize_keras_object(json.loads(json.dumps(layers)))
        weights = sum(math.prod(variable.shape) for variable in model.variables)
        return weights, *effort_of(model)


def effort_of(model: Any) -> tuple[int, int]:
    """Return upper bounds of the numbers that a `keras.Model` makes of one image, and of its multiplications.

    Raises:
        ValueError: it takes images of any size.
    """
    numbers = work = 0
    for layer in model._flatten_layers():  # noqa: SLF001  no other way
        each = max((math.prod(weight.shape[:-1]) for weight in layer.weights), default=1)
        if hasattr(layer, "pool_size"):
            each = _POOLING * math.prod(layer.pool_size)
        for node in layer._inbound_nodes:  # noqa: SLF001
            sides = [tensor.shape[1:] for tensor in node.output_tensors]
            if any(None in one for one in sides):
                raise ValueError("it has layers of unknown size")
            made = sum(map(math.prod, sides))
            numbers, work = numbers + made, work + made * each
    return numbers, work


def _refusal(path: Path, what: str) -> ModelError:
    return ModelError(f"{path} {what}, which convlet's Keras models do not, so it is not opened.")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
