"""Whole pages, read with a model that knows the tests' drawn digits."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from convlet.errors import ModelError
from convlet.prediction.answer import Answer
from convlet.prediction.pages import Page, Wish, read
from convlet.reading import read_image
from convlet.signature import Form
from tests.reading.drawings import DIGITS, MNIST, SHAPE, coverage, likeness, lit, on_paper, pixels

CLEAN = {
    digit: [
        read_image((coverage(digit, (200, 200), (50, 50, 100), pen) * 255).astype(np.uint8), SHAPE, MNIST)
        for pen in (7, 11)
    ]
    for digit in DIGITS
}


class Likeness:
    """A classifier: the more an image looks like a drawn digit, the likelier it is one."""

    signature: SimpleNamespace = SimpleNamespace(
        input_shape=SHAPE, form=Form(**vars(MNIST)), class_names=tuple(DIGITS), threshold=0.9, white=255
    )

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Return a softmax of likenesses; what looks like none gets the same of each."""
        like = np.array([[max(likeness(image, one) for one in CLEAN[digit]) for digit in DIGITS] for image in images])
        odds = np.exp(40 * np.maximum(like - 0.6, 0).reshape(-1, len(DIGITS)))
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)

    def answers(self, _images: np.ndarray, probabilities: np.ndarray) -> list[Answer]:
        """Return the likeliest class of each."""
        names = self.signature.class_names
        tops = [
            tuple((names[place], float(row[place])) for place in np.argsort(-row, kind="stable")[:3])
            for row in probabilities
        ]
        return [Answer(*top[0], top, known=top[0][1] >= 0.9) for top in tops]


def page_of(places: dict[tuple[float, float], str], size=(900, 500), side: float = 70, pen: float = 7) -> np.ndarray:
    """Return the ink of words at places, each digit its height from the one before."""
    ink = np.zeros(size[::-1], np.float32)
    for (left, top), word in places.items():
        for number, digit in enumerate(word):
            np.maximum(ink, coverage(digit, size, (left + side * number, top, side), pen), out=ink)
    return ink


def written(ink: np.ndarray) -> np.ndarray:
    return pixels(lit(on_paper(ink)))


def text(picture: np.ndarray) -> str:
    return read(picture, Likeness()).text


def test_rows_of_digits() -> None:
    assert text(written(page_of({(60, 60): "5027", (60, 220): "934"}))) == "5027\n934"


def test_digits_that_touch() -> None:
    ink = np.zeros((240, 700), np.float32)
    for place, digit in enumerate("500300"):
        np.maximum(ink, coverage(digit, (700, 240), (40 + 72 * place, 70, 100), 9), out=ink)
    assert text(written(ink)) == "500300"


def test_rows_on_a_tilted_page() -> None:
    ink = Image.fromarray((255 * page_of({(250, 220): "50274"})).astype(np.uint8))
    for turn in (-35, 20):
        assert text(written(np.asarray(ink.rotate(turn), np.float32) / 255)) == "50274"


def test_boxes_on_a_tilted_page_are_around_the_digits() -> None:
    ink = Image.fromarray((255 * page_of({(250, 220): "50274"})).astype(np.uint8))
    turned = np.asarray(ink.rotate(-35), np.float32) / 255
    page = read(written(turned), Likeness())
    assert page.text == "50274"
    for character in page:
        left, top, right, bottom = character.box
        assert turned[top:bottom, left:right].sum() > 300
    y, x = np.nonzero(turned > 0.5)
    around = np.array([one.box for one in page])
    assert abs(around[:, 0].min() - x.min()) < 30
    assert abs(around[:, 3].max() - y.max()) < 30


def test_a_drawn_box_is_no_character() -> None:
    ink = Image.fromarray((255 * page_of({(200, 220): "5023"})).astype(np.uint8))
    ImageDraw.Draw(ink).line([(150, 180), (600, 160), (610, 330), (140, 340), (150, 180)], fill=255, width=5)
    assert text(written(np.asarray(ink, np.float32) / 255)) == "5023"


def test_symbols_have_a_place_and_numbers_a_value() -> None:
    sheet = Image.fromarray((255 * page_of({(160, 200): "42", (440, 200): "5"})).astype(np.uint8))
    draw = ImageDraw.Draw(sheet)
    draw.line((100, 236, 140, 233), fill=255, width=7)
    for up in (-12, 12):
        draw.line((320, 236 + up, 370, 234 + up), fill=255, width=7)
    page = read(written(np.asarray(sheet, np.float32) / 255), Likeness())
    assert page.text == "-42=5"
    (row,) = page.rows
    assert [number.value for number in row.numbers] == ["-42", "", "5"]
    assert page.symbols == ("-", "", "", "=", "")
    assert not page.answers[0].known


