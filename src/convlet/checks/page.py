"""Write the findings of a check as one HTML file, with the pictures."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from itertools import islice
from pathlib import Path

from convlet.checks.finding import Check, Finding, Picture
from convlet.checks.survey import Survey
from convlet.checks.words import shape, sizes, why
from convlet.data.files import LeftOut
from convlet.report.commands import label_command, put_right
from convlet.report.document import contents, document, foot, tiles
from convlet.report.markup import Markup, breaking, count, div, element, file_name, name, span, table, td, th, tr
from convlet.report.pictures import data_urls
from convlet.report.sections import section
from convlet.system.files import write_text
from convlet.system.machine import versions

_GROUPS = 60  # of images shown for a finding, and
_OF_GROUP = 8  # of each
_ALONE = 96  # images shown that are in no group
_FILES = 100  # listed
_TABLE_OPEN = 40  # classes
_OF_LABELS = ("suspect-labels", "same-image-two-labels", "near-copy-two-labels")  # findings that labels put right

Urls = Mapping[tuple[str, int], str]


def write_page(path: Path, found: Check) -> None:
    """Write one self-contained HTML file, without scripts.

    Raises:
        OutputError: it cannot be written; an earlier file stays.
    """
    urls = _urls(found)
    parts = [(one.kind, _short(one), _finding(one, urls, found.folder)) for one in found.findings]
    parts.append(("classes", "Classes", _classes(found)))
    if found.survey:
        parts.append(("files", "Files", _files(found.survey, found)))
    page = document(
        f"{found.dataset}: data check",
        _headline(found),
        contents([(key, title) for key, title, _ in parts]),
        element("main", [part for _, _, part in parts], id="main"),
        foot(_details(found)),
        style=resources.files("convlet.checks").joinpath("style.css").read_text(encoding="utf-8"),
    )
    write_text(path, page)


def _headline(found: Check) -> Markup:
    serious = sum(one.serious for one in found.findings)
    others = len(found.findings) - serious
    images = {split: sum(counts) for split, counts in found.per_class.items()}
    figures = [
        ("Serious", f"{serious:,}", "to fix before training" if serious else "nothing to fix first"),
        ("To look at", f"{others:,}", "may be fine"),
        ("Images", f"{sum(images.values()):,}", ", ".join(f"{number:,} {split}" for split, number in images.items())),
        ("Classes", f"{len(found.class_names):,}", _balance(found)),
        ("Size", shape(found), "pixels that a model sees"),
    ]
    sums = [
        element(
            "li",
            element("a", one.title, href=f"#{one.kind}"),
            f": {one.text}",
            class_="serious" if one.serious else None,
        )
        for one in found.findings
    ]
    return element(
        "header",
        element("p", "convlet · data check", class_="eyebrow"),
        element("h1", name(found.dataset)),
        element("ul", sums, class_="sums") if sums else element("p", "Nothing was found that needs fixing."),
        tiles(figures),
        class_="top",
    )


def _balance(found: Check) -> str:
    train = found.per_class["train"]
    if min(train) == max(train):
        return f"{max(train):,} training images each"
    return f"{min(train):,} to {max(train):,} training images"


def _short(finding: Finding) -> str:
    return finding.kind.replace("-", " ").capitalize()


def _finding(finding: Finding, urls: Urls, folder: str) -> Markup:
    mark = span("serious", class_="mark serious") if finding.serious else span("look at it", class_="mark")
    folder = folder if finding.kind in _OF_LABELS else ""
    shown = [_pictured(group, urls, folder) for group in _shown(finding)]
    content: list[Markup] = [element("p", mark, " ", finding.text, class_="verdict")]
    if folder:
        code = element("code", label_command(folder), class_="command", dir="ltr")
        content.append(element("p", "Put them right on a page: ", code))
    if shown and _alone(finding):
        content.append(element("ul", [element("li", card) for cards in shown for card in cards], class_="cards"))
    elif shown:
        groups = [element("li", element("ul", [element("li", card) for card in cards])) for cards in shown]
        content.append(element("ul", groups, class_="groups"))
    if more := len(finding.groups) - len(shown):
        content.append(element("p", f"{more:,} more with --json.", class_="more"))
    if finding.files:
        content.append(_left_out(finding.files))
    return section(finding.kind, finding.title, finding.advice, *content)


def _alone(finding: Finding) -> bool:
    return all(len(group) == 1 for group in finding.groups)


def _shown(finding: Finding) -> Sequence[Sequence[Picture]]:
    return finding.groups[: _ALONE if _alone(finding) else _GROUPS]


def _pictured(group: Sequence[Picture], urls: Urls, folder: str) -> list[Markup]:
    cards = [_card(picture, urls, folder) for picture in group[:_OF_GROUP]]
    if len(group) > _OF_GROUP:
        cards.append(element("p", f"and {len(group) - _OF_GROUP:,} more", class_="more"))
    return cards


def _card(picture: Picture, urls: Urls, folder: str) -> Markup:
    words = f"{picture.name} in {picture.split}: labeled {picture.label}"
    lines = [
        span(name(picture.label), class_="says", title=picture.label),
        span(picture.detail, class_="wide detail") if picture.detail else "",
        span(picture.split if picture.file else picture.name, class_="wide"),
        span(file_name(picture.file), class_="wide file") if picture.file else "",
        put_right(folder, picture.file) if folder and picture.file else "",
    ]
    image = element("img", src=urls[picture.split, picture.index], alt=words, loading="lazy", class_="shot")
    return element("figure", image, element("figcaption", lines))


def _left_out(files: Sequence[LeftOut]) -> Markup:
    rows = [tr(th(file_name(one.file), scope="row"), td(breaking(why(one)))) for one in files[:_FILES]]
    more = f"{len(files) - _FILES:,} more with --json." if len(files) > _FILES else ""
    return div(table([("File", None), ("Reason", None)], rows), element("p", more), class_="boxed reasons")


def _classes(found: Check) -> Markup:
    most = {split: max(*counts, 1) for split, counts in found.per_class.items()}
    rows = [
        tr(
            th(name(class_name), scope="row"),
            [_bar(counts[label], most[split]) for split, counts in found.per_class.items()],
        )
        for label, class_name in enumerate(found.class_names)
    ]
    columns: list[tuple[str, str | None]] = [("Class", None)]
    columns += [(split.capitalize(), "number missed") for split in found.per_class]
    counts = div(table(columns, rows), class_="scroll")
    if len(rows) > _TABLE_OPEN:
        counts = element("details", element("summary", f"All {len(rows):,} classes"), counts)
    return section("classes", "Classes", "Images of each class in each split.", counts)


def _bar(images: int, most: int) -> Markup:
    return td(span(f"{images:,}"), class_="number missed bar", style=f"--part:{images / most:.1%}")


def _files(survey: Survey, found: Check) -> Markup:
    rows = [tr(th(what, scope="row"), td(breaking(words))) for what, words in sizes(survey)]
    how = f"From their headers. A model sees all of them at {shape(found)} pixels."
    return section("files", "Image files", how, div(table([("", None), ("", None)], rows), class_="boxed facts"))


def _details(found: Check) -> list[tuple[str, str]]:
    labels = "not judged: --labels judges them, in one to three minutes"
    if found.labels["done"]:
        labels = f"judged by {count(found.labels['nets'], 'small net')} that had not seen the images"
        right = f" and were {found.labels['accuracy']:.1%} right"
        labels += right if found.labels["learned"] else ", and learned nothing"
    return [
        *([("labels.csv", found.decisions)] if found.decisions else []),
        ("labels", labels),
        ("checked", dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("versions", ", ".join(f"{key} {version}" for key, version in versions().items())),
    ]


def _urls(found: Check) -> Urls:
    """Encode the images that are shown, each once."""
    wanted = {
        (picture.split, picture.index)
        for finding in found.findings
        for group in _shown(finding)
        for picture in islice(group, _OF_GROUP)
    }
    made: dict[tuple[str, int], str] = {}
    for split in found.splits:
        numbers: Iterable[int] = [index for name, index in wanted if name == split]
        made |= {(split, index): url for index, url in data_urls(found.splits[split].images, numbers).items()}
    return made
