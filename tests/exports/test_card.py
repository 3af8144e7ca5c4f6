"""The model card tells the truth about every file beside it, and leaves other people's cards alone."""

import pytest

from convlet.exports import export
from convlet.run import Run
from convlet.system.files import sha256


def test_one_card_for_all_files_of_a_folder(exported: dict, run: Run) -> None:
    beside = [found for name, found in exported.items() if name != "web"]
    (path,) = {found.card for found in beside}
    assert path.name == "MODEL.md"
    card = path.read_text()
    for found in beside:
        file = found.path / "saved_model.pb" if found.path.is_dir() else found.path
        (row,) = (line for line in card.splitlines() if line.startswith(f"| {found.path.name} |"))
        for words in (sha256(file), f"{found.accuracy:.2%}", f"{found.bytes:,}", f"{found.agreement.agreement:.2%}"):
            assert words in row
    facts = ("what it is not for", "MNIST-C", "95 % interval", run.path.name)
    for words in (run.manifest["dataset"]["train_sha256"], *facts):
        assert words in card
    assert str(run.path) not in card


@pytest.mark.slow
def test_the_card_forgets_what_is_no_longer_there(run: Run, tmp_path) -> None:
    first = export(run, "onnx", tmp_path)
    first.path.write_bytes(b"another file")
    card = export(run, "onnx-int8", tmp_path).card.read_text()
    assert "| model-int8.onnx |" in card
    assert "| model.onnx |" not in card


def test_somebody_elses_card_stays(run: Run, tmp_path) -> None:
    (tmp_path / "MODEL.md").write_text("mine")
    assert export(run, "onnx", tmp_path).card.name == "model.MODEL.md"
    assert (tmp_path / "MODEL.md").read_text() == "mine"
