"""Look at everything, one thing after the other."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from convlet.checks.machine import data_sets, engines, gpu, processor, python, selftest, space, terminal
from convlet.checks.machine.item import WRONG, Item
from convlet.system.watch import Watch

_REPORT = "Please report it, with the output of: convlet doctor --json"


def examine(version: str, data_dir: Path | None = None, watch: Watch | None = None) -> Iterator[Item]:
    """Yield what is found, in the order in which it is shown. A check that fails is an item, and ends no other.

    Args:
        version: convlet's own.
        data_dir: the folder of downloaded data sets; the default is `CONVLET_DATA`.
        watch: `on_note` is called before what takes seconds, `on_progress` while files are read.
    """
    watch = watch or Watch()
    groups: dict[str, Callable[[], Iterable[Item]]] = {
        "Python": lambda: python.items(version),
        "engine": engines.items,
        "processor": processor.items,
        "GPU": gpu.items,
        "memory and disk": space.items,
        "terminal": terminal.items,
        "data": lambda: data_sets.items(data_dir, watch),
        "self-test": lambda: selftest.items(watch),
    }
    for group, look in groups.items():
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001  the other checks go on
            yield Item(group, "check", WRONG, f"this check itself failed: {type(error).__name__}: {error}", _REPORT)


def holds(items: Iterable[Item]) -> bool:
    """Return whether nothing is wrong."""
    return all(one.state != WRONG for one in items)
