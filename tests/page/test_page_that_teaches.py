"""The page of a server that people teach."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from convlet.reading.show import data_url
from convlet.run import Run
from convlet.system.places import write_json
from convlet.training.teaching.generations import Generations
from convlet.training.teaching.lesson import BEFORE_AFTER
from tests.page.conftest import Visit
from tests.page.handwriting import DIGITS, line
from tests.page.sites import Site
from tests.serving.running import Served, served

pytestmark = pytest.mark.slow

HOUSE = [(25, 80), (25, 45), (50, 20), (75, 45), (75, 80), (25, 80)]
_TRAINED = 300_000  # milliseconds, to catch a hang


@pytest.fixture
def server(mnist_run: Run, tmp_path: Path) -> Iterator[Served]:
    with served(mnist_run.path, teach=tmp_path / "taught", queue=1000) as running:
        yield running


@pytest.fixture
def open_(server: Served, visit: Callable[..., Visit]) -> Callable[..., Visit]:
    """Open the page of the server, once it can teach."""

    def open_(**more: Any) -> Visit:
        opened = visit(Site(f"http://127.0.0.1:{server.port}/"), **more)
        opened.page.locator("#teach-ask").wait_for()
        return opened

    return open_


def draw(page: Any, points: list[tuple[float, float]], sheet: str = "#sheet") -> None:
    """Draw one stroke; points in percent of the sheet."""
    page.locator(sheet).scroll_into_view_if_needed()
    box = page.locator(sheet).bounding_box()
    places = [(box["x"] + box["width"] * x / 100, box["y"] + box["height"] * y / 100) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=3)
    page.mouse.up()


def house(visit: Visit, by: float = 0) -> str:
    """Draw a house anew, a little to the side; return the answer."""
    visit.page.locator("#clear").evaluate("button => button.click()")
    draw(visit.page, [(x + by, y - by / 2) for x, y in HOUSE])
    visit.settled()
    return visit.answer


def keep(visit: Visit, name: str) -> None:
    visit.page.locator("#teach-right:not([disabled])").wait_for()
    visit.page.fill("#teach-class", name)
    visit.page.click("#teach-keep")
    visit.page.locator("#teach-said[data-of=kept]").wait_for()
    visit.page.locator("body[data-board=empty]").wait_for()


@pytest.mark.long
def test_a_sign_is_taught_as_a_new_class_and_undone(open_: Callable[..., Visit], server: Served) -> None:
    visit = open_()
    page = visit.page
    assert "in a folder" in page.inner_text("footer")
    before = house(visit), page.inner_text("#how")
    assert before[0] != "house"
    for by in range(5):
        house(visit, by)
        keep(visit, "house")
    assert page.inner_text("#teach-said") == "Kept as house: 5 examples so far."
    page.click(".teach-part summary")
    page.locator(".teach-part li >> nth=4").wait_for()
    page.click("#teach-begin")
    page.locator("#teach-offer:not([hidden])").wait_for(timeout=_TRAINED)
    assert server.get("/model").json["generation"] == 0
    figures = page.locator("#teach-figures tr").all_inner_texts()
    assert "0 of 1 right" in figures[0]
    assert "10,000" in figures[2]
    assert page.is_hidden("#teach-meanwhile")
    page.click("#teach-take")
    page.locator("#teach-undo:not([hidden])").wait_for()
    page.locator("#hint-classes", has_text="house").wait_for(state="attached")
    assert house(visit, 2) == "house"
    page.click("#teach-undo")
    page.locator("#teach-undo").wait_for(state="hidden")
    page.locator("#hint-classes:not(:has-text('house'))").wait_for(state="attached")
    assert (house(visit), page.inner_text("#how")) == before
    page.click("#teach-generations summary")
    page.click("#teach-list button")
    page.locator("#teach-undo:not([hidden])").wait_for()
    page.locator("#hint-classes", has_text="house").wait_for(state="attached")
    assert house(visit, 1) == "house"


def test_what_was_taught_is_moved_and_taken_back(open_: Callable[..., Visit], server: Served) -> None:
    visit = open_()
    page = visit.page
    for name in ("house", "house", "7"):
        house(visit)
        keep(visit, name)
    assert page.inner_text("#teach-sum") == "3 examples of 2 classes"
    page.click(".teach-part:has(b:text-is('house')) summary")
    page.click(".teach-part[open] li >> nth=0")
    page.fill("#teach-to", "7")
    page.click("#teach-move")
    page.locator(".teach-part:has(b:text-is('7')) small", has_text="2 examples").wait_for()
    page.locator(".teach-part[open] li >> nth=1").wait_for(state="detached")
    page.click(".teach-part[open] li button")
    page.click("#teach-back")
    page.locator("#teach-sum", has_text="2 examples of 1 class").wait_for()
    assert server.get("/teach").json["examples"] == {"7": 2}


def test_right_keeps_what_it_answered(open_: Callable[..., Visit], server: Served) -> None:
    visit = open_()
    visit.write("1")
    visit.settled()
    label = visit.answer
    visit.page.click("#teach-right")
    visit.page.locator("#teach-said[data-of=kept]").wait_for()
    assert server.get("/teach").json["examples"] == {label: 1}


def test_a_name_that_no_class_may_have_is_told(open_: Callable[..., Visit], server: Served) -> None:
    visit = open_(expected=(400,))
    house(visit)
    visit.page.fill("#teach-class", "<b>a/b</b>")
    visit.page.click("#teach-keep")
    visit.page.locator("#teach-problem:not([hidden])").wait_for()
    assert "This cannot be taught. The class '<b>a/b</b>'" in visit.page.inner_text("#teach-problem")
    assert server.get("/teach").json["examples"] == {}
    assert visit.page.locator("body[data-board=drawing]").count() == 1  # the drawing is not lost


@pytest.mark.long
def test_each_sign_written_three_times_and_cut_apart(open_: Callable[..., Visit], server: Served) -> None:
    page = open_().page
    page.click("#teach-sheet")
    page.fill("#teach-signs", "123")
    for row, digit in enumerate("123"):
        for column in range(3):
            if (row, column) == (2, 1):
                continue  # one is forgotten
            for stroke in DIGITS[digit]:
                draw(
                    page,
                    [
                        ((column + 0.2 + 0.6 * x / 100) * 100 / 3, (row + 0.2 + 0.6 * y / 100) * 100 / 3)
                        for x, y in line(stroke)
                    ],
                    "#teach-canvas",
                )
    page.click("#teach-cut")
    page.locator("#teach-reviewing:not([hidden])").wait_for()
    assert "8 characters were found, and 9 were expected" in page.inner_text("#teach-lacks")
    assert "3: 2 of 3" in page.inner_text("#teach-lacks")
    page.uncheck("#teach-found li:nth-child(1) [type=checkbox]")
    page.fill("#teach-found li:nth-child(2) [type=text]", "one")
    assert page.inner_text("#teach-keep-all") == "Keep 7"
    page.click("#teach-keep-all")
    page.locator("#teach-dialog").wait_for(state="hidden")
    assert server.get("/teach").json["examples"] == {"1": 1, "2": 3, "3": 2, "one": 1}


def test_a_pages_characters_are_put_right(open_: Callable[..., Visit], server: Served) -> None:
    visit = open_()
    page = visit.page
    page.check("[value=several]")
    for place, digit in enumerate("123"):
        visit.write(digit, (0.1 + 0.3 * place, 0.3, 0.2, 0.3))
    page.locator("#teach-page:not([disabled])").wait_for()
    visit.settled()
    page.click("#teach-page")
    page.fill("#teach-found li:nth-child(2) [type=text]", "zwei")
    assert page.inner_text("#teach-keep-all") == "Keep 1"
    page.click("#teach-keep-all")
    page.locator("#teach-dialog").wait_for(state="hidden")
    assert server.get("/teach").json["examples"] == {"zwei": 1}


def test_two_pages_know_of_each_other(open_: Callable[..., Visit], server: Served) -> None:
    one, other = open_(expected=(409,)), open_()
    house(other)
    keep(other, "house")
    one.page.locator("#teach-sum", has_text="1 example of 1 class").wait_for()
    assert "Another page" in one.page.inner_text("#teach-said")
    one.page.click(".teach-part summary")
    one.page.click(".teach-part[open] li button")
    (example,) = server.get("/teach/examples?class=house&start=0").json["examples"]
    # the other takes it back, and the first has not looked since
    one.page.route("**/teach", lambda route: route.abort())
    assert server.post(f"/teach/back?id={example['id']}").status == 200
    one.page.unroute("**/teach")
    one.page.click("#teach-back")
    one.page.locator("#teach-problem:not([hidden])").wait_for()
    assert "changed meanwhile" in one.page.inner_text("#teach-problem")
    assert server.get("/teach").json["examples"] == {}


@pytest.fixture
def offering(mnist_run: Run, tmp_path: Path) -> Iterator[Served]:
    """A new model is offered, as if it had just been trained: the old one again."""
    hidden = tmp_path / "taught" / ".convlet"
    generations = Generations(hidden, mnist_run.path)
    shutil.copytree(mnist_run.path, generations.runs / "taught-teach-1")
    counts = {"images": 10_000, **{name: {"right": 9_958, "refused": 322} for name in ("before", "after")}}
    few = {"images": 5, "before": {"right": 0, "refused": 5}, "after": {"right": 4, "refused": 1}}
    none = {"images": 0, **{name: {"right": 0, "refused": 0} for name in ("before", "after")}}
    tests = {"kind": "test", "name": "mnist", **counts, "changed": 30, "mended": 10, "spoiled": 20}
    facts = {"taught": few, "held_out": none, "tests": tests, "seconds": 8.0, "meanwhile": 1_234}
    change = {"picture": data_url(Image.new("L", (28, 28))), "truth": "<i>4</i>", "before": "<i>4</i>", "after": "9"}
    write_json(generations.runs / "taught-teach-1" / BEFORE_AFTER, {**facts, "changes": [change] * 30})
    generations.offer(generations.runs / "taught-teach-1", {"4": 5}, facts)
    with served(mnist_run.path, teach=tmp_path / "taught") as running:
        yield running


def test_an_offer_is_still_there_after_a_restart_and_is_left(offering: Served, visit: Callable[..., Visit]) -> None:
    page = visit(Site(f"http://127.0.0.1:{offering.port}/")).page
    page.locator("#teach-changes li >> nth=29").wait_for()
    figures = page.locator("#teach-figures tr").all_inner_texts()
    assert "too few to say" in figures[0]
    assert "4 of 5 right" in figures[1]
    assert "99.58% right" in figures[2]
    assert "30 of 10,000 answers changed: 10 became right, 20 became wrong." in page.inner_text("#teach-changed")
    assert "moved or taken back during this training: 1,234." in page.inner_text("#teach-meanwhile")
    assert page.locator("#teach-changes li").first.inner_text() == "<i>4</i> → 9, is <i>4</i>"
    page.click("#teach-leave")
    page.locator("#teach-offer").wait_for(state="hidden")
    assert offering.get("/teach").json["candidate"] is None
    assert offering.get("/model").json["generation"] == 0


def test_on_a_telephone_nothing_is_wider_than_it(offering: Served, visit: Callable[..., Visit]) -> None:
    page = visit(Site(f"http://127.0.0.1:{offering.port}/"), width=390, height=800, touch=True).page
    page.locator("#teach-changes li >> nth=29").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("#teach-sheet")
    page.locator("#teach-dialog[open]").wait_for()
    assert page.evaluate("document.getElementById('teach-dialog').scrollWidth") <= 390
    page.keyboard.press("Escape")
    page.locator("#teach-dialog").wait_for(state="hidden")


def test_every_control_has_a_name(open_: Callable[..., Visit]) -> None:
    page = open_().page
    house(Visit(page, Site("")))
    for name in ("Right", "Keep", "Write each three times", "Teach"):
        assert page.get_by_role("button", name=name, exact=True).count() == 1, name
    for name in ("It is",):
        assert page.get_by_role("combobox", name=name).count() == 1
    page.focus("#teach-class")
    page.keyboard.type("house")
    page.keyboard.press("Enter")
    page.locator("#teach-said[data-of=kept]").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") in {"teach-keep", "show-heat"}
