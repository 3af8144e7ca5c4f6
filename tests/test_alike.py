"""One file gives the same array in training, evaluation, prediction, bulk prediction, the server and heat maps.

tests/page checks that the exported page reads it the same way.
"""

from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.prediction.bulk.answers import answer
from convlet.prediction.bulk.listing import Chunk
from convlet.reading import read_images
from convlet.serving.work import Picture
from tests.oddities import FORM, SHAPE, oddities, save_model

pytestmark = pytest.mark.slow


@pytest.mark.long
def test_one_file_is_one_array_wherever_it_is_read(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for name in ("ant", "bee"):
            (tmp_path / split / name).mkdir(parents=True)
            for file, content in oddities().items():
                (tmp_path / split / name / file).write_bytes(content)
    model = save_model(tmp_path / "model.keras")
    predictor = convlet.Predictor(model)
    data = convlet.load(tmp_path, image_size="40x24", fit=FORM.fit)
    other = convlet.load(tmp_path, image_size=30)
    assert (data.image_shape, other.image_shape) == (SHAPE, (30, 30, 3))
    judged, test = predictor.split(other, "test"), data.test
    assert len(data.train) == len(test) == len(judged) == 2 * len(oddities())
    paths = [str(tmp_path / file) for file in test.files or ()]
    rows = answer(predictor, Chunk(paths, paths))
    together, errors = read_images(paths, paths, SHAPE, FORM)
    assert rows.errors == errors == [None] * len(paths)
    for row, path in enumerate(paths):
        seen, content = predictor.read(path), Path(path).read_bytes()
        for image in (
            data.train.images[row],
            test.images[row],
            judged.images[row],
            together[row],
            predictor.read(content),
            Picture(content, show_input=False, heat=False).read(predictor)[0],
        ):
            np.testing.assert_array_equal(image, seen, err_msg=path)
        alone = predictor.probabilities(seen[np.newaxis])[0]
        np.testing.assert_allclose(rows.probabilities[row], alone, atol=1e-6)
    path = next(path for path in paths if path.endswith("turned-6.jpg"))
    found, expected = (convlet.explain(model, given).values for given in (path, predictor.read(path)))
    np.testing.assert_array_equal(found, expected)


def test_a_turned_file_is_the_upright_one() -> None:
    files = oddities()
    upright = convlet.read_image(files["turned-1.jpg"], SHAPE, FORM).astype(int)
    turned = convlet.read_image(files["turned-6.jpg"], (SHAPE[1], SHAPE[0], 3), FORM).astype(int)
    assert np.abs(np.rot90(turned) - upright).max() <= 3
