"""Provide the colors of plots and pictures from the page's `colors.css`."""

import functools
import re
from importlib import resources


def color(name: str) -> str:
    """Return a color of the light theme, `#rrggbb`: `color("teal")` is `--teal`. Raises KeyError for others."""
    return _colors()[name]


@functools.cache
def stylesheet() -> str:
    """Return the text of `colors.css`."""
    return (resources.files("convlet") / "page" / "colors.css").read_text(encoding="utf-8")


@functools.cache
def _colors() -> dict[str, str]:
    light, _, _ = stylesheet().partition("@media")
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
