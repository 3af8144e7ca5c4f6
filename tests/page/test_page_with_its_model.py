"""The page that holds its model: everything is read and answered in the browser."""

import base64
import io
import shutil

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convlet.explanations import occlusion, overlay
from tests.images import encoded
from tests.page.handwriting import DIGITS
from tests.page.sites import shown
from tests.page.test_words import WORDS

pytestmark = pytest.mark.slow

ASK = """async ([images, heat]) => {
    const address = document.querySelector("script[src]").src.replace("page.js", "answers.js");
    const { predict } = await import(address);
    const answers = [];
    for (const bytes of images) {
        const file = new Blob([new Uint8Array(bytes)], { type: "image/png" });
        answers.push(await predict(file, { heat }));
    }
    return answers;
}"""


def from_url(url: str, mode: str = "L") -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert(mode))


@pytest.mark.long
def test_ten_digits_are_drawn_and_read(visit, mnist_site) -> None:
    page = visit(mnist_site)
    read = {}
    for digit in DIGITS:
        page.write(digit)
        page.settled()
        read[digit] = page.answer
        page.page.keyboard.press("Delete")
    assert sum(digit == answer for digit, answer in read.items()) >= 9, read


def test_mnist_is_answered_as_python_answers(visit, mnist_site, mnist, mnist_run) -> None:
    files = [encoded(image) for image in mnist.test.images[:200]]
    predictor = mnist_run.predictor()
    images = np.stack([predictor.read(file) for file in files])
    answers = visit(mnist_site).page.evaluate(ASK, [[list(file) for file in files], False])
    assert [answer["label"] for answer in answers] == [
        answer.label for answer in predictor.predict(mnist.test.images[:200])
    ]
    for flag in ("known", "empty"):
        assert [answer[flag] for answer in answers] == [getattr(answer, flag) for answer in predictor.predict(images)]
    for answer, image, row in zip(answers, images, predictor.probabilities(images), strict=True):
        assert list(answer["probabilities"].values()) == pytest.approx(row, abs=2e-3)
        assert np.abs(from_url(answer["input"]).astype(int) - image[..., 0]).max() <= 1


def test_several_digits_are_read_as_a_text(visit, mnist_site) -> None:
    page = visit(mnist_site)
    page.page.get_by_label("Several").check(force=True)
    for place, digit in enumerate("2026"):
        page.write(digit, (0.08 + 0.22 * place, 0.12, 0.15, 0.2))
    for place, digit in enumerate("35"):
        page.write(digit, (0.1 + 0.25 * place, 0.55, 0.15, 0.2))
    page.settled()
    assert page.answer.split() == ["2026", "35"]
    sheet, box = page.page.locator("#sheet").bounding_box(), page.page.locator("#boxes li").first.bounding_box()
    assert box["x"] == pytest.approx(sheet["x"] + 0.11 * sheet["width"], abs=0.03 * sheet["width"])
    page.write("1", (0.7, 0.55, 0.1, 0.2))
    page.settled()
    assert page.page.locator("#boxes li").count() == 7


def test_it_answers_digits_and_shows_what_it_saw_and_where_it_looked(visit, digits_site, run) -> None:
    page = visit(digits_site)
    assert page.state() == "waiting"
    page.write("3")
    page.settled()
    assert page.state() in ("known", "unknown")
    assert page.page.locator("#bars li").count() == 5
    assert from_url(page.page.get_attribute("#input", "src")).shape == (8, 8)
    page.page.get_by_role("switch").check()
    page.page.locator("#heat:not([hidden])").wait_for()
    saw, heat = (
        from_url(page.page.get_attribute(name, "src"), mode) for name, mode in (("#input", "L"), ("#heat", "RGB"))
    )
    expected = overlay(saw[..., np.newaxis], occlusion(run.predictor(), saw[..., np.newaxis]), 1)
    assert np.abs(heat.astype(int) - np.asarray(expected)).max() <= 3


