"""Show the confusion matrix, whose cells open their images, or a list of the most frequent mistakes."""

import math
from collections.abc import Iterator, Sequence

from convlet.report.cards import Cards
from convlet.report.markup import Markup, count, div, element, join, name, span, table, td, th, tr
from convlet.report.names import shortened
from convlet.report.pictures import Cells

WHOLE_MATRIX = 40  # classes; a larger matrix is unreadable
FREQUENT = 40  # kinds of mistakes listed instead
BESIDE = 14  # classes; a larger matrix leaves no room next to it
_LONGEST_NAME = 12


def matrix(confusion: Sequence[Sequence[int]], class_names: Sequence[str]) -> Markup:
    """Return the matrix; a cell with images links to its panel."""
    largest = max(
        (n / sum(row) for i, row in enumerate(confusion) for j, n in enumerate(row) if n and i != j), default=1
    )

    def cell(i: int, j: int, n: int) -> Markup:
        if not n:
            return td("·", class_="none")
        share = 1 if i == j else math.sqrt(n / sum(confusion[i]) / largest)  # the root makes rare mistakes visible
        opens = f"{class_names[i]} answered as {class_names[j]}: show {n}"
        link = element("a", f"{n}", href=f"#cell-{i}-{j}", id=f"at-{i}-{j}", aria_label=opens, title=opens)
        return td(link, class_="right" if i == j else "wrong", style=f"--share:{share:.0%}")

    long_names = "upright" if max(map(len, class_names)) > 3 else None
    columns = [th(span(name(shortened(text, _LONGEST_NAME))), scope="col", title=text) for text in class_names]
    head = tr(td(class_="corner"), columns)
    rows = [
        tr(
            th(name(shortened(text, _LONGEST_NAME)), scope="row", title=text),
            [cell(i, j, n) for j, n in enumerate(row)],
        )
        for i, (text, row) in enumerate(zip(class_names, confusion, strict=True))
    ]
    whole = element("table", element("thead", head, class_=long_names), element("tbody", rows), class_="matrix")
    axes = element("p", "rows: the label · columns: the model's answer", class_="axes")
    scroll = div(whole, class_="scroll", tabindex=0, role="region", aria_label="Every cell of the matrix")
    return join([axes, scroll])


def frequent(cells: Cells, confusion: Sequence[Sequence[int]], class_names: Sequence[str], *, alone: bool) -> Markup:
    """Return a table of mistakes whose counts link to their panels; `alone` if there is no matrix."""
    rows = [
        tr(
            th(name(class_names[i]), scope="row"),
            td(name(class_names[j])),
            td(
                element("a", f"{confusion[i][j]:,}", href=f"#cell-{i}-{j}", id=f"at-{i}-{j}" if alone else None),
                class_="number",
            ),
            td(f"{confusion[i][j] / sum(confusion[i]):.1%}", class_="number"),
        )
        for i, j in cells
    ]
    return div(table(_COLUMNS, rows), class_="scroll boxed")


_COLUMNS = (("Label", None), ("Answer", None), ("Images", "number"), ("Of this label", "number"))


def panels(
    shown: Cells, confusion: Sequence[Sequence[int]], class_names: Sequence[str], cards: Cards
) -> Iterator[Markup]:
    """Return a panel for each cell, hidden until a link targets it."""
    for (i, j), indices in shown.items():
        number, back = confusion[i][j], f"#at-{i}-{j}"
        if i == j:
            title = join(["Right: ", name(class_names[i])])
            what = f"{len(indices)} of {number:,}, least confident first"
        else:
            title = join([name(class_names[i]), " answered as ", name(class_names[j])])
            what = count(number, "image") + (f", the {len(indices)} most confident" if len(indices) < number else "")
        close = element("a", "Close", href=back, class_="close")
        head = element("header", div(element("h3", title, id=f"title-{i}-{j}"), element("p", what)), close)
        sheet = div(head, cards.grid(indices.tolist()), class_="sheet")
        behind = element("a", href=back, class_="behind", tabindex=-1, aria_hidden="true")
        yield element("section", behind, sheet, class_="panel", id=f"cell-{i}-{j}", aria_labelledby=f"title-{i}-{j}")
