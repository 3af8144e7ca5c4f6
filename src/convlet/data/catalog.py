"""The data sets convlet knows by name."""

from collections.abc import Mapping
from importlib import import_module

from convlet.data.entry import Entry
from convlet.data.kinds import SETS

CATALOG: Mapping[str, Entry] = {
    name: import_module(f"convlet.data.sets.{name.replace('-', '_')}").ENTRY for name in SETS
}
