"""The documentation site: `make docs` builds `docs/_build/html`, with warnings as errors, and needs no network."""

import os
import re
from pathlib import Path
from typing import Any

from convlet import __version__

project = "convlet"
author = "the authors of convlet"
copyright = author  # noqa: A001  Sphinx's own name for it
release = version = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = False

myst_enable_extensions = ["html_image"]
myst_heading_anchors = 4

default_role = "py:obj"  # `name` in a docstring
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = "convlet"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "sidebar_hide_name": False,
    "light_css_variables": {"color-brand-primary": "#1a5fb4", "color-brand-content": "#1a5fb4"},
    "dark_css_variables": {"color-brand-primary": "#8ab8ff", "color-brand-content": "#8ab8ff"},
}

# Links to the outside are followed by CI's weekly job alone (`make docs-links`).
linkcheck_ignore = [r"http://(127\.0\.0\.1|localhost|10\.)"]

DOCS = Path(__file__).parent
ROOT = DOCS.parent
# Pages of the checkout that the site has under another name.
PAGES = {
    ROOT / name: DOCS / "project" / f"{name[:-3].lower()}.md"
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
}
LINK = re.compile(r"(!?)\[([^\]\[]*(?:\[[^\]]*\])?[^\]\[]*)\]\(([^)#\s]+)(#[^)]*)?\)")


def _outside(base: Path, found: re.Match[str]) -> str:
    """A link out of docs/, as the site can follow it: to its own page, to a copy of the file, or to nothing."""
    image, text, target, anchor = found[1], found[2], found[3], found[4] or ""
    path = Path(os.path.normpath(base / target))
    if image or "://" in target or path.is_relative_to(DOCS) or not path.exists():
        return found[0]
    if path in PAGES:
        return f"[{text}]({os.path.relpath(PAGES[path], base)}{anchor})"
    if path.is_file():
        return f"{{download}}`{text.replace('`', '')} <{os.path.relpath(path, base)}>`"
    return text  # a folder of the checkout


def _read(app: Any, page: str, source: list[str]) -> None:
    base = Path(app.env.doc2path(page)).parent
    if page.startswith("project/"):  # an included page: its links are those of the checkout's root
        name = page.removeprefix("project/").upper() + ".md"
        text = (ROOT / name).read_text(encoding="utf-8")
        moved = re.sub(
            r"\]\((?!https?:|#)([^)\s]+)\)", lambda found: f"]({os.path.relpath(ROOT, base)}/{found[1]})", text
        )
        source[0] = moved
    source[0] = LINK.sub(lambda found: _outside(base, found), source[0])


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _read)
