"""Build HTML from nested calls. Text that is not Markup is escaped, and so is what nobody can see in it."""

import html
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TypeAlias

from convlet.system.text import shown_lines

_EMPTY = frozenset({"img", "meta"})  # without an end tag


class Markup(str):
    """HTML."""

    __slots__ = ()


Content: TypeAlias = "str | Iterable[Content]"


def element(tag: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    """Return an element: `element("a", "4 < 5", href="#four", class_="link")`.

    Attributes that are None are omitted. In their names a trailing underscore is dropped; others become hyphens.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(shown_lines(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>" if tag in _EMPTY else f"<{tag}{written}>{join(content)}</{tag}>")


div, span, td, th, tr = (partial(element, tag) for tag in ("div", "span", "td", "th", "tr"))


def join(content: Content) -> Markup:
    """Concatenate parts; escape texts."""
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return Markup(html.escape(shown_lines(content), quote=False))
    return Markup("".join(map(join, content)))


def table(columns: Sequence[tuple[str, str | None]], rows: Content) -> Markup:
    """Return a table; a column is given by its title and class."""
    titles = [th(text, scope="col", class_=kind) for text, kind in columns]
    return element("table", element("thead", tr(titles)), element("tbody", rows))


def name(text: str) -> Markup:
    """Return somebody else's name, isolated because it may be written right to left."""
    return element("bdi", text)


def breaking(text: str) -> Markup:
    """Return a text whose long names may break after the marks that join their parts."""
    return Markup(re.sub(r"[/_.-]+(?=[^/_.\s-])", r"\g<0><wbr>", join(text)))


def file_name(text: str) -> Markup:
    """Return the name of a file, isolated, and `breaking`; paths run left to right, whatever their parts."""
    return element("bdi", breaking(text), dir="ltr")


def count(number: int, of_what: str) -> str:
    """Return a number and noun: 1 image, 2,000 images."""
    return f"{number:,} {of_what}" + ("" if number == 1 else "s")


def percent(value: float) -> str:
    """Format a probability without hiding doubt by rounding: 93.7%, >99.9%, <0.1%."""
    if value < 1 and value > 0.9995:
        return ">99.9%"
    if 0 < value < 0.0005:
        return "<0.1%"
    return f"{value:.1%}"
