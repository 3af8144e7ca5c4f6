"""AVIF, which Pillow reads by itself, and HEIC, which needs an extra: in training, prediction and serving alike."""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

import convlet
from convlet.cli import main
from convlet.errors import DataError, MissingExtraError, MissingReaderError
from convlet.reading import image_file, read_image
from convlet.reading.decode import header_of, read_pixels
from convlet.serving import formats
from convlet.serving.refusal import RefusedError
from convlet.system.installing import told
from tests.data.datafiles import save
from tests.images import encoded

SCENE = Image.fromarray(np.add.outer(np.arange(40), 3 * np.arange(60)).astype(np.uint8)).convert("RGB")
HEADER = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x14ispe\0\0\0\0\0\0\x02\0\0\0\x02\0" * 2
HEADER += b"\0\0\0\x14ispe\0\0\0\0\0\0\x0f\xc0\0\0\x0b\xd0"  # 4032x3024 in tiles of 512x512


def turned(turn: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = turn
    return exif


def heic(image: Image.Image, **options: object) -> bytes:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    return encoded(image, "HEIF", quality=95, **options)


def avif(image: Image.Image, **options: object) -> bytes:
    if not features.check("avif"):
        pytest.skip("Pillow is built without AVIF")
    return encoded(image, "AVIF", quality=95, **options)


KINDS = {"avif": avif, "heic": heic}


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is not installed."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(image_file, "reads_heif", image_file.reads_heif.__wrapped__)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("turn", [1, 6])
def test_training_and_prediction_read_the_same_picture(tmp_path: Path, kind: str, turn: int):
    content = KINDS[kind](SCENE, exif=turned(turn))
    for name in ("train/a/1", "train/b/1", "test/a/1", "test/b/1"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.{kind.upper()}").write_bytes(content)
    data = convlet.load(tmp_path)
    sideways = turn == 6 and kind == "avif"  # HEIC turns pictures by itself, and its EXIF counts for nothing
    size = (60, 40) if sideways else (40, 60)
    assert data.image_shape == (*size, 3)
    assert header_of(content)[2:4] == size
    shown = read_image(tmp_path / f"train/a/1.{kind.upper()}", data.image_shape)
    np.testing.assert_array_equal(data.train.images[0], shown)
    upright = SCENE.transpose(Image.Transpose.ROTATE_270) if sideways else SCENE
    assert np.abs(shown.astype(int) - np.asarray(upright)).mean() < 4
    assert formats.pixels(content) >= 2400


@pytest.mark.parametrize("kind", KINDS)
def test_the_bytes_tell_the_format(kind: str):
    assert read_pixels(KINDS[kind](SCENE)).shape == (40, 60, 3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0.3, 0.8])
def test_truncated_files_are_refused(kind: str, part: float):
    content = KINDS[kind](SCENE)
    with pytest.raises(DataError, match="the image"):
        read_pixels(content[: int(len(content) * part)], "the image")


@pytest.mark.usefixtures("without")
def test_without_the_extra_a_file_is_refused_with_how_to_install_it(tmp_path: Path):
    for name in ("a.heic", "a.jpg"):
        path = tmp_path / name
        path.write_bytes(HEADER)
        for source in (path, HEADER):
            with pytest.raises(MissingReaderError) as caught:
                read_pixels(source, name)
            assert str(caught.value).startswith(name)
            assert told("heif") in str(caught.value)


@pytest.mark.usefixtures("without")
@pytest.mark.parametrize("layout", ["files", "folder", "archive"])
def test_it_is_a_missing_extra_and_an_unreadable_file(tmp_path: Path, layout: str):
    """The status is 5 as for every missing extra, and whoever skips unreadable files skips these."""
    (tmp_path / "cat").mkdir()
    (path := tmp_path / "cat" / "a.heic").write_bytes(HEADER)
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        archive.write(path, "cat/a.heic")
    with pytest.raises(MissingReaderError, match="HEIC") as caught:
        if layout == "files":
            read_pixels(path, "a.heic")
        else:
            convlet.load(tmp_path / "pets.zip" if layout == "archive" else tmp_path)
    assert isinstance(caught.value, DataError)
    assert (caught.value.exit_status, caught.value.extra) == (5, "heif")


@pytest.mark.usefixtures("without")
def test_the_command_line_answers_the_others_and_offers_the_extra(tmp_path: Path, capsys, monkeypatch):
    names = ["a.heic", "b.png", "c.heic"]
    for name in names:
        (tmp_path / name).write_bytes(HEADER)
    save(Image.new("L", (28, 28), 255), tmp_path / "b.png")
    offered: list[MissingExtraError] = []
    monkeypatch.setattr("convlet.cli.commands.offer", offered.append)
    monkeypatch.setattr(sys, "argv", ["convlet", "predict", "digits", *(str(tmp_path / name) for name in names)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code, [one.extra for one in offered]) == (5, ["heif"])
    assert said.out.count("\n") == 1
    assert said.out.startswith(str(tmp_path / "b.png"))
    assert [said.err.count(name) for name in ("a.heic is a HEIC file", "c.heic is a HEIC file")] == [1, 1]


@pytest.mark.usefixtures("without")
def test_without_the_extra_files_of_a_data_set_are_left_out_however_many(tmp_path: Path):
    for name in ("a/1", "a/2", "a/3", "b/1", "b/2", "b/3"):
        save(SCENE.resize((60, 20 + int(name[-1]))), tmp_path / f"{name}.png")
        (tmp_path / f"{name}.heic").write_bytes(HEADER)
    data = convlet.load(tmp_path)
    assert {one.file for one in data.left_out} == {f"{name}/{row}.heic" for name in "ab" for row in (1, 2, 3)}
    assert {one.reason for one in data.left_out} == {f"HEIC files need: {told('heif')}"}
    for path in tmp_path.rglob("*.png"):
        path.unlink()
    with pytest.raises(MissingReaderError, match="hold no images") as caught:
        convlet.load(tmp_path)
    assert told("heif") in str(caught.value)


@pytest.mark.usefixtures("without")
def test_without_the_extra_a_list_names_the_files(tmp_path: Path):
    for row in range(40):
        save(SCENE.rotate(row), tmp_path / f"{row}.png")
    (tmp_path / "40.heic").write_bytes(HEADER)
    lines = [f"{row}.{'heic' if row == 40 else 'png'},{'ab'[row % 2]}" for row in range(41)]
    (tmp_path / "list.csv").write_text("\n".join(["path,label", *lines]))
    (one,) = convlet.load(tmp_path / "list.csv").left_out
    assert one.file == "40.heic"
    assert told("heif") in one.reason


def test_the_server_reads_a_size_from_the_header():
    assert formats.pixels(HEADER) == 4032 * 3024
    with pytest.raises(RefusedError):
        formats.pixels(HEADER[:20])
    with pytest.raises(RefusedError):
        formats.pixels(HEADER[:24] + HEADER[24:44] * 3000)


@pytest.mark.slow
def test_a_heic_file_is_answered_on_the_command_line(run, tmp_path: Path, capfd, monkeypatch):
    from convlet import cli

    (tmp_path / "a.heic").write_bytes(heic(SCENE))
    monkeypatch.setattr(sys, "argv", ["convlet", "predict", str(run.path), str(tmp_path / "a.heic"), "--json"])
    with pytest.raises(SystemExit):
        cli.main()
    (answer,) = json.loads(capfd.readouterr().out)
    assert convlet.predict(run, heic(SCENE))[0].label == answer["label"]
