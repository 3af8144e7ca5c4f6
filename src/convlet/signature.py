"""What a model takes and answers: the facts that travel inside every model file.

A `.keras` file carries them as one more member of its zip archive (Keras reads past it), an `.onnx` file as metadata.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from convlet.errors import ModelError

FORMAT = 1
_PREFIX = "convlet."


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Input and output of a model.

    Attributes:
        input_shape: (height, width, channels) of one image; pixels are uint8, 0 to 255.
        class_names: the name of each output, in order.
        preprocessing: what the model itself does to the pixels, in words; the caller does nothing.
        dataset: the name of the data set it was trained on; never a path, which would tell of the machine.
        recipe: the name of the recipe it was trained by.
    """

    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    preprocessing: str
    dataset: str
    recipe: str

    def to_metadata(self) -> dict[str, str]:
        """Flat string pairs, the values in JSON: the form ONNX metadata takes."""
        return {f"{_PREFIX}{key}": json.dumps(value) for key, value in {"format": FORMAT, **asdict(self)}.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], file: str) -> "Signature":
        """Read what `to_metadata` wrote. `file` is named in errors.

        Raises:
            ModelError: the file was not written by convlet, or by a later version of it.
        """
        values = {key.removeprefix(_PREFIX): value for key, value in metadata.items() if key.startswith(_PREFIX)}
        if "format" not in values:
            raise ModelError(
                f"{file} carries no convlet metadata (input shape, class names). Expected a model that "
                "`convlet train` wrote: its run folder, its model.keras or its model.onnx."
            )
        try:
            facts = {key: json.loads(value) for key, value in values.items()}
            if facts.pop("format") > FORMAT:
                raise ModelError(f"{file} was written by a newer convlet. Upgrade this one: pip install --upgrade convlet")
            height, width, channels = facts.pop("input_shape")
            return cls(input_shape=(height, width, channels), class_names=tuple(facts.pop("class_names")), **facts)
        except (ValueError, TypeError, KeyError) as error:
            raise ModelError(f"{file} carries convlet metadata that cannot be read ({error}). Export the model again.") from error
