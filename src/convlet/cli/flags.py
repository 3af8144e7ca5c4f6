"""Parts that verbs share: options, a flag per recipe field, and errors that name flags."""

import inspect
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from convlet.cli import complete
from convlet.cli.console import MANNER, hint, note
from convlet.cli.everywhere import everywhere
from convlet.cli.hints import after
from convlet.cli.language import Command
from convlet.cli.trouble import BAD_USAGE, TYPED
from convlet.cli.waiting import WAITS, waiting
from convlet.data.kinds import READABLE
from convlet.errors import ConvletError, UsageError
from convlet.recipes import SETTINGS, Recipe
from convlet.system.box import DIGITS
from convlet.system.places import hides_boxed
from convlet.system.text import near

SPLITS = ("test", "train", "validation")
Named = TypeVar("Named", str, str | None, list[str])


def known_split(name: str | None) -> str | None:
    """Refuse an unknown split."""
    if name is not None and name not in SPLITS:
        raise UsageError(
            f"--split must be test, train or validation, not {name!r}. {near(name, SPLITS)}".rstrip(),
        )
    return name


def told_of_box(named: Named) -> Named:
    """Say so if a folder here is taken for a model that the box has under the same name."""
    for name in [named] if isinstance(named, str) else named or []:
        if hides_boxed(name):
            note(f"{name} is the folder here; the model of this name that comes with convlet is not asked.")
    return named


_PICTURES = (".png", ".jpg", ".svg", ".pdf")
DATASET_HELP = f"{READABLE}."
DataDir = Annotated[
    Path | None,
    typer.Option(
        help="The folder of downloaded data sets, with a folder per set (mnist/train-images-idx3-ubyte.gz, ...). "
        "The default is the environment variable CONVLET_DATA.",
        rich_help_panel="Data",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
_MODEL_HELP = "A run folder, an .onnx or .keras file, `latest`, or `digits`, which comes with convlet."
Model = Annotated[str, typer.Argument(help=_MODEL_HELP, callback=told_of_box, autocompletion=complete.models)]
OptionalModel = Annotated[
    str | None,
    typer.Argument(help=_MODEL_HELP, callback=told_of_box, show_default=DIGITS, autocompletion=complete.models),
]
Split = Annotated[
    str, typer.Option(help="test, train or validation.", callback=known_split, autocompletion=complete.splits)
]
Transpose = Annotated[
    bool,
    typer.Option(
        "--transpose",
        help="Swap rows and columns of the images: for EMNIST data whose names do not say so.",
        rich_help_panel="Data",
    ),
]


def require_one(recipe: str | None, config: Path | None) -> None:
    """Refuse both a recipe's name and its file."""
    if recipe and config:
        raise UsageError("--recipe and --config both name a recipe; give one of them.")


def require_picture(out: Path) -> None:
    """Refuse an `--out` whose suffix is not a format for plots."""
    if out.suffix.lower() not in _PICTURES:
        raise UsageError(f"--out {out} is not a picture. Expected a name that ends in {', '.join(_PICTURES)}.")


def recipe_flags(verb: Callable[..., None]) -> Callable[..., None]:
    """Replace a verb's `**fields` with a flag for each recipe field that has one, placed after `recipe`."""
    signature = inspect.signature(verb)
    given = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    place = [each.name for each in given].index("recipe") + 1
    given[place:place] = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None,
            annotation=Annotated[
                Recipe.__annotations__[name] | None,
                typer.Option(help=f"{declared.doc[:-1]}: {declared.values.words}.", show_default="the recipe's"),
            ],
        )
        for name, declared in SETTINGS.items()
        if declared.flag
    ]
    verb.__signature__ = signature.replace(parameters=given)  # type: ignore[attr-defined]
    return verb


class Verb(Command):
    """A verb. It has the flags of every verb, says what it waits for, and ends with a hint at the next command.

    Its errors name a flag (`--data-dir`) where the library's name a parameter (`data_dir=...`).
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.params += everywhere()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep what was typed, and for which verb, for errors about it."""
        ctx.meta[TYPED] = list(args)
        try:
            return super().parse_args(ctx, args)
        except BAD_USAGE as error:
            error.ctx = error.ctx or ctx
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        MANNER.machine = bool(ctx.params.get("json"))
        path = ctx.command_path.split(" ", 1)[-1].removeprefix("-m convlet ")  # of `python -m convlet`
        try:
            with waiting(WAITS.get(path, "")):
                done = super().invoke(ctx)
        except ConvletError as error:
            given = _texts(ctx.params.values())
            error.args = (in_flags(as_given(str(error), given), self.params, given),)
            raise
        if not MANNER.hinted and (next_one := after(path, ctx.params)):
            hint(next_one)
        return done


def in_flags(text: str, options: Iterable[Any], given: Iterable[str] = ()) -> str:
    """Put flags into a text from the library: `out='x'` becomes `--out 'x'`, `corruptions=True` `--corruptions`.

    A recipe field without a flag becomes `--set field=...` if `--set` is among the options. What the user wrote
    (`given`), paths, and existing flags stay.
    """
    flags = {option.name.rstrip("_"): option.opts[0] for option in options if option.opts[0].startswith("--")}
    fields = SETTINGS if "--set" in flags.values() else {}

    def flag(found: re.Match[str]) -> str:
        name, blank, value = found.groups()
        if name in flags:
            end = "." if blank == "..." and found.end() == len(text) else ""  # the dots also ended the sentence
            return f"{flags[name]}{' ' if value and not blank else ''}{end}"
        return f"--set {found[0]}" if name in fields else found[0]

    own = sorted({one for one in given if "=" in one}, key=len, reverse=True)
    parameter = r"(?<!--set )(?<![\w/\\?&.-])(\w+)=(?!=)(True\b|\.{3})?(?=([\w'\"/~\[(-])?)"
    return re.sub("|".join([*map(re.escape, own), parameter]), flag, text)


def as_given(text: str, given: Iterable[str]) -> str:
    """Put paths as they were typed into a text where the library has the absolute ones.

    Example:
        >>> as_given(f"{Path('cats').absolute()}/1.png is empty.", ["cats"])
        'cats/1.png is empty.'
    """
    for one in sorted(given, key=len, reverse=True):
        whole = Path(one).absolute()
        if one and not Path(one).is_absolute() and whole.name:
            text = text.replace(str(whole), one.rstrip("/") or one)
    return text


def _texts(values: Iterable[Any]) -> list[str]:
    """Return what the user wrote: every text and path among the values of options, which may be lists."""
    found = []
    for value in values:
        found += _texts(value) if isinstance(value, list | tuple) else [str(value)]
    return found