def test_a_dropped_picture_is_answered_as_python_answers(visit, digits_site, run, digits) -> None:
    image = np.kron(digits.test.images[3][..., 0], np.ones((12, 12), np.uint8))
    sheet = np.full((160, 200), 255, np.uint8)
    sheet[30:126, 50:146] -= image
    predictor = run.predictor()
    expected = predictor.predict(predictor.read(sheet)[np.newaxis])[0]
    page = visit(digits_site)
    page.drop(encoded(sheet))
    page.settled()
    assert page.page.locator("#frame").is_visible()
    assert page.page.locator(".name").first.inner_text() == expected.label
    saw = from_url(page.page.get_attribute("#input", "src")).astype(int)
    assert np.abs(saw - predictor.read(sheet)[..., 0]).max() <= 1
    page.page.keyboard.press("Control+z")
    assert page.state() == "waiting"
    assert not page.page.locator("#frame").is_visible()


def test_an_empty_picture_and_a_broken_one_are_called_so(visit, digits_site) -> None:
    page = visit(digits_site)
    page.drop(encoded(np.full((60, 60), 255, np.uint8)))
    page.settled()
    assert page.state() == "empty"
    page.drop(b"\x89PNG no more")
    page.page.locator("#problem:not([hidden])").wait_for()
    assert "not a readable picture" in page.page.inner_text("#problem p")


@pytest.mark.long
def test_boxes_lie_where_the_characters_are_on_a_large_picture(visit, mnist_site) -> None:
    page = visit(mnist_site)
    page.page.get_by_label("Several").check(force=True)
    picture = Image.new("L", (3600, 3600), 255)
    ImageDraw.Draw(picture).rectangle((720, 900, 860, 2600), fill=0)
    page.drop(encoded(np.asarray(picture)))
    page.settled()
    frame, box = page.page.locator("#picture").bounding_box(), page.page.locator("#boxes li").first.bounding_box()
    assert (box["x"] - frame["x"]) / frame["width"] == pytest.approx(0.2, abs=0.03)


def test_what_is_missing_is_named(visit, tmp_path, digits_folder) -> None:
    shutil.copytree(digits_folder, tmp_path / "site", ignore=shutil.ignore_patterns("runtime"))
    with shown(tmp_path / "site") as site:
        page = visit(site, expected=(404,))
        page.page.locator("#problem:not([hidden])").wait_for()
        assert "A file next to this page is missing" in page.page.inner_text("#problem p")


@pytest.mark.parametrize("name", ["model.onnx", "model.json", "runtime/ort-wasm-simd-threaded.wasm"])
def test_one_flipped_bit_is_noticed(name: str, visit, tmp_path, digits_folder) -> None:
    shutil.copytree(digits_folder, tmp_path / "site")
    file = tmp_path / "site" / "static" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with shown(tmp_path / "site") as site:
        page = visit(site, known=False, expected=("integrity", "damaged"))
        page.page.locator("#problem:not([hidden])").wait_for()
        said = page.page.inner_text("#problem p")
        assert f"{name} cannot be fetched, is damaged, or was renewed: reload" in said


def test_an_exported_page_speaks_every_language(visit, digits_site) -> None:
    page = visit(digits_site, locale="es")
    page.write("3")
    page.settled()
    assert page.page.inner_text("#where").startswith(WORDS["es"]["where.browser"])
    page.page.select_option("#language", "ar")
    page.page.locator("html[lang=ar][dir=rtl]").wait_for()
    page.settled()
    assert page.page.inner_text("#where").startswith(WORDS["ar"]["where.browser"])
    page.drop(b"\x89PNG no more")
    page.page.locator("#problem:not([hidden])").wait_for()
    assert page.page.inner_text("#problem-text") == WORDS["ar"]["problem.not_an_image"]


def test_damaged_words_are_noticed(visit, tmp_path, digits_folder) -> None:
    shutil.copytree(digits_folder, tmp_path / "site")
    words = tmp_path / "site" / "static" / "words" / "de.json"
    words.write_text(words.read_text("utf-8").replace("Antwort", "Antwurt"), "utf-8")
    with shown(tmp_path / "site") as site:
        page = visit(site, known=False, locale="de", expected=("integrity", "damaged"))
        page.page.get_by_text("is missing or damaged").wait_for()
        page = visit(site, locale="en", expected=("integrity",))
        page.page.select_option("#language", "de")
        page.page.locator("#problem:not([hidden])").wait_for()
        assert page.page.inner_text("#problem-text").startswith("words/de.json cannot be fetched, is damaged")
