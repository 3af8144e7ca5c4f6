"""Boxes and circles drawn around characters."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convlet.reading.frames import frames
from convlet.reading.photo import drawn_parts
from tests.reading.drawings import coverage


def frames_in(ink: np.ndarray) -> list[tuple[int, ...]]:
    parts = drawn_parts(ink, least=6)
    assert parts is not None
    return [tuple(parts.boxes[part].tolist()) for part in frames(parts)]


def drawn(draw_on, digits: str = "", at=(60, 80)) -> np.ndarray:
    sheet = Image.new("L", (400, 240))
    draw_on(ImageDraw.Draw(sheet))
    ink = np.asarray(sheet, np.float32) / 255
    for place, digit in enumerate(digits):
        ink = np.maximum(ink, coverage(digit, (400, 240), (at[0] + 60 * place, at[1], 50), 6))
    return ink


def test_a_slanted_box_around_a_row() -> None:
    corners = [(30, 60), (370, 40), (375, 150), (35, 170), (30, 60)]
    assert len(frames_in(drawn(lambda draw: draw.line(corners, fill=255, width=4), "2503"))) == 1


def test_an_open_box() -> None:
    corners = [(375, 150), (35, 170), (30, 60), (370, 40)]
    assert len(frames_in(drawn(lambda draw: draw.line(corners, fill=255, width=4), "2503"))) == 1


def test_a_circle_around_one_digit() -> None:
    assert frames_in(drawn(lambda draw: draw.ellipse((40, 55, 150, 165), outline=255, width=4), "5", (65, 85))) == [
        (40, 55, 151, 166)
    ]


def test_digits_are_no_frames() -> None:
    assert frames_in(drawn(lambda draw: draw.line((0, 230, 399, 230), fill=255, width=3), "4025")) == []


@pytest.mark.parametrize("inner", [(82, 98, 94, 110), (86, 94, 89, 114)], ids=["a dot", "a slash"])
def test_a_zero_with_something_inside_is_no_frame(inner) -> None:
    ink = drawn(lambda draw: draw.ellipse(inner, fill=255), "0533", (60, 80))
    parts = drawn_parts(ink, least=6)
    assert parts is not None
    assert len(parts.area) >= 5
    assert frames_in(ink) == []


def test_a_rule_below_a_row_is_no_frame() -> None:
    assert frames_in(drawn(lambda draw: draw.line((30, 150, 370, 145), fill=255, width=4), "2503")) == []
