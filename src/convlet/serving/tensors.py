"""Read and write tensors of the Open Inference Protocol v2, in JSON or Triton's "Binary data extension".

https://github.com/kserve/open-inference-protocol
"""

import itertools
import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.responses import JSONResponse, Response

from convlet.prediction.answer import Answer
from convlet.prediction.predictor import Predictor
from convlet.serving import limits
from convlet.serving.refusal import RefusedError

INPUT = "image"
OUTPUTS = {"probabilities": "FP32", "label": "BYTES", "known": "BOOL"}
HEADER_LENGTH = "inference-header-content-length"  # bytes of JSON before the binary tensors


class Tensors:
    """A batch of images as one tensor.

    Args:
        body: JSON, then any binary tensors.
        header: the value of Inference-Header-Content-Length.
        model: its name in the answer.
    """

    def __init__(self, body: bytes, header: str | None, model: str) -> None:
        self._body, self._header, self._model = body, header, model
        self._id: str | None = None
        self._outputs: dict[str, bool] = {}  # name: whether it is binary

    def read(self, predictor: Predictor) -> NDArray[np.uint8]:
        """Return the tensor's images.

        Raises:
            RefusedError: 400, it does not fit the protocol or the model; 413, too much JSON or too many images.
        """
        request, binary = self._split()
        self._id = _optional(request, "id", str, "the request")
        if self._id is not None and not _is_text(self._id):
            raise _bad(f"id of the request is {self._id[:40]!r}, which holds half of a character.")
        parameters = _optional(request, "parameters", dict, "the request", {})
        self._outputs = _outputs(request, _optional(parameters, "binary_data_output", bool, "parameters", False))
        return _image(request, binary, predictor.signature.input_shape)

    def say(
        self, _: Predictor, images: NDArray[np.uint8], probabilities: NDArray[np.float32], answers: list[Answer]
    ) -> Response:
        """Return the requested outputs, each in JSON or binary."""
        listed, tail = [], []
        for name, binary in self._outputs.items():
            data: bytes | list[Any]
            facts: dict[str, Any] = {"name": name, "datatype": OUTPUTS[name], "shape": [len(images)]}
            if name == "probabilities":
                facts["shape"].append(probabilities.shape[1])
                data = probabilities.astype("<f4").tobytes() if binary else probabilities.ravel().tolist()
            elif name == "label":
                labels = [answer.label for answer in answers]
                packed = (struct.pack("<I", len(text)) + text for text in map(str.encode, labels))
                data = b"".join(packed) if binary else labels
            else:
                known = [answer.known for answer in answers]
                data = bytes(known) if binary else known
            if isinstance(data, bytes):
                facts["parameters"] = {"binary_data_size": len(data)}
                tail.append(data)
            else:
                facts["data"] = data
            listed.append(facts)
        answer: dict[str, Any] = {"model_name": self._model, "model_version": "1", "outputs": listed}
        if self._id is not None:
            answer["id"] = self._id
        if not tail:
            return JSONResponse(answer)
        head = json.dumps(answer).encode()
        return Response(head + b"".join(tail), 200, {HEADER_LENGTH: str(len(head))}, "application/octet-stream")

    def _split(self) -> tuple[dict[str, Any], bytes]:
        length = len(self._body)
        if self._header is not None:
            if not self._header.isdecimal() or len(self._header) > 9 or int(self._header) > length:
                raise _bad(f"{HEADER_LENGTH} is {self._header[:20]!r}; expected the JSON's length, 0 to {length}.")
            length = int(self._header)
        if length > limits.JSON:
            message = f"More than {limits.JSON:,} bytes of JSON. Send the tensor as binary data."
            raise RefusedError(413, "too_large", message)
        try:
            request = json.loads(self._body[:length])
        except (ValueError, RecursionError) as error:
            raise _bad(f"the request is not JSON ({error}).") from error
        if not isinstance(request, dict):
            raise _bad("the request is not a JSON object.")
        return request, self._body[length:]


