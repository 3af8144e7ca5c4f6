"""The page in the language of whoever reads it: chosen by the browser or on the page, and nothing said in another."""

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.page.sites import LONG, Model, shown
from tests.page.test_words import ENGLISH, OTHERS, PLURALS, SAME, SIGNS, TWO, WORDS

pytestmark = pytest.mark.slow

REFUSED = (500, {}, {"error": {"code": "internal", "message": "Its log says why."}})
NO_GRID = (422, {}, {"error": {"code": "no_grid", "message": "No grid of 9x9 cells."}})
# What stands on the page, for eyes or for screen readers: texts and attributes. Not what is English in any language,
# such as a server's own sentence, and no names of classes and models.
SAID = """() => [...document.querySelectorAll("body, body *")]
    .filter((element) => !element.closest("[lang=en]:not(html), #language, #model-name, .name, bdi, script, noscript"))
    .flatMap((element) => [
        ...[...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data),
        ...["title", "aria-label", "alt", "placeholder"].map((name) => element.getAttribute(name) ?? ""),
    ])
    .map((text) => text.trim())
    .filter((text) => /\\p{L}\\p{L}/u.test(text.replaceAll("convlet", "")))"""


def everything(visit: Any, model: Model, **how: Any) -> Iterator[list[str]]:
    """Lead the page through what it can say; yield its texts after each step."""
    page = visit(**how)
    yield page.page.evaluate(SAID)
    page.write("8")
    page.settled()
    page.page.locator("#show-heat").check(force=True)
    page.page.locator("#heat:not([hidden])").wait_for()
    yield page.page.evaluate(SAID)
    model.known = False
    page.page.evaluate("scrollTo(0, 0)")
    page.write("1", (0.7, 0.1, 0.2, 0.8))
    page.page.locator("[data-answer=unknown]").wait_for()
    yield page.page.evaluate(SAID)
    box = {"box": [0, 0, 20, 50], "line": 0, "label": "4", "probability": 0.9, "top": [], "known": True}
    model.page = {
        "text": "4?\n4",
        "characters": [box, box | {"known": False}, box | {"line": 1}],
        "rows": [{"fits": False}, {"fits": True}],
    }
    page.page.locator("[value=several]").check(force=True)
    page.page.locator("[data-answer=text]").wait_for()
    yield page.page.evaluate(SAID)
    for refusal in (REFUSED, NO_GRID):
        model.refusals = [refusal]
        page.page.locator("#keep-print").click(force=True)
        page.page.locator("#problem:not([hidden])").wait_for()
        page.idle()
        yield page.page.evaluate(SAID)
    page.page.locator("summary").click()
    yield page.page.evaluate(SAID)


def _unmarked(text: str) -> str:
    """What is outside all marks, which may lie within each other."""
    while text != (text := re.sub("⟦[^⟦⟧]*⟧", "", text)):
        pass
    return text


@pytest.mark.parametrize("form", ["ink", "picture"])
def test_every_word_on_the_page_is_from_its_file(form: str, visit, model, page_folder, tmp_path) -> None:
    shutil.copytree(page_folder, tmp_path / "site")
    marked = {key: text if key == "list.comma" else f"⟦{text}⟧" for key, text in ENGLISH.items()}
    (tmp_path / "site" / "static" / "words" / "en.json").write_text(json.dumps(marked))
    how = {"expected": (500, 422)}
    with shown(tmp_path / "site", model.reply) as site:
        if form == "picture":
            model.classes, model.form = LONG, {"kind": "picture"}
            steps = [visit(site).page.evaluate(SAID)]
        else:
            steps = list(everything(lambda **more: visit(site, **more), model, **how))
    for said in steps:
        assert [text for text in said if re.search(r"\w\w", _unmarked(text))] == []
        assert len(said) > 10


@pytest.mark.parametrize(
    "language",
    [pytest.param(each, marks=() if each in ("en", "ar", "zh") else pytest.mark.long) for each in WORDS],
)
def test_the_page_speaks_its_readers_language(language: str, visit, site, model) -> None:
    english = {text for key, text in ENGLISH.items() if key not in SIGNS | SAME.get(language, set())}
    steps = everything(lambda **more: visit(site, **more), model, locale=language, expected=(500, 422))
    for said in steps:
        if language in OTHERS:
            assert english.intersection(said) == set()
        assert len(said) > 10
    assert len(site.asked(f"/static/words/{language}.json")) == 1
    assert len(site.asked("/static/words/")) == 1


