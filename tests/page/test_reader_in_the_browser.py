"""reader.js gives a model what Python's `read_image` and `read_page` give it."""

import shutil
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convlet.reading import read_image, read_page
from convlet.signature import FITS, Form
from tests.page.handwriting import DIGITS, line
from tests.page.sites import PAGE, laid_out, shown

pytestmark = pytest.mark.slow

MNIST = Form(kind="ink", light=True, box=20 / 28, centre="mass")
DARK = Form(kind="ink", light=False, box=0.8, centre="box")
SMALL = Form(kind="ink", light=True, box=1.0, centre="box")
READ = """async ([cases, page]) => {
    const { readImage, readPage } = await import("./static/reader.js");
    const read = [];
    for (const [name, width, height, shape, form] of cases) {
        const data = new Uint8ClampedArray(await (await fetch(name)).arrayBuffer());
        const canvas = { width, height, data };
        if (page) read.push(readPage(canvas, shape, form).map(({ input, box, line }) => [[...input.data], box, line]));
        else read.push([...readImage(canvas, shape, form).data]);
    }
    return read;
}"""


@pytest.fixture(scope="module")
def read(browser, tmp_path_factory):
    """Read pictures with reader.js: a list of (pixels, shape of the input, form)."""
    folder = laid_out(tmp_path_factory.mktemp("reader") / "site")
    for file in (PAGE / "local").iterdir():
        shutil.copy(file, folder / "static")
    (folder / "blank.html").write_text("<!doctype html><title>reader</title>")

    def read(cases, several: bool = False) -> list:
        sent = []
        for number, (pixels, shape, form) in enumerate(cases):
            picture = Image.fromarray(pixels).convert("RGBA")
            (folder / f"{number}.rgba").write_bytes(picture.tobytes())
            sent.append([f"{number}.rgba", *picture.size, shape, asdict(form)])
        return page.evaluate(READ, [sent, several])

    with shown(folder) as site:
        page = browser.new_page()
        page.goto(site.url + "blank.html")
        yield read
        page.close()


def drawing(
    digits: dict[str, tuple[float, float, float]],
    size: tuple[int, int],
    pen: float,
    ink=(0, 0, 0),
    ground=(255, 255, 255),
) -> np.ndarray:
    """Digits at (left, top, height) in pixels, drawn with smooth edges: uint8 (height, width, 3)."""
    fine = 4
    sheet = Image.new("L", (size[0] * fine, size[1] * fine))
    draw = ImageDraw.Draw(sheet)
    for digit, (left, top, tall) in digits.items():
        for stroke in DIGITS[digit[0]]:
            points = [((left + 0.8 * tall * x / 100) * fine, (top + tall * y / 100) * fine) for x, y in line(stroke)]
            draw.line(points, fill=255, width=round(pen * fine), joint="curve")
            for x, y in points:
                draw.ellipse([x - pen * fine / 2, y - pen * fine / 2, x + pen * fine / 2, y + pen * fine / 2], fill=255)
    covered = np.asarray(sheet.resize(size, Image.Resampling.BOX), np.float32)[..., np.newaxis] / 255
    return (np.array(ground) + (np.array(ink, np.float32) - ground) * covered).round().astype(np.uint8)


def check(read, cases, most: int = 1) -> None:
    for case, seen in zip(cases, read(cases), strict=True):
        expected = read_image(*case).ravel().astype(int)
        assert np.abs(expected - seen).max() <= most


@pytest.mark.long
def test_drawings(read) -> None:
    cases = []
    for digit in DIGITS:
        cases += [
            (drawing({digit: (80, 40, 260)}, (336, 336), 19), (28, 28, 1), MNIST),  # as the page draws
            (drawing({digit: (60, 90, 60)}, (300, 200), 2.5), (28, 28, 1), MNIST),  # small, with a thin pen
            (
                drawing({digit: (300, 100, 900)}, (1500, 1300), 130),
                (28, 28, 1),
                MNIST,
            ),  # large and bold; made smaller first
            (drawing({digit: (30, 30, 90)}, (150, 160), 6, (250, 230, 90), (20, 60, 40)), (32, 32, 3), DARK),  # chalk
            (drawing({digit: (80, 40, 260)}, (336, 336), 25), (8, 8, 1), SMALL),
        ]
    check(read, cases)