def _image(request: dict[str, Any], binary: bytes, input_shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    inputs = request.get("inputs")
    tensor: Any = inputs[0] if isinstance(inputs, list) and len(inputs) == 1 else None
    if not isinstance(tensor, dict) or tensor.get("name") != INPUT:
        raise _bad(f"inputs must be a list with one tensor, named {INPUT!r}.")
    if (type_ := tensor.get("datatype")) != "UINT8":
        raise _bad(f"the datatype of {INPUT!r} is {str(type_)[:40]!r}; expected 'UINT8', 0 to 255, not scaled.")
    shape: Any = tensor.get("shape")
    whole = isinstance(shape, list) and len(shape) == 4 and all(type(side) is int for side in shape)
    if not whole or tuple(shape[1:]) != input_shape or shape[0] < 1:
        raise _bad(f"the shape of {INPUT!r} is {str(shape)[:80]}; expected [n, {', '.join(map(str, input_shape))}].")
    if shape[0] > limits.IMAGES:
        message = f"{shape[0]} images; the limit is {limits.IMAGES}. Send several requests."
        raise RefusedError(413, "too_many_images", message)
    parameters = _optional(tensor, "parameters", dict, f"the tensor {INPUT!r}", {})
    size = _optional(parameters, "binary_data_size", int, "parameters")
    if size is None:
        if binary:
            raise _bad("bytes follow the JSON, but no tensor has a binary_data_size.")
        return _from_json(tensor.get("data"), tuple(shape))
    if "data" in tensor:
        raise _bad(f"the tensor {INPUT!r} has both data and a binary_data_size.")
    expected = math.prod(shape)
    if size != expected or len(binary) != size:
        raise _bad(f"{len(binary)} bytes follow the JSON, binary_data_size is {size}; expected {expected} for {shape}.")
    return np.frombuffer(binary, np.uint8).reshape(shape)


def _from_json(data: Any, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the tensor from a flat list, or from lists nested like the shape."""
    if not isinstance(data, list):
        raise _bad(f"the tensor {INPUT!r} has no list of data.")
    values, expected = data, math.prod(shape)
    if data and isinstance(data[0], list):
        for side in shape[1:]:
            if not all(isinstance(one, list) and len(one) == side for one in values):
                raise _bad(f"the data of {INPUT!r} are not lists nested like its shape, {list(shape)}.")
            values = list(itertools.chain.from_iterable(values))
    if len(values) != expected:
        raise _bad(f"the data of {INPUT!r} have {len(values):,} values; expected {expected:,}.")
    if not all(type(one) is int and 0 <= one <= 255 for one in values):  # before NumPy makes texts of them, or more
        raise _bad(f"the data of {INPUT!r} must be whole numbers from 0 to 255.")
    return np.array(values, np.uint8).reshape(shape)


def _outputs(request: dict[str, Any], binary: bool) -> dict[str, bool]:
    """Return the requested outputs, or all, and whether each is binary."""
    asked = _optional(request, "outputs", list, "the request")
    if not asked:
        return dict.fromkeys(OUTPUTS, binary)
    found = {}
    for one in asked:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or name not in OUTPUTS or name in found:
            raise _bad(f"outputs must be tensors named {', '.join(OUTPUTS)}, each at most once.")
        parameters = _optional(one, "parameters", dict, f"the output {name!r}", {})
        if parameters.get("classification"):
            raise _bad("classification is not offered: request the output 'label'.")
        found[name] = _optional(parameters, "binary_data", bool, "parameters", binary)
    return found


def _optional(holder: dict[str, Any], key: str, kind: type, where: str, default: Any = None) -> Any:
    """Return a value, checked for its type, or the default if the key is absent."""
    if key not in holder:
        return default
    if type(value := holder[key]) is not kind:
        raise _bad(f"{key} of {where} is {str(value)[:40]!r}; expected {_JSON_TYPES[kind]}.")
    return value


def _is_text(text: str) -> bool:
    """Return whether a text can be sent: JSON can name halves of characters, UTF-8 cannot."""
    return not any("\ud800" <= one <= "\udfff" for one in text)


_JSON_TYPES = {str: "a string", dict: "an object", bool: "true or false", int: "a whole number", list: "a list"}


def _bad(message: str) -> RefusedError:
    return RefusedError(400, "bad_request", message)
