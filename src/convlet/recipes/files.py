"""Read recipe files: TOML documents of fields and values, including those of the named recipes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convlet.errors import RecipeError
from convlet.system.files import read_regular

_LARGEST = 1 << 20  # bytes of a recipe file
NAMES = (
    "tutorial",
    "small-data",
    "fast",
    "balanced",
    "compact",
    "accurate",
    "pictures",
    "pictures-small",
    "pictures-accurate",
)
NAMED = f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"


def named_file(name: str) -> Path:
    """Return the file of one of `NAMES`."""
    return Path(__file__).parent / "named" / f"{name}.toml"


def read_values(path: Path) -> dict[str, Any]:
    """Read a recipe file's values, unchecked.

    Raises:
        RecipeError: the file is missing or not TOML.
    """
    import tomllib

    try:
        return tomllib.loads(read_regular(path, _LARGEST).decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"cannot read the recipe file {path}: {getattr(error, 'strerror', None) or error}. Expected a TOML file; "
            "`convlet recipe show NAME` prints one, and each run has its recipe.toml."
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RecipeError(f"{path} is not a TOML file: {error}. Start from the recipe.toml of a run.") from error


def parse_settings(settings: Mapping[str, str]) -> dict[str, Any]:
    """Parse values from the command line: TOML (`3`, `[16, 32]`), or else text (`sgd`)."""
    import tomllib

    values: dict[str, Any] = {}
    for key, text in settings.items():
        try:
            values[key] = tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            try:
                values[key] = float(text)  # .5, which TOML writes 0.5
            except ValueError:
                values[key] = text
    return values