def test_drawings_in_black_and_white_only_and_with_dust(read) -> None:
    cases = []
    for digit in DIGITS:
        hard = np.where(drawing({digit: (8, 8, 44)}, (60, 60), 4) > 127, 255, 0).astype(np.uint8)
        dusty = drawing({digit: (80, 40, 260)}, (336, 336), 19)
        dusty[10:14, 300:303] = 0
        dusty[320:323, 10:14] = 90
        cases += [(hard, (28, 28, 1), MNIST), (dusty, (28, 28, 1), MNIST)]
    check(read, cases)


def test_images_in_the_datas_own_form(read, digits) -> None:
    cases = []
    for image in digits.test.images[:60]:
        cases += [(image[..., 0], (8, 8, 1), SMALL), (255 - image[..., 0], (8, 8, 1), SMALL)]
    check(read, cases, most=0)


@pytest.mark.long
def test_mnist_passes_unchanged(read, mnist) -> None:
    images = mnist.test.images[:100, ..., 0]
    cases = [(pixels, (28, 28, 1), MNIST) for image in images for pixels in (image, 255 - image)]
    check(read, cases)
    enlarged = [
        (np.asarray(Image.fromarray(image).resize((196, 196), Image.Resampling.NEAREST)), (28, 28, 1), MNIST)
        for image in images
    ]
    check(read, enlarged)


def test_pictures_are_padded_cropped_or_stretched(read) -> None:
    rng = np.random.default_rng(0)
    cases = []
    for width, height in [(32, 32), (100, 60), (640, 480), (33, 30), (90, 300)]:
        rough = Image.fromarray(rng.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8))
        pixels = np.asarray(rough.resize((width, height), Image.Resampling.BICUBIC))
        cases += [(pixels, shape, Form(fit=fit)) for shape in [(32, 32, 3), (28, 20, 1)] for fit in FITS]
    check(read, cases, most=3)  # enlarging sharpens the level by which the first reduction may differ


def test_a_clear_sheet_of_glass(read) -> None:
    """What is transparent lies over white, and over black where the visible part is white."""
    ink = 255 - drawing({"4": (30, 30, 90)}, (150, 160), 8)[..., 0]
    cases = [(np.dstack([np.full((*ink.shape, 3), tone, np.uint8), ink]), (28, 28, 1), MNIST) for tone in (0, 255)]
    check(read, cases, most=2)


def test_nothing_is_nothing(read) -> None:
    check(
        read,
        [(np.full((40, 40), tone, np.uint8), (28, 28, 1), form) for tone in (0, 130, 255) for form in (MNIST, DARK)],
        most=0,
    )


def test_pages(read) -> None:
    rng = np.random.default_rng(1)
    cases = []
    for lines in (1, 2, 3):
        jitter = iter(rng.integers(-12, 13, 100))
        places = {
            f"{rng.choice(list(DIGITS))}{line}{place}": (
                60 + 150 * place + next(jitter),
                40 + 160 * line + next(jitter),
                110 + next(jitter),
            )
            for line in range(lines)
            for place in range(5)
        }
        cases.append((drawing(places, (840, 560), 10), (28, 28, 1), MNIST))
    for case, seen in zip(cases, read(cases, True), strict=True):
        expected = read_page(*case)
        assert [(list(one.box), one.line) for one in expected] == [(box, line) for _, box, line in seen]
        for one, (pixels, _, _) in zip(expected, seen, strict=True):
            assert np.abs(one.image.ravel().astype(int) - pixels).max() <= 1


@pytest.mark.long
def test_a_photograph_on_an_uneven_ground(read) -> None:
    """Read more simply than by Python, and much the same where the light falls off over plain paper."""
    y, x = np.mgrid[:480, :360]
    light = (1 - 0.35 * (x + y) / 840)[..., np.newaxis]
    grain = np.random.default_rng(2)
    cases = []
    for digit in DIGITS:
        scene = drawing({digit: (90, 120, 240)}, (360, 480), 12, (40, 45, 120), (235, 232, 222)) * light
        cases.append((np.clip(scene + grain.normal(0, 3, scene.shape), 0, 255).astype(np.uint8), (28, 28, 1), MNIST))
    alike = 0
    for case, seen in zip(cases, read(cases), strict=True):
        alike += np.corrcoef(read_image(*case).ravel(), seen)[0, 1] > 0.9
    assert alike >= 9