def test_rows_are_read_as_expected() -> None:
    """Where another answer of a character fits and its first does not, it is taken."""
    picture = written(page_of({(60, 60): "50274", (60, 220): "234"}))
    page = read(picture, Likeness(), Wish(expect=r"\d{5}|432"))
    assert [row.fits for row in page.rows] == [True, False]
    assert page.text == "50274\n234"
    second = page.answers[4].top[1][0]
    changed = read(picture, Likeness(), Wish(expect=f"5027[^4]|{second}*"))
    assert [row.fits for row in changed.rows] == [True, False]
    assert changed.text == f"5027{second}\n234"
    assert changed.answers[4].known
    assert changed.answers[4].probability < page.answers[4].probability
    assert changed.rows[0].numbers[0].value == f"5027{second}"


def test_a_class_is_no_symbol() -> None:
    """A model that answers "-" is asked about bars."""
    sheet = Image.fromarray((255 * page_of({(160, 200): "42"})).astype(np.uint8))
    ImageDraw.Draw(sheet).line((80, 236, 130, 233), fill=255, width=7)
    model = Likeness()
    model.signature = SimpleNamespace(**{**vars(model.signature), "class_names": (*tuple(DIGITS)[:-1], "-")})
    assert "-" not in read(written(np.asarray(sheet, np.float32) / 255), model).symbols


def test_names_of_several_letters_are_kept_apart() -> None:
    model = Likeness()
    names = tuple(f"n{digit}" for digit in DIGITS)
    model.signature = SimpleNamespace(**{**vars(model.signature), "class_names": names})
    page = read(written(page_of({(60, 60): "50"})), model)
    assert (page.text, page.rows[0].text, page.rows[0].numbers[0].value) == ("n5 n0", "n5 n0", "")


def test_boxes_stay_in_the_picture() -> None:
    ink = Image.fromarray((255 * page_of({(250, 220): "70237"})).astype(np.uint8)).rotate(-35)
    left, top, right, bottom = ink.getbbox()
    cut = np.asarray(ink.crop((left - 3, top - 3, right + 3, bottom + 3)), np.float32) / 255
    for character in read(written(cut), Likeness()):
        start_x, start_y, end_x, end_y = character.box
        assert 0 <= start_x < end_x <= cut.shape[1]
        assert 0 <= start_y < end_y <= cut.shape[0]


def test_a_model_of_pictures_reads_no_pages() -> None:
    model = Likeness()
    model.signature = SimpleNamespace(**{**vars(model.signature), "form": Form()})
    with pytest.raises(ModelError, match="not characters on a page"):
        read(written(page_of({(60, 60): "50"})), model)


def test_scribbles_are_bounded() -> None:
    """Each is a run of pieces; a page of them asks the model a few thousand times at most."""
    sheet = Image.new("L", (1200, 1200))
    for number in range(280):
        x, y = 10 + 85 * (number % 14), 10 + 58 * (number // 14)
        points = [(x + 3 * step, y + 24 * (step % 2)) for step in range(24)]
        ImageDraw.Draw(sheet).line(points, fill=255, width=2)
    asked = []

    class Counted(Likeness):
        def probabilities(self, images: np.ndarray) -> np.ndarray:
            asked.append(len(images))
            return np.full((len(images), len(DIGITS)), 1 / len(DIGITS), np.float32)

    read(np.asarray(sheet), Counted())
    assert sum(asked) < 5_000


@pytest.fixture
def printed_and_written() -> np.ndarray:
    sheet = Image.fromarray((255 * page_of({(500, 340): "5023"})).astype(np.uint8))
    font = ImageFont.load_default(34)
    for row, line in enumerate(("Registered office", "Baker & Sons, London")):
        ImageDraw.Draw(sheet).text((50, 50 + 60 * row), line, 255, font)
    return written(np.asarray(sheet, np.float32) / 255)


def test_print_beside_handwriting_is_dropped(printed_and_written) -> None:
    page = read(printed_and_written, Likeness())
    assert page.text == "5023"
    assert page.print_dropped > 25
    assert {character.line for character in page} == {0}
    assert len(page.rows) == 1


def test_print_is_kept_on_request(printed_and_written) -> None:
    page = read(printed_and_written, Likeness(), Wish(keep_print=True))
    assert len(page) > 25
    assert page.print_dropped == 0
    assert page.text.endswith("5023")


def test_a_page_as_json() -> None:
    page = read(written(page_of({(60, 60): "50", (400, 60): "27"})), Likeness())
    facts = json.loads(json.dumps(page.facts()))
    assert facts["text"] == "5027"
    assert [number["value"] for number in facts["rows"][0]["numbers"]] == ["50", "27"]
    assert len(facts["characters"]) == len(page) == 4
    assert facts["characters"][0].keys() >= {"box", "line", "symbol", "label", "probability", "top", "known", "empty"}
    assert facts["rows"][0]["numbers"][0]["least_sure"]["character"] in (0, 1)
    assert [character.line for character in page[:2]] == [0, 0]


@pytest.mark.parametrize("tone", [0, 240, 255])
def test_nothing_on_a_page(tone: int) -> None:
    page = read(np.full((200, 300, 3), tone, np.uint8), Likeness())
    assert isinstance(page, Page)
    assert (len(page), page.text, page.rows) == (0, "", ())
    assert page.facts() == {"text": "", "rows": [], "print_dropped": 0, "grid": None, "characters": []}
