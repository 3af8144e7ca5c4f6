"""One contract over all formats."""

import pytest

from convlet.exports import FORMATS
from convlet.run import Run


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_answers_like_the_model(exported: dict, name: str) -> None:
    found = exported[name]
    assert found.agreement.checked_images == 1000  # 360 test images, and training images
    assert found.agreement.agreement >= (0.99 if name == "onnx-int8" else 1)
    assert found.agreement.max_abs_difference < (0.1 if name == "onnx-int8" else 1e-5)
    files = found.path.rglob("*") if found.path.is_dir() else [found.path]
    assert found.bytes == sum(file.stat().st_size for file in files if file.is_file() and file != found.card)


@pytest.mark.parametrize("name", FORMATS)
def test_a_written_file_holds_the_signature(exported: dict, run: Run, name: str) -> None:
    signature, _ = FORMATS[name].open(exported[name].path)
    assert signature == run.predictor().signature


@pytest.mark.parametrize("name", FORMATS)
def test_facts_of_a_format(exported: dict, name: str) -> None:
    one, path = FORMATS[name], exported[name].path
    assert one.name == name
    assert one.model(path).is_file()
    assert path.is_dir() == (one.folder is not None)
    if one.folder:
        assert (path / one.folder.mark).is_file()
        assert {file.name for file in path.iterdir()} <= one.folder.members
    assert exported[name].card.parent == (path if one.holds_card else path.parent)
    assert one.about in exported[name].card.read_text()


def test_no_two_formats_share_a_file_name() -> None:
    assert len({one.file for one in FORMATS.values()}) == len(FORMATS)
