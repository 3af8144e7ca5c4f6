"""Frame a page: one HTML file that opens anywhere, offline, in the reader's light or dark mode."""

from importlib import resources

from convlet.report.markup import Content, Markup, element
from convlet.system import colors

# no script runs and nothing is fetched, whatever the page contains
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def document(title: str, *body: Content, style: str = "") -> str:
    """Return a page.

    Args:
        title: the window's.
        body: everything from header to footer, inclusive.
        style: CSS in addition to that of every page.
    """
    common = resources.files("convlet.report").joinpath("style.css").read_text(encoding="utf-8")
    head = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(colors.stylesheet() + common + style)),
    ]
    whole = [element("a", "Skip to the figures", href="#main", class_="skip"), *body]
    page = element("html", element("head", head), element("body", whole), lang="en")
    return f"<!doctype html>\n{page}\n"


def contents(titles: list[tuple[str, str]]) -> Markup:
    """Return links to the sections with these ids and titles."""
    links = [element("li", element("a", title, href=f"#{key}")) for key, title in titles]
    return element("nav", element("ul", links), aria_label="Contents")


def tiles(figures: list[tuple[str, str, str]]) -> Markup:
    """Return the figures of a headline: each with title, figure and words."""
    return element(
        "dl",
        [
            element("div", element("dt", title), element("dd", value, class_="figure"), element("dd", words))
            for title, value, words in figures
        ],
    )


def foot(details: list[tuple[str, str]]) -> Markup:
    """Return the footer, with its lines by name."""
    lines = [element("div", element("dt", key), element("dd", value)) for key, value in details]
    return element("footer", element("h2", "How it was made"), element("dl", lines))
