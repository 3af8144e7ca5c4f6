"""axe-core finds nothing wrong with any page or report, in light and dark, on a desk and on a telephone."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convlet.checks.page import write_page
from convlet.data import Dataset, Split
from convlet.report import Curve, Facts, Training, write_report
from convlet.run import Run
from tests.checks.pictures import checked, folder
from tests.page import axe
from tests.page.conftest import Visit
from tests.page.sites import LONG, Model, Site, picture
from tests.report.test_page import judged, pictures
from tests.run.made import held_run, made_run
from tests.serving.labeling.running import labeling, write_flat
from tests.serving.running import served
from tests.serving.viewing.running import viewing

pytestmark = pytest.mark.slow

LOOKS = [
    pytest.param((width, height, touch, scheme), id=f"{width}-{scheme}", marks=marks)
    for width, height, touch, scheme, marks in (
        (1280, 800, False, "light", ()),
        (390, 844, True, "dark", ()),
        (1280, 800, False, "dark", pytest.mark.long),
        (390, 844, True, "light", pytest.mark.long),
    )
]


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The window, and the reader's light or dark mode."""
    return dict(zip(("width", "height", "touch", "color_scheme"), request.param, strict=True))


@pytest.fixture
def at(browser: Any, look: dict[str, Any]) -> Iterator[Callable[[str], Any]]:
    """Open an address in a look."""
    touch = look["touch"]
    context = browser.new_context(
        viewport={"width": look["width"], "height": look["height"]},
        has_touch=touch,
        is_mobile=touch,
        color_scheme=look["color_scheme"],
        locale="en",
    )
    context.set_default_timeout(60_000)

    def at(address: str) -> Any:
        page = context.new_page()
        page.goto(address)
        return page

    yield at
    context.close()


def test_a_page_to_draw_on(visit: Callable[..., Visit], site: Site, model: Model, look: dict[str, Any]) -> None:
    opened = visit(site, **look, expected=(500,))
    page = opened.page
    axe.require_none(page)
    opened.write("8")
    opened.settled()
    page.locator("#show-heat").check(force=True)
    page.locator("#heat:not([hidden])").wait_for()
    page.locator("summary").click()
    axe.require_none(page)
    model.known = False
    page.locator("#undo").click()
    page.evaluate("scrollTo(0, 0)")
    opened.write("7")
    opened.settled()
    assert opened.state() == "unknown"
    axe.require_none(page)
    model.refusals = [(500, {}, {"error": {"message": "The model broke."}})] * 100
    page.locator("#clear").click()
    page.evaluate("scrollTo(0, 0)")
    opened.write("1")
    page.locator("#problem:not([hidden])").wait_for()
    axe.require_none(page)


def test_several_characters(visit: Callable[..., Visit], site: Site, model: Model, look: dict[str, Any]) -> None:
    boxes = [([100, 100, 200, 300], "4", True), ([300, 100, 500, 300], "7", False)]
    model.page = {
        "text": "4?",
        "characters": [
            {"box": box, "label": label, "probability": 0.9, "top": [], "known": known} for box, label, known in boxes
        ],
    }
    opened = visit(site, **look)
    opened.page.get_by_label("Several").check(force=True)
    opened.write("4")
    opened.settled()
    assert opened.page.locator("#boxes li").count() == 2
    axe.require_none(opened.page)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_model_of_pictures(
    language: str, visit: Callable[..., Visit], site: Site, model: Model, look: dict[str, Any]
) -> None:
    model.classes, model.form = LONG, {"kind": "picture"}
    opened = visit(site, **look, locale=language)
    axe.require_none(opened.page)
    file = {"name": "cell.png", "mimeType": "image/png", "buffer": picture(90, 60, 255)}
    opened.page.set_input_files("#file", file)
    opened.settled()
    axe.require_none(opened.page)


def test_a_page_that_holds_its_model(
    visit: Callable[..., Visit], digits_site: Site, digits_folder: Path, at: Callable[[str], Any], look: dict[str, Any]
) -> None:
    axe.require_none(visit(digits_site, **look).page)
    opened = at((digits_folder / "index.html").as_uri())
    opened.locator("#from-folder:not([hidden])").wait_for()
    axe.require_none(opened)


def test_a_page_that_teaches(mnist_run: Run, tmp_path: Path, visit: Callable[..., Visit], look: dict[str, Any]) -> None:
    with served(mnist_run.path, teach=tmp_path / "taught", queue=1000) as server:
        opened = visit(Site(f"http://127.0.0.1:{server.port}/"), **look)
        page = opened.page
        page.locator("#teach-ask").wait_for()
        opened.write("7")
        opened.settled()
        page.locator("#teach-right:not([disabled])").wait_for()
        page.fill("#teach-class", "7")
        page.click("#teach-keep")
        page.locator("#teach-said[data-of=kept]").wait_for()
        page.locator(".teach-part summary").click()
        page.locator(".teach-part li button").first.click()
        axe.require_none(page)
        page.click("#teach-sheet")
        page.locator("#teach-dialog[open]").wait_for()
        axe.require_none(page)
        page.click("#teach-cancel")


