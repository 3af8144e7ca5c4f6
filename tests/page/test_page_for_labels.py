"""The page of `convlet label` in a browser, against the real server."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from convlet.data import Dataset
from convlet.run import Run
from tests.page.conftest import Heard
from tests.serving.labeling.running import Labeling, held, labeling, write_flat

pytestmark = pytest.mark.slow


class Tab:
    """A page of images and labels."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.idle()

    def idle(self) -> None:
        """Wait until all decisions are on the disk."""
        self.page.locator("body[data-ready]:not([data-busy])").wait_for()

    def paths(self) -> list[str]:
        return list(self.page.locator("#grid .file").all_inner_texts())

    def says(self, path: str) -> str:
        return str(self.card(path).locator(".says").inner_text())

    def card(self, path: str) -> Any:
        return self.page.locator("#grid li").filter(has_text=path)

    def problem(self) -> str:
        self.page.locator("#problem:not([hidden])").wait_for()
        return str(self.page.inner_text("#problem-text"))


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[..., Tab]]:
    """Open the page. At the end its console is clean, but for statuses in `expected`, and no other site was asked."""
    opened = []

    def tab(server: Labeling, *, expected: tuple[str, ...] = (), touch: bool = False, context: Any = None) -> Tab:
        context = context or browser.new_context(
            viewport={"width": 390 if touch else 1280, "height": 800}, has_touch=touch, is_mobile=touch, locale="en"
        )
        context.set_default_timeout(60_000)
        page = context.new_page()
        opened.append((context, Heard(page), server.url, expected))
        page.goto(server.url)
        page.locator("body[data-ready]").wait_for()
        return Tab(page)

    yield tab
    for context, heard, url, expected in opened:
        require = heard.kept()
        with contextlib.suppress(Exception):  # a test may have closed it
            context.close()
        require(url, expected)


@pytest.fixture
def flat(run: Run, digits: Dataset, tmp_path: Path) -> Iterator[tuple[Labeling, Path]]:
    write_flat(tmp_path / "flat", digits.test, 70)
    with labeling(tmp_path / "flat", "--model", str(run.path)) as server:
        yield server, tmp_path / "flat"


def test_keys_label_many_at_once_exclude_and_undo(flat: tuple[Labeling, Path], tab: Callable[..., Tab]) -> None:
    server, folder = flat
    page = tab(server)
    paths = page.paths()
    assert len(paths) == 48
    page.press(" ", "ArrowRight", " ", "ArrowRight", " ", "7")
    assert held(folder) == dict.fromkeys(paths[:3], "7")
    assert page.says(paths[0]) == "7"
    page.press("x")  # the focus has gone on to the next
    assert held(folder)[paths[3]] == "-"
    page.press("/")
    page.page.keyboard.type("smudge <b>")
    page.press("Enter")
    assert held(folder)[paths[4]] == "smudge <b>"
    assert "smudge <b>" in page.page.inner_text("#legend")
    page.press("Enter")
    assert held(folder)[paths[5]] in "0123456789"
    assert "6 of 70 images decided" in page.page.inner_text("#progress")
    for left in (5, 4, 3, 0, 0):
        page.press("Control+z")
        assert len(held(folder)) == left
    assert page.page.is_disabled("#undo")
    assert "0 of 70" in page.page.inner_text("#progress")


def test_a_sure_page_is_accepted_with_one_key_and_does_not_come_back(
    flat: tuple[Labeling, Path], tab: Callable[..., Tab]
) -> None:
    server, folder = flat
    page = tab(server)
    threshold = server.ask("/api/folder")[1]["threshold"]
    images = {one["path"]: one for one in server.ask("/api/folder")[1]["images"]}
    shown = page.paths()
    page.press("Shift+Enter")
    sure = {path: images[path]["proposal"] for path in shown if images[path]["sure"] >= threshold}
    assert held(folder) == sure
    assert sure
    page.press("PageDown")
    while len(held(folder)) < sum(one["sure"] >= threshold for one in images.values()):
        page.press("Shift+Enter")
    page.page.reload()
    page.page.locator("body[data-ready]").wait_for()
    assert not set(page.paths()) & set(held(folder))
    page.page.locator("[name=view][value=decided]").check()
    assert set(page.paths()) <= set(held(folder))
    while held(folder):  # undo goes on after the page was loaded again
        page.press("Control+z")


