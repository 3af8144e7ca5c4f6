"""Examine this machine before somebody trains on it: what is installed, what is slow, what is broken, and the cure."""

from convlet.checks.machine.examine import examine, holds
from convlet.checks.machine.item import HINT, OFF, OK, WRONG, Item

__all__ = ["HINT", "OFF", "OK", "WRONG", "Item", "examine", "holds"]
