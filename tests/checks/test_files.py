"""Files that are unreadable, skipped or odd."""

import numpy as np
from PIL import Image

from tests.checks.pictures import checked, files, finding, folder, kinds, picture
from tests.data.datafiles import save


def test_unreadable_files_are_all_named_however_many(tmp_path) -> None:
    path = folder(tmp_path / "set", {"train/a": 12, "train/b": 12, "test/a": 12, "test/b": 12})
    for number in range(6):
        (path / "train" / "a" / f"{number:03d}.png").write_bytes(b"no image")
    (path / "test" / "b" / "000.png").write_bytes((path / "test" / "b" / "000.png").read_bytes()[:200])
    found = finding(checked(path), "unreadable-files")
    assert found.serious
    assert [one.file for one in found.files] == [f"train/a/{number:03d}.png" for number in range(6)] + [
        "test/b/000.png"
    ]
    assert "not an image convlet can read" in found.files[0].reason
    assert found.text == "7 image files cannot be read."


def test_what_was_passed_over_is_told_and_not_serious(tmp_path) -> None:
    path = folder(tmp_path / "set", {"a": 12, "b": 12})
    (path / "a" / "notes.txt").write_text("no image")
    (path / "c").mkdir()
    found = checked(path)
    assert not found.serious
    assert {one.file for one in finding(found, "left-out-files").files} == {"a/notes.txt", "c/"}
    assert finding(found, "left-out-files").text == "Skipped: 2 files."


def test_odd_shapes_and_enlarged_images(tmp_path) -> None:
    path = folder(tmp_path / "set", {"a": 30, "b": 30}, side=60)
    save(picture(900).resize((200, 40)), path / "a" / "strip.png")
    save(picture(901).resize((12, 12)), path / "b" / "thumbnail.png")
    found = checked(path)
    assert files(found, "odd-shapes") == [["a/strip.png"]]
    assert finding(found, "odd-shapes").groups[0][0].detail == "200x40"
    assert files(found, "tiny-files") == [["b/thumbnail.png"]]
    assert not found.serious


def test_a_class_that_its_files_give_away(tmp_path) -> None:
    path = folder(tmp_path / "set", {"b": 20, "c": 20})
    for number in range(20):
        save(picture(500 + number), path / "a" / f"{number}.jpg")
    found = finding(checked(path), "telling-files")
    assert "a (16 of 16 files: JPEG)" in found.text
    assert "b (" not in found.text


def test_formats_that_all_classes_share_give_nothing_away(tmp_path) -> None:
    path = folder(tmp_path / "set", {"a": 20, "b": 20})
    for number in range(20):
        save(picture(500 + number), path / "ab"[number % 2] / f"{number}.jpg")
    assert kinds(checked(path)) == []


def test_the_survey(tmp_path) -> None:
    path = folder(tmp_path / "set", {"train/a": 12, "train/b": 12, "test/a": 4, "test/b": 4})
    exif = Image.Exif()
    exif[0x0112] = 6
    save(picture(800).resize((40, 20)), path / "train" / "a" / "turned.jpg", exif=exif)
    save(picture(801, mode="L"), path / "train" / "b" / "gray.png")
    save(
        Image.fromarray(np.full((32, 32), 4_000, np.uint16) + np.arange(32, dtype=np.uint16) * 99),
        path / "test" / "a" / "deep.png",
    )
    Image.fromarray(np.linspace(0, 1, 1024, dtype=np.float32).reshape(32, 32)).save(path / "test" / "a" / "float.tif")
    save(picture(803).convert("P"), path / "test" / "b" / "palette.png")
    ghost = picture(804).convert("RGBA")
    ghost.putalpha(Image.linear_gradient("L").resize(ghost.size))
    save(ghost, path / "test" / "b" / "ghost.png")
    survey = checked(path).survey
    assert survey is not None
    assert survey.files == 38
    assert survey.formats == {"PNG": 36, "JPEG": 1, "TIFF": 1}
    assert survey.colors == {"color": 34, "gray": 1, "16 bits": 1, "floating point": 1, "palette": 1}
    assert (survey.turned, survey.transparent) == (1, 1)
    assert (survey.sizes, survey.usual, survey.usual_files) == (2, (32, 32), 37)
    assert (survey.longest.width, survey.longest.height, survey.longest.file) == (20, 40, "train/a/turned.jpg")
