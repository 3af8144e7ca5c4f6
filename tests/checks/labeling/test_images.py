"""Which images of a folder are shown."""

import shutil
from pathlib import Path

import pytest

from convlet.checks.labeling.images import Image, images_in
from convlet.errors import DataError
from tests.data.datafiles import pictures, write_class_folders

GIVEN = pictures((3, 2), seed=1)
NAMES = ("ant", "bee")


def test_class_folders_and_images_beside_them(tmp_path: Path) -> None:
    write_class_folders(tmp_path, GIVEN, NAMES)
    shutil.copy(next((tmp_path / "ant").iterdir()), tmp_path / "loose.png")
    (tmp_path / "labels.csv").write_text("path,label,excluded\nloose.png,bee,\n")
    found = images_in(tmp_path)
    assert not found.flat
    assert [image.filed for image in found.images] == ["ant"] * 3 + ["bee"] * 2 + [""]
    assert found.images[-1] == Image("loose.png", "", "train")
    assert all(found.file(image.path).is_file() for image in found.images)


def test_splits(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write_class_folders(tmp_path / split, GIVEN, NAMES)
    found = images_in(tmp_path)
    assert [image.split for image in found.images] == ["train"] * 5 + ["test"] * 5
    assert found.images[9].path.startswith("test/bee/")


def test_a_class_that_train_lacks_is_shown_and_so_are_test_images_that_only_decisions_label(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "train", GIVEN, NAMES)
    write_class_folders(tmp_path / "test", GIVEN, ("ant", "wasp"))
    assert [image.filed for image in images_in(tmp_path).images[5:]] == ["ant"] * 3 + ["wasp"] * 2
    shutil.rmtree(tmp_path / "test")
    (tmp_path / "test").mkdir()
    for file in (tmp_path / "train" / "bee").iterdir():
        shutil.copy(file, tmp_path / "test")
    assert len(images_in(tmp_path).images) == 5
    (tmp_path / "test" / "labels.csv").write_text(f"path,label,excluded\n{file.name},bee,\n")
    assert [(image.filed, image.split) for image in images_in(tmp_path).images[5:]] == [("", "test")] * 2


def test_a_link_keeps_the_name_by_which_a_folder_above_knows_it(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "far", GIVEN, NAMES)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "train").symlink_to(tmp_path / "far")
    assert images_in(tmp_path / "set" / ".." / "set" / "train").folder == tmp_path / "set" / "train"


@pytest.mark.parametrize("inner", ["", "scans/2026"])
def test_without_class_folders(inner: str, tmp_path: Path) -> None:
    write_class_folders(tmp_path / inner, GIVEN, ("scans", "scans"))
    found = images_in(tmp_path)
    assert found.flat
    assert len(found.images) == 5
    assert {image.filed for image in found.images} == {""}


@pytest.mark.parametrize(
    ("table", "says"),
    [("path,label\nant/0.png,bee\n", "first line is not path,label,excluded"), ("\x00\x01", "a table of another kind")],
)
def test_another_labels_csv_stays(table: str, says: str, tmp_path: Path) -> None:
    write_class_folders(tmp_path, GIVEN, NAMES)
    (tmp_path / "labels.csv").write_text(table)
    with pytest.raises(DataError, match=says):
        images_in(tmp_path)
    assert (tmp_path / "labels.csv").read_text() == table


def test_a_list_of_labels_is_corrected_there(tmp_path: Path) -> None:
    write_class_folders(tmp_path, GIVEN, ("images", "images"))
    files = [file.relative_to(tmp_path).as_posix() for file in sorted(tmp_path.rglob("*.png"))]
    rows = [f"{file},{'ab'[number % 2]}\n" for number, file in enumerate(files)]
    (tmp_path / "train.csv").write_text("path,label\n" + "".join(rows))
    with pytest.raises(DataError, match=r"has a list of its images' labels \(train\.csv\)"):
        images_in(tmp_path)


def test_what_is_no_folder_of_images(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no images"):
        images_in(tmp_path)
    with pytest.raises(DataError, match="is not there; expected a folder"):
        images_in(tmp_path / "nowhere")
    (tmp_path / "set.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"is a file; expected a folder of images\. Unpack"):
        images_in(tmp_path / "set.zip")
