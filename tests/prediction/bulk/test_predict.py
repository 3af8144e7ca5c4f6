"""The content of the table, for any inputs and in any mode."""

import csv
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from convlet.data.archive import Archive
from convlet.errors import DataError, ModelError, OutputError, UsageError
from convlet.prediction.bulk import predict_files
from convlet.prediction.bulk.listing import Inputs
from convlet.run import Run
from convlet.system.watch import Watch


def renamed(model: Path, path: Path, three: str) -> Path:
    """The same model, whose fourth class has another name."""
    import onnx

    proto = onnx.load(model)
    (names,) = (entry for entry in proto.metadata_props if entry.key == "convlet.class_names")
    names.value = names.value.replace('"3"', f'"{three}"')
    del proto.metadata_props[0]  # the seal
    onnx.save(proto, path)
    return path


def rows(path: Path) -> list[dict]:
    from pyarrow import parquet

    return parquet.read_table(path).to_pylist()


def test_a_row_for_each_image(run: Run, folder: Path, tmp_path: Path) -> None:
    done = predict_files(run.path, [folder], tmp_path / "answers.parquet")
    found = rows(done.path)
    assert [row["input"] for row in found] == sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*.*")
        if path.suffix in (".png", ".jpg") and path.name[0] != "."
    )
    assert (done.counts.images, done.counts.unreadable, done.ignored, len(found)) == (302, 1, 1, 302)
    predictor = run.predictor()
    names = predictor.signature.class_names
    for row in found:
        if row["input"].endswith("damaged.png"):
            assert "box 1/damaged.png" in row.pop("error")
            assert str(folder) not in str(row)
            assert {value for key, value in row.items() if key != "input"} == {None}
            continue
        image = predictor.read(folder / row["input"])
        answer = predictor.predict([image])[0]
        facts = (answer.label, answer.known, answer.empty, None)
        assert (row["label"], row["known"], row["empty"], row["error"]) == facts
        assert row["probability"] == pytest.approx(answer.probability, abs=1e-5)
        assert [row[f"p_{name}"] for name in names] == pytest.approx(
            predictor.probabilities([image])[0].tolist(), abs=1e-5
        )
    assert done.counts.empty + sum(done.counts.classes.values()) == 301
    assert done.counts.unknown == sum(row["known"] is False for row in found)


def test_the_same_rows_in_every_form(run: Run, folder: Path, tmp_path: Path) -> None:
    outs = [
        predict_files(run.path, [folder], tmp_path / f"answers{suffix}").path
        for suffix in (".parquet", ".csv", ".jsonl")
    ]
    expected = rows(outs[0])
    with outs[1].open(newline="", encoding="utf-8") as file:
        of_csv = list(csv.DictReader(file))
    of_json = [json.loads(line) for line in outs[2].read_text(encoding="utf-8").splitlines()]
    assert [list(row) for row in (expected[0], of_csv[0], of_json[0])] == [list(expected[0])] * 3
    for row, texts, values in zip(expected, of_csv, of_json, strict=True):
        assert {
            key: pytest.approx(value, abs=1e-6) if isinstance(value, float) else value for key, value in row.items()
        } == values
        texts_expected = {
            key: "" if value is None else str(value).lower() if value in (True, False) else value
            for key, value in row.items()
        }
        for key in ("input", "label", "known", "error", "empty"):
            assert texts[key] == texts_expected[key]


def test_empty_pictures_are_counted_apart_from_a_class_of_that_name(run: Run, digits, tmp_path: Path) -> None:
    net = renamed(run.path / "model.onnx", tmp_path / "model.onnx", three="empty")
    images = np.concatenate([digits.test.images[digits.test.labels == 3][:20], np.zeros((2, 8, 8, 1), np.uint8)])
    np.savez(tmp_path / "threes.npz", images=images)
    done = predict_files(net, [tmp_path / "threes.npz"], tmp_path / "answers.parquet")
    found = rows(done.path)
    assert done.counts.empty == sum(row["empty"] for row in found) == 2
    named = sum(row["label"] == "empty" and not row["empty"] for row in found)
    assert done.counts.classes["empty"] == named > 15
    assert done.counts.empty + sum(done.counts.classes.values()) == done.counts.images == 22
    assert [row["label"] for row in found if row["empty"]] == ["empty", "empty"]


def test_processes_answer_the_same(run: Run, folder: Path, tmp_path: Path) -> None:
    here, beside = (
        predict_files(run.path, [folder], tmp_path / f"{n}.csv", workers=n).path.read_bytes() for n in (None, 2)
    )
    assert here == beside


