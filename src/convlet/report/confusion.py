"""The confusion matrix whose cells open the images behind them; for many classes the most frequent mistakes."""

import math
from collections.abc import Iterator, Sequence

from convlet.report.cards import Cards
from convlet.report.markup import Markup, count, element, join, name
from convlet.report.pictures import Cells

WHOLE_MATRIX = 40  # classes: more columns than that nobody reads
FREQUENT = 40  # kinds of mistakes listed instead


def matrix(confusion: Sequence[Sequence[int]], class_names: Sequence[str]) -> Markup:
    """The table; a cell with images is a link to its panel."""
    largest = max(
        (n / sum(row) for i, row in enumerate(confusion) for j, n in enumerate(row) if n and i != j), default=1
    )

    def cell(i: int, j: int, n: int) -> Markup:
        if not n:
            return element("td", "·", class_="none")
        share = (
            1 if i == j else math.sqrt(n / sum(confusion[i]) / largest)
        )  # the root lifts rare mistakes out of the ground
        opens = f"{class_names[i]} answered as {class_names[j]}: show {n:,}"
        link = element("a", f"{n}", href=f"#cell-{i}-{j}", id=f"at-{i}-{j}", aria_label=opens, title=opens)
        return element("td", link, class_="right" if i == j else "wrong", style=f"--share:{share:.0%}")

    long_names = "upright" if max(map(len, class_names)) > 3 else None
    head = element(
        "tr",
        element("td", class_="corner"),
        [element("th", element("span", name(text)), scope="col", title=text) for text in class_names],
    )
    rows = [
        element(
            "tr",
            element("th", name(text), scope="row", title=text),
            [cell(i, j, n) for j, n in enumerate(confusion[i])],
        )
        for i, text in enumerate(class_names)
    ]
    table = element("table", element("thead", head, class_=long_names), element("tbody", rows), class_="matrix")
    axes = element("p", "rows: the label · columns: the model's answer", class_="axes")
    return join(
        [axes, element("div", table, class_="scroll", tabindex=0, role="region", aria_label="Confusion matrix")]
    )


def frequent(cells: Cells, confusion: Sequence[Sequence[int]], class_names: Sequence[str], *, alone: bool) -> Markup:
    """The most frequent mistakes as a table; a count is a link to its panel, and `alone`, without a matrix, where that leads back to."""
    rows = [
        element(
            "tr",
            element("th", name(class_names[i]), scope="row"),
            element("td", name(class_names[j])),
            element(
                "td",
                element("a", f"{confusion[i][j]:,}", href=f"#cell-{i}-{j}", id=f"at-{i}-{j}" if alone else None),
                class_="number",
            ),
            element("td", f"{confusion[i][j] / sum(confusion[i]):.1%}", class_="number"),
        )
        for i, j in cells
    ]
    titles = [element("th", text, scope="col", class_=kind) for text, kind in _COLUMNS]
    return element(
        "div", element("table", element("thead", element("tr", titles)), element("tbody", rows)), class_="scroll boxed"
    )


_COLUMNS = (("Label", None), ("Answer", None), ("Images", "number"), ("Of this label", "number"))


def panels(
    shown: Cells, confusion: Sequence[Sequence[int]], class_names: Sequence[str], cards: Cards
) -> Iterator[Markup]:
    """For each cell a panel that lies hidden until a link has its name as target."""
    for (i, j), indices in shown.items():
        number, back = confusion[i][j], f"#at-{i}-{j}"
        if i == j:
            title = join(["Right: ", name(class_names[i])])
            what = f"{len(indices)} of {number:,}, from the least sure to the surest"
        else:
            title = join([name(class_names[i]), " answered as ", name(class_names[j])])
            what = count(number, "image") + (f", the surest {len(indices)}" if len(indices) < number else "")
        close = element("a", "Close", href=back, class_="close")
        head = element("header", element("div", element("h3", title, id=f"title-{i}-{j}"), element("p", what)), close)
        sheet = element("div", head, cards.grid(indices.tolist()), class_="sheet")
        behind = element("a", href=back, class_="behind", tabindex=-1, aria_hidden="true")
        yield element("section", behind, sheet, class_="panel", id=f"cell-{i}-{j}", aria_labelledby=f"title-{i}-{j}")
