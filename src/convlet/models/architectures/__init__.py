"""The architectures: a file each, with one function from a recipe to a net. A recipe's `architecture` names one of them."""

from collections.abc import Callable, Mapping
from typing import Any

from convlet.models.architectures.convnet import convnet

ARCHITECTURES: Mapping[str, Callable[..., Any]] = {"convnet": convnet}
