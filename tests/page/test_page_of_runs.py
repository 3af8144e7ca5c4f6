"""The page of `convlet view` in a browser, against the real server."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from convlet.run import Run
from tests.page.conftest import Heard
from tests.run.made import add_epochs, held_run, made_run
from tests.serving.viewing.running import Viewing, viewing

pytestmark = pytest.mark.slow


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open the page. At the end its console is clean, but for statuses in `expected`, and no other site was asked."""
    opened = []

    def tab(
        server: Viewing, *, expected: tuple[str, ...] = (), language: str = "en", url: str = "", width: int = 1280
    ) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 800}, locale=language)
        context.set_default_timeout(60_000)
        page = context.new_page()
        opened.append((context, Heard(page), server.url, expected))
        page.goto(url or server.url)
        page.locator("body[data-ready]").wait_for()
        return page

    yield tab
    for context, heard, url, expected in opened:
        require = heard.kept()
        with contextlib.suppress(Exception):
            context.close()
        require(url, expected)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Viewing, Path]]:
    folder = tmp_path / "runs"
    made_run(folder, "mnist-fast-1", recipe="fast")
    made_run(folder, "数字 <b>x", created="2026-01-05T00:00:00+00:00", epochs=5)
    with viewing(folder) as server:
        yield server, folder


def row(page: Any, name: str) -> Any:
    return page.locator("#runs tbody tr").filter(has_text=name)


def test_the_newest_is_shown_and_another_once_it_is_chosen(
    served: tuple[Viewing, Path], tab: Callable[..., Any]
) -> None:
    page = tab(served[0])
    assert page.inner_text("h2") == "数字 <b>x"
    assert page.locator("h2 b").count() == 0
    assert page.locator(".chart svg polyline").count() == 4  # training and validation, accuracy and loss
    row(page, "mnist-fast-1").locator("button.name").click()
    page.locator("h2", has_text="mnist-fast-1").wait_for()
    said = page.inner_text("main")
    assert "87.50% · in validation" in said
    assert row(page, "mnist-fast-1").locator("td.figure").inner_text().split("\n") == ["87.50%", "in validation"]
    assert "convlet evaluate" in said
    page.locator("summary", has_text="Settings").click()
    assert "learning_rate" in page.inner_text("main")


def test_curves_move_while_it_trains(served: tuple[Viewing, Path], tab: Callable[..., Any]) -> None:
    server, folder = served
    path = made_run(folder, "live", status="interrupted", epochs=2, created="2026-02-01T00:00:00+00:00")
    with held_run(path):
        page = tab(server)
        assert page.inner_text("h2") == "live"  # one in training comes first
        assert "epoch 2 of" in page.inner_text(".live")
        before = page.locator(".chart polyline").first.get_attribute("points")
        page.locator("summary", has_text="Files").click()
        add_epochs(path, 4)
        page.locator(".live", has_text="epoch 4 of").wait_for()
        assert page.locator(".chart polyline").first.get_attribute("points") != before
        assert page.locator("details").nth(1).get_attribute("open") is not None  # what was opened stays open
        assert "in training: 1" in page.inner_text("#progress")
    row(page, "live").locator(".status.interrupted").wait_for()
    page.locator("main", has_text="convlet train --resume").wait_for()


def test_a_training_is_stopped_after_a_question(served: tuple[Viewing, Path], tab: Callable[..., Any]) -> None:
    server, folder = served
    path = made_run(folder, "live", status="interrupted", created="2026-02-01T00:00:00+00:00")
    asked = []
    with held_run(path) as process:
        page = tab(server)
        page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        page.locator("button.stop").click()
        assert process.poll() is None
        page.once("dialog", lambda dialog: dialog.accept())
        page.locator("button.stop").click()
        row(page, "live").locator(".status.interrupted").wait_for()
        assert process.wait(timeout=60) == 0
    assert asked == ["Stop training live? What it has learned is saved, and it can be resumed."]
    assert Run(path).status == "interrupted"


def test_two_are_compared(served: tuple[Viewing, Path], tab: Callable[..., Any]) -> None:
    page = tab(served[0])
    row(page, "mnist-fast-1").locator("input").check()
    page.locator("h2", has_text="Two runs compared").wait_for()
    assert page.locator(".chart svg polyline").count() == 8
    said = page.inner_text(".compared")
    assert "Settings that differ" in said
    assert "batch_size" in said
    assert "validate_on" not in said  # both have the same
    row(page, "数字").locator("input").uncheck()
    page.locator("h2", has_text="mnist-fast-1").wait_for()


