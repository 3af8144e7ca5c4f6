"""The picture of a page's boxes: what was written stays visible, and every label can be read."""

import numpy as np
from PIL import Image, ImageColor

from convlet.reading.marked import KNOWN, UNKNOWN, marked
from convlet.system.colors import color

WHITE = Image.new("RGB", (400, 300), "white")


def _extent(picture: Image.Image, wanted: str) -> tuple[int, int, int, int]:
    """The left, top, right and bottom of all pixels of a color."""
    rows, columns = np.nonzero((np.asarray(picture) == ImageColor.getrgb(wanted)).all(axis=2))
    return columns.min(), rows.min(), columns.max(), rows.max()


def _lies_in(inner: tuple[int, int, int, int], outer: tuple[int, int, int, int]) -> bool:
    return all(np.less_equal(outer[:2], inner[:2])) and all(np.less_equal(inner[2:], outer[2:]))


def test_a_label_is_above_its_box_and_an_unsure_one_is_red() -> None:
    drawn = marked(WHITE, [(50, 100, 90, 160), (150, 100, 190, 160)], ["4", "7?"], [True, False])
    assert drawn.size == WHITE.size
    for wanted, left, right in ((KNOWN, 40, 100), (UNKNOWN, 140, 200)):
        extent = _extent(drawn, wanted)
        assert _lies_in(extent, (left, 60, right, 170))
        assert extent[1] < 90, "the label"


def test_labels_of_close_rows_stay_clear_of_the_row_above() -> None:
    boxes = [(left, top, left + 30, top + 50) for top in (60, 125, 190) for left in range(20, 320, 60)]
    drawn = np.asarray(marked(WHITE, boxes, ["8"] * len(boxes), [True] * len(boxes)))
    for left, top, right, bottom in boxes:
        assert (drawn[top:bottom, left:right] == 255).all()


def test_a_label_at_the_upper_edge_stays_in_the_picture() -> None:
    drawn = marked(WHITE, [(380, 0, 399, 40)], ["10"], [True])
    _, top, right, _ = _extent(drawn, KNOWN)
    assert (top, right) == (0, 399)


def test_tiny_characters_are_drawn_larger() -> None:
    drawn = marked(WHITE, [(50, 100, 57, 107), (60, 100, 67, 107)], ["1", "2"], [True, True])
    assert drawn.size == (1600, 1200)
    assert _lies_in(_extent(drawn, KNOWN), (180, 370, 290, 440))


def test_rows_are_numbered_on_any_ground_and_their_texts_stand_beside() -> None:
    boxes = [(60, 40, 90, 90), (60, 160, 90, 210)]
    drawn = marked(Image.new("RGB", (400, 300)), boxes, ["1", "2"], [True, True], [("12", boxes[:1]), ("3", boxes[1:])])
    assert drawn.width > 400
    assert drawn.height == 300
    for _, top, _, bottom in boxes:
        before = np.asarray(drawn)[top:bottom, 20:57].astype(int)
        assert (before == 255).all(axis=2).any(), "the number is white"
        assert (before == ImageColor.getrgb(color("paper-ink"))).all(axis=2).sum() > 50, "on its plate"
        assert (np.asarray(drawn)[top:bottom, 400:] < 255).any(), "the row's text"


def test_a_page_with_no_ink_is_its_picture() -> None:
    assert np.array_equal(np.asarray(marked(WHITE, [], [], [])), np.asarray(WHITE))
