"""The page of a check: one file without scripts, with every finding and its pictures."""

import re
import shutil

import pytest

from convlet.checks.page import write_page
from tests.checks.pictures import checked, folder, picture


@pytest.fixture
def page(tmp_path):
    path = folder(tmp_path / "set <1>", {"train/a": 15, "train/b & c": 15, "test/a": 5, "test/b & c": 5})
    shutil.copy(path / "train/a/003.png", path / "train/b & c/copy.png")
    (path / "train/a/bad.png").write_bytes(b"no image")
    found = checked(path)
    write_page(tmp_path / "check.html", found)
    return found, (tmp_path / "check.html").read_text(encoding="utf-8")


def test_it_has_every_finding_with_its_pictures(page) -> None:
    found, text = page
    for one in found.findings:
        assert f'id="{one.kind}"' in text
        assert one.title in text
    assert text.count("<img ") == 2
    assert text.count("data:image/png") == 2
    text = text.replace("<wbr>", "")
    assert '<bdi dir="ltr">train/a/003.png</bdi>' in text
    assert '<bdi dir="ltr">train/b &amp; c/copy.png</bdi>' in text
    assert '<bdi dir="ltr">train/a/bad.png</bdi>' in text


def test_it_runs_and_fetches_nothing(page) -> None:
    _, text = page
    assert "<script" not in text
    assert "Content-Security-Policy" in text
    assert "set <1>" not in text
    assert not re.search(r"(src|href)=\"(?!data:|#)", text)
    assert "prefers-color-scheme: dark" in text


def test_every_link_leads_to_a_section(page) -> None:
    _, text = page
    links = set(re.findall(r'href="#([\w-]+)"', text))
    assert links <= set(re.findall(r'id="([\w-]+)"', text))
    assert {"classes", "files", "main"} <= links


def test_a_long_list_is_cut_and_says_so(tmp_path) -> None:
    path = folder(tmp_path / "set", {"train/a": 130, "train/b": 15, "test/a": 5, "test/b": 5})
    for number in range(110):
        shutil.copy(path / "train/a/120.png", path / f"train/a/copy{number}.png")
        (path / f"train/b/{number}.txt").write_text("no image")
    found = checked(path)
    write_page(tmp_path / "check.html", found)
    text = (tmp_path / "check.html").read_text(encoding="utf-8")
    assert "and 103 more" in text
    assert "10 more with --json" in text


def test_long_names_break_where_their_parts_join(tmp_path) -> None:
    path = folder(tmp_path / "set", {"train/a": 15, "train/b": 15, "test/a": 5, "test/b": 5})
    shutil.copy(path / "train/a/003.png", path / "train/a/camera_one--2024.11_again.png")
    picture(99, 64).save(path / "train/b/the_largest.png")
    (path / "train/a/no_picture.png").write_bytes(b"no image")
    write_page(tmp_path / "check.html", checked(path))
    text = (tmp_path / "check.html").read_text(encoding="utf-8")
    for name in (
        '<bdi dir="ltr">train/<wbr>a/<wbr>camera_<wbr>one--<wbr>2024.<wbr>11_<wbr>again.<wbr>png</bdi>',
        '<th scope="row"><bdi dir="ltr">train/<wbr>a/<wbr>no_<wbr>picture.<wbr>png</bdi>',
        "64x64: train/<wbr>b/<wbr>the_<wbr>largest.<wbr>png</td>",
    ):
        assert name in text
    assert 'alt="train/a/camera_one--2024.11_again.png in train' in text
    assert re.search(r"\.file {[^}]*overflow-wrap: anywhere", text)


def test_a_clean_set_has_a_page_too(tmp_path) -> None:
    found = checked(folder(tmp_path / "set", {"train/a": 12, "train/b": 12, "test/a": 5, "test/b": 5}))
    write_page(tmp_path / "check.html", found)
    assert "Nothing was found" in (tmp_path / "check.html").read_text(encoding="utf-8")
