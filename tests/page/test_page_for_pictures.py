"""The page of a model of pictures: no drawing board, and pixels as Python's."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.explanations import occlusion, overlay
from convlet.exports import FORMATS, write
from tests.images import encoded
from tests.oddities import SHAPE, oddities, save_model, scene
from tests.page.sites import Site, shown

pytestmark = pytest.mark.slow

ASK = """async (files) => {
    const address = document.querySelector("script[src]").src.replace("page.js", "answers.js");
    const { predict } = await import(address);
    const answers = [];
    for (const [bytes, type] of files) answers.push(await predict(new Blob([new Uint8Array(bytes)], { type })));
    return answers;
}"""
UNLIKE = 3  # grey levels: a JPEG is decoded small by another program, and enlarging sharpens that


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return save_model(tmp_path_factory.mktemp("model") / "model.keras")


@pytest.fixture(scope="module")
def model(file) -> convlet.Predictor:
    return convlet.Predictor(file)


@pytest.fixture(scope="module")
def site(file, tmp_path_factory, runtime) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("pictures") / "site"
    images = np.random.default_rng(0).integers(0, 256, (20, *SHAPE), dtype=np.uint8)
    write(FORMATS["web"], file, folder, images, runtime=runtime)
    with shown(folder) as site:
        yield site


def from_url(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")).astype(int)


@pytest.mark.long
def test_files_of_every_kind_are_read_as_python_reads_them(visit, site, model) -> None:
    files = oddities()
    del files["turned.webp"]  # browsers show WebP files as they are stored
    sent = [[list(content), "image/jpeg" if ".jpg" in name else "image/png"] for name, content in files.items()]
    answers = visit(site).page.evaluate(ASK, sent)
    far = {
        name: int(np.abs(from_url(answer["input"]) - model.read(content)).max())
        for (name, content), answer in zip(files.items(), answers, strict=True)
    }
    assert {name: most for name, most in far.items() if most > UNLIKE} == {}


def test_there_is_no_board_but_a_place_for_pictures(visit, site, model) -> None:
    page = visit(site, width=390, height=844, touch=True)
    for name in ("Undo", "One character", "Draw here"):
        assert not page.page.get_by_text(name, exact=True).is_visible()
    assert page.page.get_by_text("Choose a picture or take a photo").is_visible()
    assert not page.page.get_by_text("Drop, paste or choose a picture").is_visible()
    assert page.page.get_by_role("heading", name="Choose a picture").count() == 1
    assert page.page.get_by_role("application", name="Sheet to draw on").count() == 0
    assert "the middle of the picture" in page.page.inner_text("#saw-text")
    with page.page.expect_file_chooser() as chosen:
        page.page.locator("#board").tap()
    content = encoded(scene(300, 200))
    chosen.value.set_files({"name": "a.png", "mimeType": "image/png", "buffer": content})
    page.settled()
    answer = model.predict(model.read(content)[np.newaxis])[0]
    assert page.page.locator(".name").first.inner_text() == answer.label
    image, frame = page.page.locator("#picture").bounding_box(), page.page.locator("#board").bounding_box()
    assert image["width"] / image["height"] == pytest.approx(1.5, abs=0.02)  # nothing but the picture is shown
    assert image["width"] == pytest.approx(frame["width"], abs=4)
    saw = page.page.locator(".pixels").bounding_box()
    assert saw["width"] / saw["height"] == pytest.approx(40 / 24, abs=0.03)
    page.page.get_by_role("switch").check()
    page.page.locator("#heat:not([hidden])").wait_for()
    page.page.get_by_role("button", name="Clear").tap()
    assert page.state() == "waiting"


def test_where_it_looked_lies_over_the_picture(visit, site, model) -> None:
    content = encoded(scene(80, 48))
    page = visit(site)
    page.page.get_by_role("switch").check()
    page.drop(content)
    page.page.locator("#heat:not([hidden])").wait_for()
    seen = model.read(content)
    heat = from_url(page.page.get_attribute("#heat", "src"))
    expected = np.asarray(overlay(seen, occlusion(model, seen), 1, "picture")).astype(int)
    # covered in steps of two pixels here, of one in Python
    assert np.corrcoef(heat.ravel(), expected.ravel())[0, 1] > 0.9