@pytest.mark.parametrize("language", WORDS)
def test_nothing_is_cut_off(language: str, visit, site) -> None:
    page = visit(site, locale=language)
    page.write("8")
    page.settled()
    root = page.page.locator("html")
    assert root.get_attribute("lang") == language
    assert root.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    cut = """() => [...document.querySelectorAll("button span, .modes span, label span, h3, p, dt, .part")]
        .filter((element) => element.checkVisibility() && !element.closest(".unseen"))
        .flatMap((element) => [element, element.closest("button") ?? element])
        .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth)
        .map((element) => element.textContent)"""
    for width in (1280, 320):
        page.page.set_viewport_size({"width": width, "height": 800})
        assert page.page.evaluate("document.documentElement.scrollWidth") == width
        assert page.page.evaluate(cut) == []


def test_arabic_is_mirrored_but_not_the_drawing(visit, site, model) -> None:
    page = visit(site, locale="ar")
    sheet, says = page.page.locator("#sheet").bounding_box(), page.page.locator(".says").bounding_box()
    assert sheet["x"] > says["x"] + says["width"]
    box = {"box": [0, 0, 84, 84], "line": 0, "label": "4", "probability": 0.9, "top": [], "known": True}
    model.page = {"text": "42", "characters": [box]}
    page.page.locator("[value=several]").check(force=True)
    page.write("4")
    page.settled()
    left = page.page.locator("#boxes li").bounding_box()
    assert left["x"] < sheet["x"] + 10
    assert page.answer == "42"


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (["de-CH", "en"], "de"),
        (["zh-Hant-TW"], "zh"),
        (["pt-BR", "nl", "fr-CA", "en"], "fr"),
        (["pt-BR", "constructor"], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_that_there_is(asked: list[str], language: str, browser, site) -> None:
    context = browser.new_context()
    context.add_init_script(f"Object.defineProperty(navigator, 'languages', {{ get: () => {json.dumps(asked)} }})")
    page = context.new_page()
    page.goto(site.url)
    page.locator("#model-name:not([hidden])").wait_for()
    assert page.get_attribute("html", "lang") == language
    assert page.inner_text("[data-word='mode.single']") == WORDS[language]["mode.single"]
    context.close()


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "not kept"])
def test_a_language_chosen_on_the_page(kept: bool, visit, site, model) -> None:
    page = visit(site, locale="fr")
    if not kept:
        page.page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })")
        page.page.reload()
        page.page.locator("#model-name:not([hidden])").wait_for()
    model.known = False
    page.write("8")
    page.settled()
    assert page.page.inner_text("#how") == WORDS["fr"]["answer.unknown"]
    page.page.select_option("#language", "ja")
    page.page.locator("html[lang=ja]").wait_for()
    page.page.locator(f"#how:has-text('{WORDS['ja']['answer.unknown']}')").wait_for()
    assert page.page.inner_text("#where") == WORDS["ja"]["where.server"]
    assert page.page.inner_text("#undo") == WORDS["ja"]["tool.undo"]
    page.page.reload()
    page.page.locator("#model-name:not([hidden])").wait_for()
    assert page.page.get_attribute("html", "lang") == ("ja" if kept else "fr")
    assert page.page.input_value("#language") == ("ja" if kept else "fr")


def test_a_language_that_cannot_be_loaded(visit, model, page_folder, tmp_path) -> None:
    shutil.copytree(page_folder, tmp_path / "site")
    (tmp_path / "site" / "static" / "words" / "es.json").unlink()
    with shown(tmp_path / "site", lambda *asked: (404, {}, {}) if "words" in asked[1] else model.reply(*asked)) as site:
        page = visit(site, locale="de", expected=(404,))
        page.page.select_option("#language", "es")
        page.page.locator("#problem:not([hidden])").wait_for()
        assert "words/es.json fehlt" in page.page.inner_text("#problem-text")
        assert page.page.input_value("#language") == "de"
        (tmp_path / "site" / "static" / "words" / "de.json").unlink()
        page = visit(site, locale="de", known=False, expected=(404, "missing"))
        page.page.get_by_text("is missing or damaged").wait_for()  # in English, for want of anything else


def test_numbers_are_written_as_the_language_does(visit, site, model) -> None:
    model.probability = 0.998
    said = {}
    for locale in ("en-US", "de-DE", "ar-EG"):
        page = visit(site, locale=locale)
        page.write("8")
        page.settled()
        said[locale] = page.page.inner_text("#how")
    arabic = "\u0669\u0669\u066b\u0668\u066a\u061c"
    assert said == {"en-US": "99.8%", "de-DE": "99,8\xa0%", "ar-EG": arabic}


def test_plurals_are_those_that_browsers_choose(browser) -> None:
    page = browser.new_page()
    chosen = page.evaluate(
        """(languages) => languages.map((language) => {
            const rules = new Intl.PluralRules(language);
            return [...new Set(Array.from({ length: 200 }, (_, count) => rules.select(count)))];
        })""",
        list(WORDS),
    )
    page.close()
    for language, forms in zip(WORDS, chosen, strict=True):
        assert set(forms) == set(PLURALS.get(language, TWO)), language
