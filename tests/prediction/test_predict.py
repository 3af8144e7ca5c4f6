from pathlib import Path

import numpy as np
from PIL import Image

import convlet
from convlet.run import Run


def test_arrays(run: Run, digits) -> None:
    images = digits.test.images[:5]
    expected = run.predictor().predict(images)
    assert convlet.predict(run, images) == convlet.predict(run.path / "model.onnx", list(images)) == expected
    assert convlet.predict(run.predictor(), images) == expected


def test_pictures_are_read_as_on_the_command_line(run: Run, digits, tmp_path: Path) -> None:
    for number in range(3):
        picture = Image.fromarray(255 - np.pad(digits.test.images[number, ..., 0], 4)).resize((96, 96))
        picture.save(tmp_path / f"{number}.png")
    paths = sorted(tmp_path.glob("*.png"))
    predictor = run.predictor()
    expected = predictor.predict([predictor.read(path) for path in paths])
    assert convlet.predict(run.path, paths) == expected
    assert convlet.predict(run.path, [str(paths[0]), paths[1].read_bytes(), predictor.read(paths[2])]) == expected
    assert convlet.predict(run.path, paths[0]) == expected[:1]