def test_two_tabs_see_each_other(flat: tuple[Labeling, Path], tab: Callable[..., Tab]) -> None:
    server, folder = flat
    one, two = tab(server), tab(server, expected=("409",))
    paths = one.paths()
    one.press("3")
    two.page.locator("#grid li.done").first.wait_for()  # the news arrive by themselves
    assert two.says(paths[0]) == "3"
    two.page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")  # it asks for no news
    one.page.locator("#grid li").nth(1).click()
    one.press("4")
    two.page.locator("#grid li").nth(1).click()
    two.press("5")
    assert "decided about elsewhere" in two.problem()
    two.page.locator("#grid li.elsewhere").filter(has_text=paths[1]).wait_for()
    assert held(folder)[paths[1]] == "4"
    assert two.says(paths[1]) == "4"
    two.press("5")  # having seen it
    assert held(folder)[paths[1]] == "5"


def test_a_broken_journal_is_told_and_nothing_lost(flat: tuple[Labeling, Path], tab: Callable[..., Tab]) -> None:
    server, folder = flat
    page = tab(server, expected=("422",))
    page.press("3")
    good = (folder / "labels.csv").read_text()
    (folder / "labels.csv").write_text(good + "nonsense\n")
    page.press("4")
    assert "line 3 has 1 cells" in page.problem()
    (folder / "labels.csv").write_text(good)
    page.page.locator("#again:not([hidden])").click()
    page.idle()
    assert [*held(folder).values()] == ["3", "4"]
    page.page.locator("#problem").wait_for(state="hidden")


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_server_loses_nothing_that_was_decided(
    run: Run, digits: Dataset, tmp_path: Path, tab: Callable[..., Tab]
) -> None:
    write_flat(tmp_path, digits.test, 60)
    shown: dict[str, str] = {}
    for _ in range(3):
        with labeling(tmp_path, "--model", str(run.path)) as server:
            page = tab(server, expected=("ERR_CONNECTION", "Failed to load", "ERR_EMPTY"))
            for key in "123456":
                page.press(key)
            for key in "789":  # these are on their way when the server is killed
                page.page.keyboard.press(key)
            os.kill(server.process.pid, signal.SIGKILL)
            server.process.wait(timeout=60)
            assert "does not answer" in page.problem()
            done = page.page.locator("#grid li.done:not(.saving)")
            for number in range(done.count()):
                card = done.nth(number)
                shown[card.locator(".file").inner_text()] = card.locator(".says").inner_text()
            assert shown.items() <= held(tmp_path).items()
    assert len(shown) >= 18


def test_a_finger_selects_and_a_class_is_tapped(flat: tuple[Labeling, Path], tab: Callable[..., Tab]) -> None:
    server, folder = flat
    page = tab(server, touch=True)
    paths = page.paths()
    assert len(paths) == 24
    page.page.locator("#grid li").nth(2).tap()
    page.page.locator("#grid li").nth(5).tap()
    page.page.locator("#legend button").nth(8).tap()
    page.idle()
    assert held(folder) == {paths[2]: "8", paths[5]: "8"}
    page.page.locator("#undo").tap()
    page.idle()
    assert held(folder) == {}


def test_a_labeled_folder_shows_one_suspect_of_a_report(
    digits: Dataset, tmp_path: Path, tab: Callable[..., Tab]
) -> None:
    for name in ("ant", "bee"):
        write_flat(tmp_path / "set" / name, digits.test, 4)
    with labeling(tmp_path / "set", "--only", "bee/002.png") as server:
        page = tab(server)
        assert page.paths() == ["bee/002.png"]
        assert page.says("bee/002.png") == "bee"
        page.press(".")
        assert held(tmp_path / "set") == {"bee/002.png": "bee"}
        page.press("Control+z")
        page.press("1")
        assert held(tmp_path / "set") == {"bee/002.png": "ant"}
        page.page.close()


def test_a_class_that_only_test_would_have_is_warned_of_while_it_lasts(
    digits: Dataset, tmp_path: Path, tab: Callable[..., Tab]
) -> None:
    for split in ("train", "test"):
        for name in ("ant", "bee"):
            write_flat(tmp_path / "set" / split / name, digits.test, 4)
    shown = ("test/bee/002.png", "train/bee/002.png")
    with labeling(tmp_path / "set", *(word for path in shown for word in ("--only", path))) as server:
        page = tab(server)
        warning = page.page.locator("#untaught")
        assert not warning.is_visible()
        page.card(shown[0]).click()
        page.page.locator("#find").fill("wasp <b>")
        page.press("Enter")
        assert "has the class wasp <b>, but test/bee/002.png has" in warning.inner_text()
        page.card(shown[1]).click()
        page.page.locator("#legend button", has_text="wasp").click()
        page.idle()
        assert held(tmp_path / "set") == dict.fromkeys(shown, "wasp <b>")
        assert not warning.is_visible()
        page.press("Control+z")
        assert warning.is_visible()
        page.press("Control+z")
        assert not warning.is_visible()
        assert held(tmp_path / "set") == {}
        page.page.close()
