"""What a model saw is used only where it belongs: to this picture, read as this model reads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError
from convlet.run import Run
from convlet.signature import Form
from convlet.training.teaching import example
from convlet.training.teaching.examples import Examples
from tests.training.teaching.drawing import SHAPE, SIGNATURE, seen, sign

CROSS, BOX = sign("cross"), sign("box")


@pytest.fixture
def kept(tmp_path: Path) -> Examples:
    """A cross."""
    found = Examples(tmp_path)
    found.keep(CROSS, "cross", seen(CROSS), SIGNATURE)
    return found


def test_what_another_model_saw_is_not_used(kept: Examples, monkeypatch: pytest.MonkeyPatch) -> None:
    one = kept.all()[0]
    form = SIGNATURE.form
    others = [
        replace(SIGNATURE, form=replace(form, light=False)),
        replace(SIGNATURE, form=replace(form, box=0.5)),
        replace(SIGNATURE, form=replace(form, centre="box")),
        replace(SIGNATURE, form=Form(kind="picture")),
        replace(SIGNATURE, input_shape=(16, 4, 1)),  # as many pixels
        replace(SIGNATURE, input_shape=(9, 9, 1)),
    ]
    assert [one.seen(other, CROSS) for other in others] == [None] * len(others)
    same = replace(SIGNATURE, class_names=("a", "b"), dataset="letters", temperature=2.0)
    assert one.seen(same, CROSS) is not None  # it reads pictures as the other does
    assert one.seen(SIGNATURE, BOX) is None  # another picture
    monkeypatch.setattr(example, "_version", lambda: "9.9")
    assert one.seen(SIGNATURE, CROSS) is None  # another reader


def test_what_an_earlier_convlet_kept_without_saying_of_which_model_is_not_used(kept: Examples) -> None:
    one = kept.all()[0]
    pixels = Image.open(one.seen_file)
    pixels.load()
    pixels.info.clear()
    pixels.save(one.seen_file, "PNG")
    assert one.seen(SIGNATURE, CROSS) is None


def test_a_model_looks_at_the_picture_itself_if_another_one_saw_it(kept: Examples, run: Run) -> None:
    predictor = run.predictor()
    one = kept.keep(CROSS, "cross", np.full(SHAPE, 77, np.uint8), replace(predictor.signature, form=Form()))
    assert np.array_equal(one.looked_at(predictor), predictor.read(CROSS))
    kept.take_back(one.id)
    one = kept.keep(CROSS, "cross", np.full(SHAPE, 77, np.uint8), predictor.signature)
    assert (one.looked_at(predictor) == 77).all()  # what it saw is not read anew
    one.file.write_bytes(BOX)
    assert np.array_equal(one.looked_at(predictor), predictor.read(BOX))
    one.file.write_bytes(b"nothing")
    with pytest.raises(DataError, match=one.file.name):
        one.looked_at(predictor)
