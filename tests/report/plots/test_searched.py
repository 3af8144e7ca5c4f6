"""Plots of a search."""

from convlet.report import plots


def test_the_legend_hides_no_trial() -> None:
    """Trials may be anywhere, and those that ended early stand along the foot."""
    values = [0.99 + 0.0003 * (number % 7) for number in range(11)]
    figure = plots.search_history(range(0, 22, 2), values, range(1, 30, 2), "the validation accuracy")
    figure.canvas.draw()
    (axes,) = figure.axes
    assert not axes.get_legend().get_window_extent().overlaps(axes.get_window_extent())
    assert figure.bbox.containsx(axes.get_legend().get_window_extent().x0)
