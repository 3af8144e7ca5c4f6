"""List the data sets convlet knows by name."""

from collections.abc import Mapping
from importlib import import_module

from convlet.data.entry import Entry
from convlet.data.kinds import MODULES

CATALOG: Mapping[str, Entry] = {
    entry.name: entry for module in MODULES for entry in import_module(f"convlet.data.sets.{module}").ENTRIES
}
