"""The architectures: a file for each, named by a recipe's `architecture`, with a function from a recipe to a net."""

from collections.abc import Callable, Mapping
from typing import Any

from convlet.models.architectures.convnet import convnet
from convlet.models.architectures.pyramid import pyramid
from convlet.models.architectures.residual import residual

ARCHITECTURES: Mapping[str, Callable[..., Any]] = {"convnet": convnet, "pyramid": pyramid, "residual": residual}
