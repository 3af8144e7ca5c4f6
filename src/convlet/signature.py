"""Describe what a model takes and returns: the facts inside every model file.

A `.keras` file has them as one more member of its zip archive, which Keras ignores, an `.onnx` file as metadata.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from convlet.errors import ModelError

FORMAT = 4  # 1 had no form, temperature or threshold; 2 had no fit: it padded pictures; 3 no white: it is 255
FITS = ("pad", "crop", "stretch")
WHITE = 255
_PREFIX = "convlet."
_PIXELS = 1 << 22  # of an image; far more than any model of small images takes


@dataclass(frozen=True, kw_only=True)
class Form:
    """How the images of a data set look, so that any image can be converted to their form.

    Attributes:
        kind: "ink": characters or drawings, cut out and placed alike; "picture": anything else, only resized.
        light: whether the ink is lighter than the background.
        box: longer side of the ink's box over the image's shorter side; MNIST: 20 of 28 pixels.
        centre: what is in the middle of the image: the ink's center of "mass" or its "box".
        fit: how a picture of another shape is resized to the input's: "pad" it with the color of its border, "crop" its
            middle, or "stretch" it.
    """

    kind: str = "picture"
    light: bool = True
    box: float = 20 / 28
    centre: str = "mass"
    fit: str = "pad"

    def facts(self) -> dict[str, Any]:
        """Return plain values for JSON; without `fit` if it is "pad", so that an earlier convlet can read the file."""
        facts = asdict(self)
        if self.fit == FITS[0]:
            del facts["fit"]
        return facts


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Input and output of a model.

    Attributes:
        input_shape: (height, width, channels) of one image; pixels are uint8, 0 to 255.
        class_names: the name of each output, in order.
        preprocessing: what the model does to the pixels, in words.
        dataset: the training data set's name, never a path.
        recipe: the recipe's name.
        form: how its training images look.
        temperature: the calibrating divisor of the last layer's weights; already applied.
        threshold: the lowest top probability at which an image counts as known; None if unmeasured.
        white: the number that training scaled to 255: 16 for arrays of pixels from 0 to 16.
    """

    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    preprocessing: str
    dataset: str
    recipe: str
    form: Form = Form()
    temperature: float = 1.0
    threshold: float | None = None
    white: float = WHITE

    @property
    def name(self) -> str:
        """DATASET-RECIPE, in characters allowed in a URL."""
        return re.sub(r"[^A-Za-z0-9._-]+", "-", f"{self.dataset}-{self.recipe}").strip("-._")[:64] or "model"

    def facts(self) -> dict[str, Any]:
        """Return the facts about the model for clients, as plain values for JSON."""
        return {
            "name": self.name,
            "dataset": self.dataset,
            "recipe": self.recipe,
            "input_shape": list(self.input_shape),
            "classes": list(self.class_names),
            "form": self.form.facts(),
            "threshold": self.threshold,
        }

    def to_metadata(self) -> dict[str, str]:
        """Return flat string pairs for ONNX metadata, with values in JSON, in the oldest format that can hold them."""
        form = self.form.facts()
        facts = {"format": 3 if "fit" in form else 2, **asdict(self), "form": form}
        if self.white == WHITE:
            del facts["white"]
        else:
            facts["format"] = FORMAT
        return {f"{_PREFIX}{key}": json.dumps(value, separators=(",", ":")) for key, value in facts.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], file: str) -> "Signature":
        """Read what `to_metadata` wrote. Errors name `file`.

        Raises:
            ModelError: the file was not written by convlet, or by a later version of it.
        """
        values = {key.removeprefix(_PREFIX): value for key, value in metadata.items() if key.startswith(_PREFIX)}
        if "format" not in values:
            raise ModelError(
                f"{file} has no convlet metadata (input shape, class names): another program wrote it. Expected a "
                "run folder, or its model.keras or model.onnx. Train a model on the same images: convlet train DATASET"
            )
        try:
            facts = {key: json.loads(value) for key, value in values.items()}
            if facts.pop("format") > FORMAT:
                raise ModelError(
                    f"{file} was written by a newer convlet. Upgrade this one: pip install --upgrade convlet"
                )
            shape, names = tuple(facts.pop("input_shape")), tuple(facts.pop("class_names"))
            read = cls(input_shape=shape, class_names=names, form=Form(**facts.pop("form", {})), **facts)
            read._check()
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ModelError(f"{file} has unreadable convlet metadata ({error}). Export the model again.") from error
        return read

    def _check(self) -> None:
        """Raise a ValueError for facts that cannot be true of a model; files come from anywhere."""
        sides, threshold, form = self.input_shape, self.threshold, self.form
        facts = {
            f"input_shape {sides}": len(sides) == 3
            and all(type(side) is int and side > 0 for side in sides)
            and sides[0] * sides[1] <= _PIXELS
            and sides[2] in (1, 3),
            "class_names": len(self.class_names) > 0 and all(isinstance(name, str) for name in self.class_names),
            "a class name with half of a character": not any(map(_is_cut, self.class_names)),
            "dataset and recipe": all(
                isinstance(name, str) and not _is_cut(name) for name in (self.dataset, self.recipe, self.preprocessing)
            ),
            "the same class twice": len(set(self.class_names)) == len(self.class_names),
            f"form {form}": type(form.light) is bool
            and form.kind in ("ink", "picture")
            and form.centre in ("mass", "box")
            and form.fit in FITS
            and _is_fraction(form.box)
            and form.box > 0,
            f"threshold {threshold}": threshold is None or _is_fraction(threshold),
            f"white {self.white}": type(self.white) in (int, float) and 0 < self.white < math.inf,
        }
        if wrong := [what for what, holds in facts.items() if not holds]:
            raise ValueError(wrong[0])


def _is_cut(text: object) -> bool:
    """Return whether a text has half of a character, which JSON can hold and UTF-8 cannot."""
    return isinstance(text, str) and any("\ud800" <= one <= "\udfff" for one in text)


def _is_fraction(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1  # type: ignore[operator]
