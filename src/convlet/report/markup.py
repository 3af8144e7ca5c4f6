"""HTML from nested calls. Text is escaped unless it is Markup, and only `element` makes Markup, so no stranger's name becomes a tag."""

import html
from collections.abc import Iterable
from typing import TypeAlias

_EMPTY = frozenset({"img", "meta"})  # elements without an end


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Content: TypeAlias = "str | Iterable[Content]"


def element(tag: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    """An element: `element("a", "4 < 5", href="#four", class_="link")` is `<a href="#four" class="link">4 &lt; 5</a>`.

    Attributes that are None are left away; a trailing underscore is dropped, any other becomes a hyphen.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>" if tag in _EMPTY else f"<{tag}{written}>{join(content)}</{tag}>")


def join(content: Content) -> Markup:
    """The parts one after the other, texts escaped."""
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return Markup(html.escape(content, quote=False))
    return Markup("".join(map(join, content)))


def name(text: str) -> Markup:
    """A class's or a file's name; its direction of writing stays its own."""
    return element("bdi", text)


def count(number: int, of_what: str) -> str:
    """A number with its noun: 1 image, 2,000 images."""
    return f"{number:,} {of_what}" + ("" if number == 1 else "s")


def percent(value: float) -> str:
    """A probability in words that never round a doubt away: 93.7%, >99.9%, <0.1%."""
    if value < 1 and value > 0.9995:
        return ">99.9%"
    if 0 < value < 0.0005:
        return "<0.1%"
    return f"{value:.1%}"
