"""The lines before a training."""

from dataclasses import replace

import numpy as np

import convlet
from convlet.data import Dataset, Split
from convlet.data.files import LeftOut
from convlet.signature import Form
from convlet.training.introduce import introduced

WHY = "they are in color"
NAMES = ("cat", "dog", "eel")


def data(counts: tuple[int, ...] = (8, 8), channels: int = 1, **more: object) -> Dataset:
    labels = np.repeat(np.arange(len(counts)), counts)
    split = Split(np.zeros((len(labels), 20, 30, channels), np.uint8), labels)
    return Dataset("pets", "pets", split, NAMES[: len(counts)], lambda: split, **{"validation": split, **more})


def lines(dataset: Dataset, form: Form | None = None, **changes: object) -> list[str]:
    return introduced(dataset, convlet.recipe("accurate", **changes), form or Form(), WHY)


def test_what_they_are_taken_for_and_why_and_what_overrules_it() -> None:
    assert lines(data())[0] == "pets: taken as pictures: they are in color (set reading to override)."
    own = introduced(data(), convlet.recipe("accurate"), Form(), "the recipe says reading = picture")
    assert own[0] == "pets: taken as pictures: the recipe says reading = picture."
    assert "ink" in lines(data(), Form(kind="ink"))[0]


def test_the_size_and_how_others_are_brought_to_it() -> None:
    assert "30x20 pixels, gray, the images' own size" in lines(data())[1]
    assert "cropped" in lines(data(channels=3), Form(fit="crop"))[1]
    assert "in color; each image was resized" in lines(data(channels=3, form=Form()))[1]
    assert "cut out" in lines(data(), Form(kind="ink"))[1]
    chosen = lines(data(form=Form(), about={"size": "chosen as they have 20x20 to 90x60 pixels"}))[1]
    assert (
        "gray, chosen as they have 20x20 to 90x60 pixels (set image_size to override); each image was resized" in chosen
    )


def test_classes_and_their_balance() -> None:
    assert lines(data())[2] == "classes: 2, with 16 training images: 8 in each."
    assert "2 (dog) to 6 (cat)" in lines(data((6, 2)))[2]
    assert "rare" not in lines(data((6, 2)))[2]
    assert "rare classes are oversampled" in lines(data((40, 2)))[2]
    assert "not oversampled" in lines(data((40, 2)), balance="none")[2]


def test_files_left_out_are_counted() -> None:
    told = lines(data(left_out=(LeftOut("cat/3.png", "truncated"), LeftOut("dog/1.png", "empty"))))[2]
    assert told.endswith("; files left out: 2.")


def test_classes_that_nothing_measures_are_named() -> None:
    few = data((8, 8, 8))
    assert len(lines(few)) == 3
    dogs = few.train.take(np.arange(8, 16))
    (said,) = lines(replace(few, validation=dogs))[3:]
    assert said.startswith(
        "2 of 3 classes have no validation images, so nothing measures how well the model knows them:"
    )
    assert said.endswith(": cat, eel. Add images of them.")
    (said,) = lines(data((8, 8, 1), validation=None).with_validation(0.2))[3:]
    assert said.startswith("1 of 3 classes has no validation images")
    assert said.endswith("knows it: eel. Add images of it.")
    assert len(lines(data(validation=None), validate_on="test")) == 3
    untrained = replace(few, train=dogs, validation=dogs)
    assert len(lines(untrained)) == 3
