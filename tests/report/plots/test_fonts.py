"""Every character is drawn in an installed font that has it."""

import string
import warnings

import numpy as np
import pytest

from convlet.report import plots
from convlet.report.plots import fonts
from convlet.report.plots.fonts import advice, families
from convlet.system.fonts import MissingGlyphWarning
from convlet.system.installing import told

RARE = "\N{COMBINING ASTERISK BELOW}"  # in a font that comes with Matplotlib, and not in its own


@pytest.fixture
def installed(monkeypatch):
    """Install fonts, each with its characters; the machine's have hardly any."""

    def install(**characters: str) -> None:
        from matplotlib import font_manager

        listed = [font_manager.FontEntry(fname=name, name=name, weight=400) for name in characters]
        monkeypatch.setattr(font_manager.fontManager, "ttflist", [*font_manager.fontManager.ttflist, *listed])
        monkeypatch.setattr(
            fonts, "_characters", lambda path, _index=0: frozenset(characters.get(path, string.printable))
        )
        monkeypatch.setattr(fonts, "_add_fonts", lambda: False)
        fonts._others.cache_clear()

    yield install
    fonts._others.cache_clear()


def test_its_own_font_is_enough_for_most() -> None:
    assert families(["cat", "Straße", "Ελλάδα\nи\t"]) == ["DejaVu Sans"]
    assert families([]) == ["DejaVu Sans"]


def test_the_font_that_has_most_comes_first(installed) -> None:
    installed(Symbols="猫★", Han="猫狗", Thai="แมว")
    assert families(["cat 猫", "狗"]) == ["DejaVu Sans", "Han"]
    assert families(["猫狗", "แมว★"]) == ["DejaVu Sans", "Thai", "Symbols", "Han"]


def test_a_font_that_claims_everything_is_passed_over(installed) -> None:
    installed(Frames="猫狗\U000fffff", Han="猫")
    assert families(["猫狗"]) == ["DejaVu Sans", "Han"]


def test_names_of_classes_are_drawn_in_it(tmp_path) -> None:
    figure = plots.confusion_matrix([[5, 1], [0, 7]], ["cat", f"a{RARE}"], "title")
    plots.save(figure, tmp_path / "figure.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a missing glyph
        figure.canvas.draw()


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_what_no_font_has_is_said_and_not_drawn_in_silence(installed, tmp_path, suffix) -> None:
    installed()
    figure = plots.confusion_matrix([[5, 1], [0, 7]], ["cat", "แมว"], "title")
    with pytest.warns(MissingGlyphWarning) as said:
        plots.save(figure, tmp_path / f"figure{suffix}")
    (text,) = [str(each.message) for each in said]
    assert text.startswith(f"figure{suffix}: no font here has ")
    assert "ม (THAI CHARACTER MO MA)" in text
    assert told("fonts") in text
    assert (tmp_path / f"figure{suffix}").stat().st_size > 1000


def test_a_long_list_of_characters_is_cut(installed) -> None:
    installed()
    assert advice([chr(code) for code in range(0x4E00, 0x4E0F)]).count("CJK UNIFIED") == 8
    assert " and 7 more: " in advice([chr(code) for code in range(0x4E00, 0x4E0F)])
    assert advice(["cat"]) == ""


def test_the_extra_has_what_the_system_lacks(monkeypatch, tmp_path) -> None:
    pytest.importorskip("manimgx_fonts", reason="the extra is not installed: pip install 'convlet[fonts]'")
    pytest.importorskip("noto_cjk_sans_otc")
    from matplotlib import font_manager

    own = [entry for entry in font_manager.fontManager.ttflist if "DejaVu" in entry.name]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    fonts._others.cache_clear()
    names = ["猫狗", "ねこ", "고양이", "बिल्ली", "قطة", "חתול", "แมว", "кот", "γάτα", "বিড়াল", "பூனை"]
    assert advice(names) == ""
    figure = plots.confusion_matrix(np.eye(len(names), dtype=int).tolist(), names, "title")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plots.save(figure, tmp_path / "figure.png")
        figure.canvas.draw()
    fonts._others.cache_clear()
