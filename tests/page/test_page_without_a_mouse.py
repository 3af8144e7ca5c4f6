"""The page by keyboard alone, and what a screen reader is told of it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.page.conftest import Visit
from tests.page.sites import Model, Site, laid_out, picture, shown
from tests.page.test_words import WORDS

pytestmark = pytest.mark.slow

SEVEN = ["ArrowUp"] * 6 + ["ArrowLeft"] * 4 + [" "] + ["ArrowRight"] * 7 + ["ArrowDown"] * 5


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def press(page: Any, keys: list[str]) -> None:
    for key in keys:
        page.keyboard.press(key)


def said(page: Any, id_: str, text: str) -> None:
    """Wait until a screen reader is told so."""
    page.wait_for_function("([id, text]) => document.getElementById(id).textContent === text", arg=[id_, text])


def inked(page: Any) -> list[float]:
    """The ink on the sheet: left, top, right and bottom, as parts of its side; empty without any."""
    return page.evaluate(
        """() => {
            const sheet = document.getElementById("sheet");
            const { data } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
            const [xs, ys] = [[], []];
            for (let i = 3; i < data.length; i += 4) {
                if (data[i] < 128) continue;
                xs.push(((i - 3) / 4) % sheet.width);
                ys.push(Math.floor((i - 3) / 4 / sheet.width));
            }
            if (!xs.length) return [];
            const of = (list, best) => list.reduce((one, other) => best(one, other)) / sheet.width;
            return [of(xs, Math.min), of(ys, Math.min), of(xs, Math.max), of(ys, Math.max)];
        }"""
    )


def test_the_keyboard_draws_undoes_and_clears(visit: Callable[..., Visit], site: Site) -> None:
    opened = visit(site, expected=("willReadFrequently",))  # this test reads the sheet's pixels again and again
    page = opened.page
    tab_to(page, "#sheet")
    assert "Space puts it down" in page.inner_text("#pen-keys")
    press(page, SEVEN)
    said(page, "pen-said", "65% from the left, 45% from the top")
    assert page.locator("#sheet[data-pen-down] + .pen").is_visible()
    press(page, ["Escape"])
    said(page, "pen-said", "Pen up: 65% from the left, 45% from the top")
    opened.settled()
    assert inked(page) == pytest.approx([0.27, 0.17, 0.68, 0.48], abs=0.02)
    assert opened.answer == "0"
    said(page, "spoken", "0, 93%")
    page.keyboard.down("ArrowLeft")
    press(page, ["ArrowDown"])  # both: aslant
    page.keyboard.up("ArrowLeft")
    press(page, [" ", "Shift+ArrowLeft"])
    said(page, "pen-said", "54% from the left, 50% from the top")
    press(page, ["Control+z"])  # lifts the pen first
    assert inked(page) == pytest.approx([0.27, 0.17, 0.68, 0.48], abs=0.02)
    press(page, ["Delete"])
    assert inked(page) == []
    assert page.inner_text("#spoken") == ""  # at once: it was about the drawing
    assert page.inner_text("#label") == ""


def test_leaving_the_sheet_lifts_the_pen(visit: Callable[..., Visit], site: Site) -> None:
    page = visit(site).page
    tab_to(page, "#sheet")
    press(page, ["Enter", "ArrowRight", "Tab"])
    assert not page.locator("#sheet[data-pen-down]").count()
    assert not page.locator("#sheet + .pen").is_visible()
    assert page.is_enabled("#undo")


def test_every_control_is_reached_and_shows_that_it_has_the_focus(visit: Callable[..., Visit], site: Site) -> None:
    page = visit(site).page
    tab_to(page, "#sheet")
    press(page, ["Space", "ArrowRight", "Space"])
    wanted = {"undo", "clear", "choose", "show-heat", "language", "model-name", "sheet"}
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        id_, ring = page.evaluate(
            """() => {
                const has = document.activeElement;
                const shown = has.type === "radio" ? has.nextElementSibling : has;
                const { outlineStyle, outlineWidth } = getComputedStyle(shown);
                return [has.id, has === document.body || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2)];
            }"""
        )
        assert ring, id_
        seen.add(id_)
    assert wanted <= seen


def test_a_switch_and_a_mode_by_keyboard(visit: Callable[..., Visit], site: Site, model: Model) -> None:
    model.page = {"text": "7", "characters": [{"box": [0, 0, 9, 9], "label": "7", "probability": 1, "known": True}]}
    opened = visit(site)
    page = opened.page
    tab_to(page, "[name=mode]")
    press(page, ["ArrowRight"])
    assert page.get_attribute("body", "data-mode") == "several"
    tab_to(page, "#sheet")
    press(page, ["Space", "ArrowRight", "Space"])
    opened.settled()
    said(page, "spoken", "Read: 7. ")
    tab_to(page, "#grid")
    page.keyboard.type("9x9")
    page.keyboard.press("Tab")
    opened.idle()
    assert "grid=9x9" in site.requests[-1][1]


def test_a_picture_on_the_sheet_leaves_no_room_for_the_pen(visit: Callable[..., Visit], site: Site) -> None:
    opened = visit(site)
    opened.drop(picture())
    opened.settled()
    assert opened.page.get_attribute("#sheet", "tabindex") == "-1"
    opened.page.keyboard.press("Delete")
    assert opened.page.get_attribute("#sheet", "tabindex") == "0"


def test_without_the_token_a_drawing_gets_no_answer_and_none_is_promised(
    visit: Callable[..., Visit], page_folder: Path
) -> None:
    refusal = 401, {}, {"error": {"code": "unauthorized", "message": "Send the token."}}
    with shown(page_folder, lambda *_: refusal) as site:
        opened = visit(site, known=False, expected=(401,))
        page = opened.page
        page.locator("#problem:not([hidden])").wait_for()
        opened.write("1")
        assert page.inner_text("#how") == "No answer"
        page.keyboard.press("Delete")
        assert page.inner_text("#how") == "No answer"


@pytest.mark.skipif(os.name == "nt", reason="the command is another there")
@pytest.mark.parametrize("name", ["site", "a b's"])
def test_opened_from_a_folder_the_page_says_how_to_open_it(browser: Any, tmp_path: Path, name: str) -> None:
    folder = laid_out(tmp_path / name)
    context = browser.new_context()
    page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    page.locator("#from-folder:not([hidden])").wait_for()
    quoted = str(folder).replace("'", "'\\''")
    assert page.inner_text("#from-folder-command") == (
        f"python3 -m http.server 8000 --bind 127.0.0.1 --directory '{quoted}'"
    )
    assert not page.locator("main").is_visible()
    context.close()


@pytest.mark.parametrize("language", WORDS)
def test_opened_from_a_folder_it_speaks_their_language(browser: Any, tmp_path: Path, language: str) -> None:
    folder = laid_out(tmp_path / "site")
    context = browser.new_context(locale=language)
    page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    card = page.locator("#from-folder:not([hidden])")
    card.wait_for()
    assert (card.get_attribute("lang"), card.get_attribute("dir")) == (language, "rtl" if language == "ar" else "ltr")
    said = card.inner_text()
    assert ("needs a web server" in said) == (language == "en")
    assert "{" not in said
    assert card.locator("a").inner_text() == "http://127.0.0.1:8000/"
    assert "python3 -m http.server 8000" in said or os.name == "nt"
    context.close()
