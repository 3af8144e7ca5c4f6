"""A line on a picture is written in fonts that have its characters."""

import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convlet.reading.marked import marked
from convlet.reading.show import beside
from convlet.system import fonts
from convlet.system.files import sha256

NAMES = ["猫", "ねこ", "고양이", "बिल्ली", "قطة لطيفة", "חתול", "แมว", "кот", "γάτα", "Straße"]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without any font but Pillow's own."""
    monkeypatch.setattr(fonts, "_installed", lambda: iter(()))
    fonts._chosen.cache_clear()
    yield
    fonts._chosen.cache_clear()


def written(text: str, anchor: str = "la") -> np.ndarray:
    """Return a picture of a line, uint8 (60, 400)."""
    picture = Image.new("L", (400, 60), 255)
    fonts.write(ImageDraw.Draw(picture), (200, 30) if anchor == "mm" else (4, 8), text, "black", 24, anchor)
    return np.asarray(picture)


def framed(text: str) -> np.ndarray:
    """Return the same as it would be drawn by Pillow's own font."""
    picture = Image.new("L", (400, 60), 255)
    ImageDraw.Draw(picture).text((4, 8), text, "black", fonts._opened("", 24))
    return np.asarray(picture)


def test_what_pillows_own_font_has_is_written_in_it() -> None:
    assert np.array_equal(written("cat 99.9% (then dog)"), framed("cat 99.9% (then dog)"))
    assert written("").min() == 255


@pytest.mark.parametrize("name", NAMES)
def test_names_in_any_script_are_no_frames(name: str) -> None:
    pytest.importorskip("manimgx_fonts", reason="the extra is not installed: pip install 'convlet[fonts]'")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = written(f"{name}  99.9%")
        beside(Image.new("RGB", (28, 28)), np.zeros((28, 28, 1), np.uint8), f"{name}  99.9%")
        marked(
            Image.new("RGB", (200, 200), "white"), [(60, 90, 90, 130)], [name], [True], [(name, [(60, 90, 90, 130)])]
        )
    assert not np.array_equal(picture, framed(f"{name}  99.9%"))


def test_words_from_the_right_stay_in_order() -> None:
    """The blank between two belongs to them; else the first would stand on the left."""
    pytest.importorskip("matplotlib")
    (run, _), (rest, _) = fonts._runs("قطة لطيفة  99.9%", 20)
    assert run.strip() == "قطة لطيفة"
    assert rest.strip() == "99.9%"


def test_the_middle_is_the_middle() -> None:
    pytest.importorskip("matplotlib", reason="its font has the letters")
    dark = np.flatnonzero((written("a кот b", "mm") < 128).any(axis=0))
    assert abs((dark[0] + dark[-1]) / 2 - 200) <= 2
    assert fonts.length("a кот b", 24) == pytest.approx(dark[-1] - dark[0], abs=6)


def test_as_few_as_possible_are_taken_and_no_more_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    has = {"Latin": "ab", "Thai": "ม", "Han": "猫狗", "Both": "猫ม", "All": "猫狗ม", "Never": ""}
    opened = []

    def installed() -> Iterator[tuple[str, str]]:
        for name in has:
            opened.append(name)
            yield name, name

    monkeypatch.setattr(fonts, "_installed", installed)
    monkeypatch.setattr(fonts, "_lacking", lambda name, wanted: frozenset(wanted) - frozenset(has[name]))
    chosen = fonts._chosen.__wrapped__
    assert chosen(frozenset("猫狗ม")) == (("All",), frozenset())
    assert opened[-1] == "All"
    del has["All"]
    assert chosen(frozenset("猫狗ม?")) == (("Han", "Thai"), frozenset("?"))


@pytest.mark.usefixtures("alone")
def test_what_no_font_has_is_said() -> None:
    with pytest.warns(fonts.MissingGlyphWarning, match="THAI CHARACTER MO MA") as told:
        written("แมว")
    assert "[fonts]" in str(told[0].message)
    assert "fonts-noto-core" in str(told[0].message)


def test_the_extra_has_the_font_of_debian() -> None:
    """Of one person's package nothing is trusted but these bytes, those of Debian's fonts-noto-cjk 20220127."""
    pytest.importorskip("noto_cjk_sans_otc", reason="the extra is not installed: pip install 'convlet[fonts]'")
    (font,) = [path for path in fonts.packaged() if path.endswith(".ttc")]
    assert sha256(Path(font)) == "b76b0433203017ca80401b2ee0dd69350349871c4b19d504c34dbdd80541690a"


def test_fonts_are_found_without_importing_their_packages() -> None:
    code = "import sys; from convlet.system import fonts; fonts.packaged(); fonts._folders(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {*fonts._PACKAGES, "matplotlib"} & set(loaded)


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_every_system_has_its_folders(system: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", system)
    for name in ("HOME", "USERPROFILE", "WINDIR", "LOCALAPPDATA", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    own = {"linux": ".fonts", "darwin": "Library/Fonts", "win32": "Microsoft/Windows/Fonts"}[system]
    (tmp_path / own).mkdir(parents=True)
    assert tmp_path / own in fonts._folders()
