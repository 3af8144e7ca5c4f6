"""Define Recipe: every setting of a training in one frozen, validated value. Each field is declared once, here.

Every run saves its recipe as `recipe.toml`; `convlet train --config recipe.toml` repeats it.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from convlet.errors import RecipeError, UsageError
from convlet.recipes.elsewhere import like
from convlet.recipes.files import NAMES, named_file, read_values
from convlet.recipes.setting import Setting, Values, auto_or, each, fraction, list_of, number, one_of, setting, whole
from convlet.signature import FITS
from convlet.system.engine import MAX_REPLICAS
from convlet.system.text import near

LIGHT_INK, DARK_INK, PICTURE = "light-ink", "dark-ink", "picture"
ACTIVATIONS = ("relu", "silu", "gelu", "elu", "selu", "mish", "tanh")
MOST_EPOCHS = 200  # for few images: by then a net has memorized a dozen of them
_ARCHITECTURES = sorted((Path(__file__).parents[1] / "models" / "architectures").glob("[!_]*.py"))


def _is_size(value: object) -> bool:
    sides = re.fullmatch(r"(\d+)(?:x(\d+))?", str(value)) if type(value) in (int, str) else None
    return value == "auto" or (sides is not None and all(4 <= int(side or sides[1]) <= 1024 for side in sides.groups()))


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is built and trained. Get a named one with `convlet.recipe(name, **changes)`.

    A field that can differ per convolution holds one value for all of them, or a tuple with one for each.

    Raises:
        RecipeError: a value is out of range; the message names the field and what was expected.

    Example:
        >>> convlet.recipe("tutorial").filters
        (32, 64)
    """

    name: str = setting(
        "Its name in the run folder and the model.",
        Values(
            lambda v: isinstance(v, str) and v.strip() != "" and "/" not in v and "\\" not in v,
            "a name without slashes",
        ),
    )
    architecture: str = setting(
        "The file of `convlet.models.architectures` that builds the net.", one_of(*(p.stem for p in _ARCHITECTURES))
    )
    reading: str = setting(
        "What the images show, which determines how a user's image is read for the model: light-ink or dark-ink "
        "(characters, drawings), picture (anything else, only resized), or auto: detected from the training images.",
        one_of("auto", LIGHT_INK, DARK_INK, PICTURE),
        since=2,
        off="auto",
    )
    image_size: str = setting(
        "The size of every image: pixels a side, WIDTHxHEIGHT, or auto: the images' own size if they share one of at "
        "most 64x64; else 28 to 128 pixels a side, chosen from the data. Drawings of more than 28 pixels a side that "
        "differ in size or place become 28x28.",
        Values(_is_size, "auto, pixels a side from 4 to 1024, or WIDTHxHEIGHT such as 96x64"),
        flag=True,
        since=4,
        off="auto",
    )
    fit: str = setting(
        "How an image of another shape is resized: pad it with the color of its border, crop its middle, "
        "or stretch it.",
        one_of(*FITS),
        flag=True,
        since=4,
        off="pad",
    )
    top_hat: int = setting(
        "Ink only: side of the white top-hat's square in 28ths of the image's side, 0 for none. A saved model removes "
        "anything broader than the square as background. Training omits it: it leaves clean ink unchanged.",
        whole(0, 28),
        since=2,
    )
    crop: int = setting(
        "Pixels cropped from each side before the first layer; none if that would be over a quarter of a side.",
        whole(0, 1024, "pixels"),
    )
    pixels: str = setting(
        "How the first layer scales pixels: unit (0 to 1) or standard (the training images' mean becomes 0, their "
        "standard deviation 1).",
        one_of("unit", "standard"),
    )
    filters: tuple[int, ...] = setting("Filters of each convolution.", list_of(whole(1, 4096), 1, 16))
    kernel_size: int | tuple[int, ...] = setting(
        "Side of the convolutions' square kernels in pixels.", each(whole(1, 31, "pixels"))
    )
    strides: int | tuple[int, ...] = setting(
        "Pixels from one position of the kernel to the next.", each(whole(1, 8, "pixels"))
    )
    padding: str | tuple[str, ...] = setting(
        "same (pad the edges with zeros) or valid (keep the kernel inside the image).", each(one_of("same", "valid"))
    )
    pool: int | tuple[int, ...] = setting(
        "Side of the max pooling after each convolution in pixels, 1 for none.", each(whole(1, 8, "pixels"))
    )
    normalization: str = setting(
        "batch: batch normalization between each convolution and its activation.", one_of("none", "batch")
    )
    activation: str | tuple[str, ...] = setting(
        "Activation of each convolution; the dense layer uses the last.", each(one_of(*ACTIVATIONS))
    )
    first_filters: str = setting(
        "cosine: the first convolution keeps the lowest frequencies of a discrete cosine transform and their "
        "negatives, untrained.",
        one_of("learned", "cosine"),
    )
    dense_units: int = setting("Width of the hidden dense layer, 0 for none.", whole(0, 65536))
    dropout: float = setting("Fraction of the last layer's inputs that training sets to zero.", fraction())
    optimizer: str = setting(
        "Optimizer, with Keras's defaults besides the settings here. muon is for nets with batch normalization.",
        one_of("adam", "adamw", "muon", "nadam", "rmsprop", "sgd"),
        flag=True,
    )
    learning_rate: float = setting("The optimizer's largest step size.", number(0, 10, above=True), flag=True)
    betas: tuple[float, float] = setting(
        "How much of the gradient's mean and of its square each step keeps (adam, adamw, nadam; muon's other weights).",
        list_of(fraction(), 2, 2),
    )
    momentum: float = setting("Nesterov momentum (sgd, muon).", fraction(), since=4, off=0)
    weight_decay: float = setting(
        "Fraction of each weight removed by a step at a learning rate of 1.", number(0, 10), since=4, off=0
    )
    schedule: str = setting(
        "one-cycle: the learning rate rises linearly from a tenth, then falls to 0 along a cosine.",
        one_of("constant", "one-cycle"),
    )
    warmup: float = setting("Fraction of all steps during which one-cycle rises.", fraction())
    label_smoothing: float = setting("Part of each label that is spread over all classes.", fraction())
    batch_size: int = setting("Images per step.", whole(1, 2**31 - 1, "images"), flag=True)
    epochs: int = setting("Passes over the training images.", whole(1, 100_000), flag=True)
    least_steps: int = setting(
        "If there are few images: halve the batches down to 64 images (16 if an epoch has fewer than 10 steps), or "
        "only to a quarter if twice the epochs then give enough steps; then add epochs, up to "
        f"{MOST_EPOCHS}, until the training has this many steps. A named recipe's rate for muon falls with the square "
        "root of the batch size. 0: use the other fields as they are.",
        whole(0, 1_000_000),
        since=4,
        off=0,
    )
    balance: str = setting(
        "auto: if the largest class has more than three times the images of another, show rare classes more often: "
        "a third as often as the largest. none: show every image once per epoch.",
        one_of("auto", "none"),
        since=4,
        off="none",
    )
    keep: str = setting(
        "Which epoch's weights the model gets. last: the last one's. best: those of the latest epoch whose validation "
        "accuracy is within a standard error of the highest, in case the training overfits.",
        one_of("best", "last"),
        since=4,
        off="last",
    )
    kept_images: int = setting(
        "Training images of each class that the run keeps, together at most 2 MB, so that a training that goes on from "
        "it (--from) does not forget them. 0: none; keep=0 says the same.",
        whole(0, 1000),
        since=4,
        off=200,
    )
    blend: float = setting(
        "Only with --from: how far the weights go, from 0, those of the model to go on from, to 1, those that were "
        "trained. In between most is learned and least forgotten (M. Wortsman et al. 2022, arXiv:2109.01903).",
        number(0, 1),
        since=4,
        off=1.0,
    )
    shift: float = setting(
        "Augmentation: move each image at random by up to this many pixels.", number(0, 1024, "pixels")
    )
    rotation: float = setting("Augmentation: rotate by up to this many degrees.", number(0, 180, "degrees"))
    zoom: float = setting(
        "Augmentation: stretch or shrink height and width independently by up to this fraction.", fraction()
    )
    shear: float = setting("Augmentation: slant by up to this many degrees.", number(0, 60, "degrees"))
    flip: float | str = setting(
        "Augmentation: fraction of images that are mirrored left to right, each in turn. auto: half of them, if the "
        "data are pictures and a mirrored one could be one of them.",
        auto_or(number(0, 1)),
        since=4,
        off=0,
    )
    elastic: float = setting(
        "Augmentation: distort like rubber. Points a quarter of a side apart move by this many pixels (standard "
        "deviation).",
        number(0, 100, "pixels"),
    )
    thickness: float = setting(
        "Augmentation, ink only: thicken or thin strokes by up to this many pixels on either side.",
        number(0, 1, "pixels"),
        since=2,
    )
    clutter: float = setting(
        "Augmentation, ink only: fraction of images that show the edge of another image.",
        number(0, 1),
        since=2,
    )
    noise: float = setting(
        "Augmentation: half of the images get normal noise of up to this standard deviation, as a fraction of white.",
        number(0, 1),
        since=2,
    )
    erasing: float = setting(
        "Augmentation: fraction of images in which a random box, an eighth to a third of each side, turns black, or "
        "in pictures the image's mean color.",
        number(0, 1),
    )
    mixing: float = setting(
        "Augmentation: fraction of images in which a random box shows another image. The label then counts both "
        "classes, each by its share of the image (CutMix). A named recipe mixes none if no class has 10 images.",
        number(0, 1),
        since=4,
        off=0,
    )
    color: float = setting(
        "Augmentation: change brightness, contrast and saturation, each by up to this fraction.",
        fraction(),
        since=4,
        off=0,
    )
    forms: float = setting(
        "Drawn digits per training image, in forms that people write and data sets lack (a 1 with a flag, a 7 with a "
        "bar), if the classes are the ten digits.",
        number(0, 1),
        since=4,
        off=0,
    )
    outliers: float = setting(
        "Images of none of the classes per training image; the net learns that they are none of them.",
        number(0, 1),
        since=2,
    )
    ensemble: int = setting(
        "Number of nets to train one after the other, with consecutive seeds; the model averages their probabilities.",
        whole(1, 100),
        flag=True,
    )
    mirror: str = setting(
        "average: the model answers with the mean over an image and its mirror image, which takes twice as long. Off "
        "where training mirrors no images (flip).",
        one_of("none", "average"),
        since=4,
        off="none",
    )
    shifts: int = setting(
        "Pixels by which an image is shifted, up left and down right: the model answers with the mean over it and "
        "both, which takes three times as long. 0: it answers for the image alone.",
        whole(0, 3),
        since=4,
        off=0,
    )
    validate_on: str = setting(
        "The split each epoch is validated on: validation (a part of train) or test.", one_of("validation", "test")
    )
    validation_fraction: float = setting(
        "Fraction of train that becomes the validation split, if the data set has none.",
        number(0, 0.5, above=True),
    )
    precision: str = setting(
        "Precision of the products inside layers during training. bfloat16 keeps weights, sums and answers in float32; "
        "auto uses it if the processor supports it. The saved model is always float32.",
        one_of("auto", "float32", "bfloat16"),
    )
    replicas: int | str = setting(
        "Parts of each batch that are computed in parallel, one thread each. auto: one per core if the engine can, "
        "with at least 64 images each. 1 leaves threads to the engine, which is faster for large layers. Batch "
        "normalization and dropout treat each part separately.",
        auto_or(whole(1, MAX_REPLICAS)),
    )
    seed: int = setting(
        "Seed of the initial weights, dropout, the order of images and augmentation.", whole(0, 2**32 - 1), flag=True
    )
    checkpoint_seconds: float = setting(
        "Seconds of training after which its state is saved within an epoch; it is also saved after each epoch. A "
        "training that was killed resumes there, with the same result.",
        number(0, 86_400, "seconds"),
        since=4,
        off=60,
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            require_value(field.name, value)
            if isinstance(value, list):  # from TOML or --set; a frozen value holds tuples
                object.__setattr__(self, field.name, tuple(value))
            elif field.type in (float, str) and not isinstance(value, tuple):  # 64 as a size, 1 as a rate
                object.__setattr__(self, field.name, field.type(value))
        if self.optimizer == "muon" and self.normalization != "batch":
            raise RecipeError(
                "optimizer = muon needs normalization = batch, because it keeps the scale of the weights. "
                f"Here normalization = {self.normalization}. Set normalization=batch, or optimizer=adam."
            )
        for name in PER_CONVOLUTION:
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != len(self.filters):
                raise RecipeError(
                    f"{name} has {len(value)} values for {len(self.filters)} convolutions "
                    f"(filters = {list(self.filters)}). Give one value for all, or one for each.{_change(name)}"
                )

    def rate_of(self, batch: int) -> float:
        """Return the learning rate for smaller batches.

        Muon's falls with the square root of their size: its step length is the rate, however noisy a small batch's
        gradient is.

        Args:
            batch: images per step.

        Returns:
            The learning rate of a step with that number of images; with two digits if it falls.

        Example:
            >>> convlet.recipe("tutorial").rate_of(32)
            0.0001
        """
        if self.optimizer != "muon" or batch >= self.batch_size:
            return self.learning_rate
        return float(f"{self.learning_rate * (batch / self.batch_size) ** 0.5:.2g}")

    def per_convolution(self, field: str) -> tuple[Any, ...]:
        """Return a field's value for each convolution, in order.

        Example:
            >>> convlet.recipe("tutorial").per_convolution("kernel_size")
            (5, 5)
        """
        value = getattr(self, field)
        return value if isinstance(value, tuple) else (value,) * len(self.filters)

    def changed(self, **changes: Any) -> Self:
        """Return this recipe with some fields changed.

        A new number of epochs or batch size holds however few the images are: it sets `least_steps` to 0, or to 1 if
        only epochs are chosen, so that batches still shrink to the number of images. A new number of filters shortens
        the lists with one value per convolution, or repeats their last value.

        Raises:
            UsageError: there is no such field.
            RecipeError: a value is out of range.

        Example:
            >>> convlet.recipe("tutorial").changed(dropout=0.5).dropout
            0.5
        """
        if type(changes.get("keep")) is int:  # of images, not of an epoch's weights
            changes["kept_images"] = changes.pop("keep")
        for field in changes:
            require_field(field)
        if "batch_size" in changes:  # an explicit choice stays
            changes.setdefault("least_steps", 0)
        elif "epochs" in changes:
            changes.setdefault("least_steps", min(1, self.least_steps))
        filters = changes.get("filters")
        if isinstance(filters, (list, tuple)) and filters:
            for field in PER_CONVOLUTION:
                if isinstance(value := getattr(self, field), tuple):
                    changes.setdefault(field, (value + value[-1:] * len(filters))[: len(filters)])
        return dataclasses.replace(self, **changes)

    def to_toml(self) -> str:
        """Return the recipe as a TOML document, which `from_toml` reads back.

        Example:
            >>> convlet.recipe("tutorial").to_toml().splitlines()[0]
            'name = "tutorial"'
        """
        import tomli_w

        return tomli_w.dumps(dataclasses.asdict(self))

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read a recipe file.

        A missing field comes from the named recipe of the same name, else from `tutorial`. But in a file that has all
        fields of version 1, saved by an earlier convlet, a missing field is off.

        Raises:
            RecipeError: the file is missing, not TOML, has no name, or a field that is unknown or out of range.

        Example:
            >>> convlet.Recipe.from_toml(run.path / "recipe.toml").name
            'small-data'
        """
        values = read_values(path)
        unknown = [field for field in values if field not in SETTINGS]
        if unknown or "name" not in values:
            wrong = (
                f"has no field {unknown[0]!r}. {like(unknown[0], SETTINGS)}The fields are: {', '.join(SETTINGS)}"
                if unknown
                else "has no name (name = ...)"
            )
            raise RecipeError(f"{path} is not a recipe: it {wrong}. Start from the recipe.toml of a run.")
        base = named_file(values["name"] if values["name"] in NAMES else "tutorial")
        if all(name in values for name, declared in SETTINGS.items() if declared.since == 1):
            values = _OFF | values
        return cls(**_OFF | read_values(base)).changed(**values)


def require_field(name: str) -> None:
    """Refuse what is no field of a recipe.

    Raises:
        UsageError: it names the fields that are spelled alike, or all.
    """
    if name not in SETTINGS:
        said = like(name, SETTINGS) or f"The fields are: {', '.join(SETTINGS)}. "
        raise UsageError(f"a recipe has no field {name!r}. {said}All of them, explained: convlet recipe fields")


def require_value(name: str, value: Any) -> None:
    """Refuse a value that no recipe may hold.

    Raises:
        RecipeError: it is out of range; the message names the field and what was expected.
    """
    if not (values := SETTINGS[name].values).fit(value):
        meant = near(value, values.names) if isinstance(value, str) else ""
        said = f" {meant}".rstrip()
        raise RecipeError(f"{name} must be {values.words}, not {value!r:.80}.{said}{_change(name)}")


def _change(field: str) -> str:
    return f" Change it with {field}=... or in the recipe file."


SETTINGS: Mapping[str, Setting] = {field.name: field.metadata["setting"] for field in dataclasses.fields(Recipe)}
PER_CONVOLUTION = tuple(name for name, declared in SETTINGS.items() if declared.values.per_convolution)
_OFF = {name: declared.off for name, declared in SETTINGS.items() if declared.since > 1}
Recipe.__doc__ = f"{Recipe.__doc__}\n    Attributes:\n" + "".join(
    f"        {name}: {declared.doc} Expected: {declared.values.words}.\n" for name, declared in SETTINGS.items()
)
