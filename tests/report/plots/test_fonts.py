"""Every character is drawn in an installed font that has it."""

from convlet.report import plots
from convlet.report.plots.fonts import families

RARE = "\N{COMBINING ASTERISK BELOW}"  # in a font that comes with Matplotlib, and not in its own


def test_its_own_font_is_enough_for_most() -> None:
    assert families(["cat", "Straße", "Ελλάδα\nи"]) == ["DejaVu Sans"]
    assert families([]) == ["DejaVu Sans"]


def test_another_font_is_found_for_what_the_first_lacks() -> None:
    own, *others = families(["cat", f"a{RARE}"])
    assert own == "DejaVu Sans"
    assert len(others) == 1


def test_what_no_font_has_asks_for_none() -> None:
    assert families(["\U000e01ef\U000fffff"]) == ["DejaVu Sans"]


def test_names_of_classes_are_drawn_in_it(tmp_path) -> None:
    from matplotlib.text import Text

    figure = plots.confusion_matrix([[5, 1], [0, 7]], ["cat", f"a{RARE}"], "title")
    plots.save(figure, tmp_path / "figure.png")
    assert {tuple(text.get_fontfamily()) for text in figure.findobj(Text)} == {tuple(families([RARE]))}
