"""Every character is drawn in an installed font that has it."""

import warnings

import pytest

from convlet.report import plots
from convlet.report.plots import fonts
from convlet.report.plots.fonts import families

RARE = "\N{COMBINING ASTERISK BELOW}"  # in a font that comes with Matplotlib, and not in its own


@pytest.fixture
def installed(monkeypatch):
    """Install fonts, each with its characters; the machine's have hardly any."""

    def install(**characters: str) -> None:
        from matplotlib import font_manager

        listed = [font_manager.FontEntry(fname=name, name=name, weight=400) for name in characters]
        monkeypatch.setattr(font_manager.fontManager, "ttflist", [*font_manager.fontManager.ttflist, *listed])
        monkeypatch.setattr(fonts, "_characters", lambda path: frozenset(characters.get(path, "cat ")))
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