def test_pixels_in_files(run: Run, digits, tmp_path: Path) -> None:
    images = digits.test.images[:200]
    np.savez_compressed(tmp_path / "some.npz", x_test=images[..., 0], y_test=np.arange(200))
    np.savetxt(tmp_path / "some.csv", images.reshape(200, -1), "%d", ",")
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(
        bytes.fromhex("00000803000000c80000000800000008") + images.tobytes()
    )
    expected = run.predictor().probabilities(images)
    given = [tmp_path / name for name in ("some.npz", "some.csv", "t10k-images-idx3-ubyte")]
    found = rows(predict_files(run.path, given, tmp_path / "answers.parquet").path)
    assert len(found) == 600
    assert [found[index]["input"] for index in (0, 200, 599)] == [
        f"{given[0]}/x_test#0",
        f"{given[1]}#0",
        f"{given[2]}#199",
    ]
    np.testing.assert_allclose(
        [[row[f"p_{name}"] for name in digits.class_names] for row in found], np.tile(expected, (3, 1)), atol=1e-5
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_pixels_of_any_size_and_type_that_training_takes(run: Run, digits, tmp_path: Path, dtype: type) -> None:
    large = np.repeat(digits.test.images[:20, ..., 0], 2, axis=2)
    white = 255 if dtype == np.uint8 else 1 if dtype == np.float32 else 65535
    pixels = (large * (white / 255)).astype(dtype)
    np.savez(tmp_path / "some.npz", images=pixels, boxes=np.ones((20, 4, 4), np.float32), labels=np.arange(20))
    found = rows(predict_files(run.path, [tmp_path / "some.npz"], tmp_path / "answers.parquet").path)
    expected = run.predictor().predict(list(large))
    assert [row["input"] for row in found] == [f"{tmp_path / 'some.npz'}/images#{index}" for index in range(20)]
    assert [row["label"] for row in found] == [one.label for one in expected]


def test_an_archive_of_pixels_is_read_once(tmp_path: Path, monkeypatch) -> None:
    np.savez_compressed(
        tmp_path / "three.npz", **{name: np.full((2, 8, 8), 100 * at, np.uint8) for at, name in enumerate("bca")}
    )
    asked: list[str] = []
    read = Archive.raw
    monkeypatch.setattr(Archive, "raw", lambda archive, name: asked.append(name) or read(archive, name))
    inputs = Inputs([tmp_path / "three.npz"], (), Watch(), 128)
    assert sorted(asked) == ["a", "b", "c"]
    elsewhere = pickle.loads(pickle.dumps(inputs))  # noqa: S301  our own
    assert sorted(asked[3:]) == ["a", "b", "c"]
    for found in (inputs, elsewhere):
        assert [int(found.chunk(start).images.max()) for start in (0, 2, 4)] == [200, 0, 100]


@pytest.mark.parametrize("file", ["bits.npz", "bits.csv", "t10k-images-idx3-ubyte"])
def test_pixels_of_0_and_1_are_read_as_in_training_and_it_is_said(run: Run, digits, tmp_path: Path, file: str) -> None:
    bits = (digits.test.images[:6, ..., 0] > 127).astype(np.uint8)
    np.savez(tmp_path / "bits.npz", images=bits)
    np.savetxt(tmp_path / "bits.csv", bits.reshape(6, -1), "%d", ",")
    header = bytes.fromhex("00000803000000060000000800000008")
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(header + bits.tobytes())
    notes: list[str] = []
    watch = Watch(on_note=notes.append)
    found = rows(predict_files(run.path, [tmp_path / file], tmp_path / "answers.parquet", watch=watch).path)
    expected = [answer.label for answer in run.predictor().predict(255 * bits)]
    assert any("from 0 to 1 and are stretched" in note for note in notes)
    assert [row["label"] for row in found] == expected


def test_several_folders_and_a_list(run: Run, folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (folder / "box 0" / "round").symlink_to(folder)  # a folder in itself
    out = predict_files(
        run.path, ["scans/box 0", "scans/box 2"], "answers.csv", listed=["scans/photo.jpg", "nowhere.png"]
    ).path
    with out.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert found[0]["input"] == "scans/box 0/000.png"
    assert [row["input"] for row in found[-2:]] == ["scans/photo.jpg", "nowhere.png"]
    assert "there is no file nowhere.png" in found[-1]["error"]
    assert all((tmp_path / row["input"]).is_file() for row in found[:-1])


def test_what_cannot_be_done_is_said_at_once(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "there.csv").write_text("mine")
    for error, inputs, out in [
        (UsageError, [folder], "answers.txt"),
        (DataError, [tmp_path / "nowhere"], "answers.csv"),
        (DataError, [tmp_path / "empty"], "answers.csv"),
        (OutputError, [folder], "nowhere/answers.csv"),
        (OutputError, [folder], "there.csv"),
    ]:
        with pytest.raises(error):
            predict_files(run.path, inputs, tmp_path / out)
    with pytest.raises(ModelError):
        predict_files(tmp_path / "empty", [folder], tmp_path / "answers.csv")
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"scans", "empty", "there.csv"}
    predict_files(run.path, [folder], tmp_path / "there.csv", overwrite=True)
    assert (tmp_path / "there.csv").read_text().startswith("input,label,")


def test_progress_counts_every_row(run: Run, folder: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int, str]] = []
    watch = Watch(on_progress=lambda *progress: seen.append(progress))
    predict_files(run.path, [folder], tmp_path / "answers.csv", watch=watch)
    assert seen[0] == ("predicting", 0, 302, "")
    assert seen[-1][:3] == ("predicting", 302, 302)
    assert seen[-1][3].endswith(" images/s")
    assert seen == sorted(seen)