def test_values_are_read_by_keys(served: tuple[Viewing, Path], tab: Callable[..., Any]) -> None:
    page = tab(served[0])
    chart = page.locator(".chart").first
    chart.locator("> svg").focus()
    page.keyboard.press("ArrowRight")
    assert "epoch 1" in chart.locator(".legend").inner_text()
    assert "40.00%" in chart.locator(".legend").inner_text()
    page.keyboard.press("ArrowRight")
    assert "70.00%" in chart.locator("> svg").get_attribute("aria-label")


def test_a_report_opens_in_a_tab_of_its_own(served: tuple[Viewing, Path], tab: Callable[..., Any]) -> None:
    server, folder = served
    (folder / "mnist-fast-1" / "report.html").write_text("<style>p { color: rgb(1, 2, 3) }</style><p>the report")
    page = tab(server)
    row(page, "mnist-fast-1").locator("button.name").click()
    with page.context.expect_page() as opened:
        page.locator("a.report").click()
    report = opened.value
    assert report.inner_text("p") == "the report"
    assert report.evaluate("getComputedStyle(document.querySelector('p')).color") == "rgb(1, 2, 3)"


def test_many_runs_are_found_and_sorted(tmp_path: Path, tab: Callable[..., Any]) -> None:
    for number in range(105):
        path = tmp_path / f"run-{number}"
        made_run(tmp_path, path.name, status="failed", epochs=0) if number else made_run(tmp_path, path.name)
    with viewing(tmp_path) as server:
        page = tab(server)
        assert page.locator("#runs tbody tr").count() == 100
        page.locator("#more").click()
        assert page.locator("#runs tbody tr").count() == 105
        page.locator("[data-sort=accuracy] button").click()
        assert page.locator("#runs tbody tr button.name").first.inner_text() == "run-0"
        page.locator("[data-sort=name] button").click()
        assert page.locator("#runs tbody tr button.name").nth(2).inner_text() == "run-2"  # as numbers
        page.fill("#find", "run-104")
        assert page.locator("#runs tbody tr").count() == 1
        page.fill("#find", "nothing")
        assert "No run has this" in page.inner_text("#nothing")


def test_a_chosen_token_may_have_every_sign(tmp_path: Path, tab: Callable[..., Any]) -> None:
    with viewing(tmp_path, "--token", "a+b/c=_.~-d") as server:
        tab(server)


def test_an_empty_folder_fills(tmp_path: Path, tab: Callable[..., Any]) -> None:
    (tmp_path / "runs").mkdir()
    with viewing(tmp_path / "runs") as server:
        page = tab(server)
        assert "convlet train" in page.inner_text("#nothing")
        made_run(tmp_path / "runs", "first")
        page.locator("h2", has_text="first").wait_for()
        shutil.rmtree(tmp_path / "runs" / "first")
        page.locator("#nothing:not([hidden])").wait_for()
        assert page.locator("h2").count() == 0


def test_damaged_runs_say_what_is_wrong(served: tuple[Viewing, Path], tab: Callable[..., Any]) -> None:
    server, folder = served
    path = made_run(folder, "wrong")
    (path / "run.json").write_text("{")
    page = tab(server)
    row(page, "wrong").locator("button.name").click()
    page.locator(".wrong", has_text="cannot read").wait_for()
    assert row(page, "wrong").locator(".status").inner_text() == "damaged"


def test_a_wrong_address_and_a_server_that_has_ended(served: tuple[Viewing, Path], tab: Callable[..., Any]) -> None:
    server, _ = served
    ended = "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"
    page = tab(server, url=server.url.partition("#")[0], expected=("401", *ended))
    assert "Open the one that convlet view printed" in page.inner_text("#problem")
    page = tab(server, expected=ended)
    assert page.locator("#problem").is_hidden()
    server.process.terminate()
    page.locator("#problem", has_text="convlet view has ended").wait_for()
    assert page.inner_text("h2") == "数字 <b>x"  # what was known stays


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewing]:
    """A server of two runs that no test changes."""
    folder = tmp_path_factory.mktemp("runs")
    made_run(folder, "mnist-fast-1", recipe="fast")
    made_run(folder, "数字 <b>x")
    with viewing(folder) as server:
        yield server


@pytest.mark.parametrize("language", ["ar", "de", "es", "fr", "hi", "ja", "zh"])
def test_no_language_lacks_a_word_or_room(language: str, shared: Viewing, tab: Callable[..., Any]) -> None:
    page = tab(shared, language=language, width=390)
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    for name in ("mnist-fast-1", "数字"):
        row(page, name).locator("input").check()
    page.locator(".compared").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert "view." not in page.inner_text("body")