def test_a_page_that_puts_labels_right(run: Run, digits: Dataset, tmp_path: Path, at: Callable[[str], Any]) -> None:
    write_flat(tmp_path / "flat", digits.test, 60)
    with labeling(tmp_path / "flat", "--model", str(run.path)) as server:
        page = at(server.url)
        page.locator("body[data-ready]").wait_for()
        axe.require_none(page)
        for key in ("Space", "ArrowRight", "x"):
            page.keyboard.press(key)
        page.locator("body[data-ready]:not([data-busy])").wait_for()
        page.get_by_role("radio", name="All").check(force=True)
        page.fill("#find", "a new one")
        axe.require_none(page)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_page_of_runs(language: str, browser: Any, look: dict[str, Any], tmp_path: Path) -> None:
    context = browser.new_context(
        viewport={"width": look["width"], "height": look["height"]},
        has_touch=look["touch"],
        is_mobile=look["touch"],
        color_scheme=look["color_scheme"],
        locale=language,
    )
    context.set_default_timeout(60_000)
    runs = tmp_path / "runs"
    runs.mkdir()
    with contextlib.closing(context), viewing(runs) as server:
        page = context.new_page()
        page.goto(server.url)
        page.locator("body[data-ready]").wait_for()
        page.locator("#nothing:not([hidden])").wait_for()
        axe.require_none(page)
        made_run(runs, "failed", status="failed", error="ValueError: x", created="2026-01-01T00:00:00+00:00")
        (made_run(runs, "damaged") / "run.json").write_text("{")
        (made_run(runs, "数字 one") / "report.html").write_text("<p>x")
        live = made_run(runs, "live", status="interrupted", epochs=2, created="2026-02-01T00:00:00+00:00")
        with held_run(live):
            page.locator("#runs button.name", has_text="live").click()  # another may have been seen first, and shown
            page.locator("button.stop").wait_for()
            for summary in page.locator("main summary").all():
                summary.click()
            page.locator(".chart > svg").first.focus()
            page.keyboard.press("ArrowRight")
            axe.require_none(page)
        for name in ("failed", "damaged", "数字 one"):
            page.locator("#runs button.name", has_text=name).click()
            page.locator("h2", has_text=name).wait_for()
            axe.require_none(page)
        for name in ("live", "数字 one"):
            page.locator("#runs tbody tr").filter(has_text=name).locator("input").check()
        page.locator(".compared").wait_for()
        axe.require_none(page)
        page.fill("#find", "no such run")
        server.process.terminate()
        page.locator("#problem:not([hidden])").wait_for()
        axe.require_none(page)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of few and many classes, and the page of a check of data."""
    made = tmp_path_factory.mktemp("reports")
    falling = np.linspace(2.3, 0.04, 12).tolist()
    curves = [Curve("accuracy", np.linspace(0.1, 0.95, 12).tolist(), [0.5] * 12), Curve("loss", falling, falling)]
    for name, classes in (("few", 10), ("many", 41)):
        found, labels, probabilities = judged(classes, 600)
        training = Training(curves=curves, validated_on="validation", settings={"batch_size": "64"})
        facts = Facts(
            model="m",
            dataset="d",
            split="test",
            details={"recipe": "tutorial"},
            verdict="It overfits.",
            training=training,
        )
        found = found.with_robustness({"fog": 0.5, "shear": 0.75})
        split, examples = Split(pictures(600), labels), {"fog": pictures(1)[0]}
        write_report(made / f"{name}.html", found, split, probabilities, facts, examples=examples)
    data = folder(made / "data", {"train/a": 60, "train/b": 15, "test/a": 5, "test/b": 5})
    shutil.copy(data / "train/a/003.png", data / "train/b/copy.png")
    (data / "train/a/bad.png").write_bytes(b"no image")
    write_page(made / "check.html", checked(data))
    return made


@pytest.mark.parametrize("name", ["few", "many", "check"])
def test_a_report(name: str, reports: Path, at: Callable[[str], Any]) -> None:
    page = at((reports / f"{name}.html").as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    axe.require_none(page)
    if name != "check":
        page.locator("a[href^='#cell-']").first.click()
        page.locator(".panel:target").wait_for()
        axe.require_none(page)


def test_a_report_by_keyboard_opens_and_closes_the_images_behind_a_cell(
    reports: Path, at: Callable[[str], Any]
) -> None:
    page = at((reports / "few.html").as_uri())

    def tab_to(selector: str) -> None:
        for _ in range(300):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"no Tab leads to {selector}")

    tab_to("a[href^='#cell-']")
    page.keyboard.press("Enter")
    page.locator(".panel:target .close").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.panel:target .close')")
    page.keyboard.press("Enter")
    assert not page.locator(".panel:target").count()
    tab_to("summary")
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1
