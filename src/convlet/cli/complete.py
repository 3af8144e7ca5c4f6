"""What a shell completes after Tab: runs, data sets, recipes, formats and fields, besides files.

`convlet --install-completion` sets it up. Nothing here may be slow or fail: a shell waits for it, and shows no error.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path

_MARK = "run.json"


def _fitting(names: Iterable[str], begun: str) -> list[str]:
    return [name for name in names if name.startswith(begun)]


def models(incomplete: str) -> list[str]:
    """Complete a run: `latest`, `digits`, and the folders of runs here and below the path that was begun."""
    from convlet.system.box import DIGITS
    from convlet.system.places import FOLDER, LATEST

    found = [LATEST, DIGITS]
    begun = Path(incomplete) if incomplete.endswith(("/", "\\")) else Path(incomplete).parent
    for place in dict.fromkeys((FOLDER, begun)):
        with contextlib.suppress(OSError):
            found += sorted(str(each) for each in place.iterdir() if (each / _MARK).is_file())
    return _fitting(dict.fromkeys(found), incomplete)


def own(incomplete: str) -> list[str]:
    """Complete a run of one's own: to go on with, or to remove."""
    from convlet.system.box import DIGITS

    return [name for name in models(incomplete) if name != DIGITS]


def studies(incomplete: str) -> list[str]:
    """Complete a study: `latest` and the folders in `studies`."""
    found = ["latest"]
    with contextlib.suppress(OSError):
        found += sorted(str(each) for each in Path("studies").iterdir() if each.is_dir())
    return _fitting(found, incomplete)


def datasets(incomplete: str) -> list[str]:
    """Complete a data set's name. Where none fits, the shell completes files."""
    from convlet.data.catalog import CATALOG

    return _fitting(CATALOG, incomplete)


def recipes(incomplete: str) -> list[str]:
    """Complete a recipe's name."""
    from convlet.recipes.files import NAMES

    return _fitting(NAMES, incomplete)


def formats(incomplete: str) -> list[str]:
    """Complete an export's format."""
    from convlet.exports import FORMATS

    return _fitting(FORMATS, incomplete)


def settings(incomplete: str) -> list[str]:
    """Complete the field of `--set FIELD=VALUE`."""
    from convlet.recipes import SETTINGS

    return _fitting((f"{name}=" for name in SETTINGS if name != "name"), incomplete)


def splits(incomplete: str) -> list[str]:
    """Complete a split."""
    return _fitting(("test", "train", "validation"), incomplete)


def objectives(incomplete: str) -> list[str]:
    """Complete what a search looks for."""
    return _fitting(("accuracy", "accuracy-per-second", "accuracy-per-parameter"), incomplete)


def trackers(incomplete: str) -> list[str]:
    """Complete an experiment tracker."""
    return _fitting(("mlflow", "tensorboard"), incomplete)
