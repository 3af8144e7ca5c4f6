"""`convlet compare`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convlet.cli import complete
from convlet.cli.console import Bars, note, plain, result, result_json, show, table
from convlet.cli.flags import DATASET_HELP, DataDir, Json, known_split, require_picture, told_of_box
from convlet.system.extras import require_train

if TYPE_CHECKING:
    from convlet.comparison import Comparison, Pair


def compare(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL",
            help="Two or more with the same classes: run folders, .onnx and .keras files, `latest`, `digits`.",
            callback=told_of_box,
            autocompletion=complete.models,
        ),
    ],
    dataset: Annotated[
        str | None,
        typer.Option(
            help=f"Judge by these images instead of those the models were trained on: {DATASET_HELP}",
            autocompletion=complete.datasets,
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="test, train or validation. The default is validation if the models were validated on the same "
            "images, else test.",
            callback=known_split,
            autocompletion=complete.splits,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The picture to write.")] = Path("comparison.png"),
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Compare models on the same images: accuracy, whether a difference is real (McNemar's test), size, speed."""
    require_picture(out)

    require_train("comparing")
    from convlet import comparison
    from convlet.data import load
    from convlet.report import plots
    from convlet.system.files import user_path

    with Bars() as bars:
        data = load(dataset, data_dir, watch=bars.watch) if dataset else None
        found = comparison.compare(models, data, split, watch=bars.watch, data_dir=data_dir)
    if json:
        result_json(found.to_dict())
    else:
        _print(found)
    path = user_path(out)
    places = {row.name: place for place, row in enumerate(found.models)}
    picture = plots.comparison(
        [(row.name, row.accuracy, row.accuracy_interval_95, row.params) for row in found.models],
        [(places[pair.first], places[pair.second], pair.test.difference, pair.real) for pair in found.pairs],
        _heading(found),
    )
    plots.save(picture, path)
    note(f"picture of every pair and the sizes: {path}")


def _print(found: "Comparison") -> None:
    accuracies = table("model", "accuracy", "95 % interval", "points behind", "p")
    costs = table("model", "parameters", "training", "file", "images/s")
    for row, pair in zip(found.models, [None, *found.behind_the_best], strict=True):
        low, high = row.accuracy_interval_95
        behind = [_points(pair), _p(pair.p)] if pair else ["the best", ""]
        accuracies.add_row(plain(row.name), f"{row.accuracy:.2%}", f"{100 * low:.2f} to {high:.2%}", *behind)
        costs.add_row(
            plain(row.name),
            "" if row.params is None else f"{row.params:,}",
            "" if row.train_seconds is None else f"{row.train_seconds:,.1f} s",
            f"{row.bytes / 1e3:,.0f} kB",
            f"{row.images_per_second:,.0f}",
        )
    show(_heading(found), accuracies)
    result(_verdict(found))
    result("")
    show("What they cost", costs)
    if found.settings:
        from convlet.recipes import in_words

        names = [row.name for row in found.models if row.name in next(iter(found.settings.values()))]
        settings = table("setting", *map(plain, names))
        for field, values in found.settings.items():
            settings.add_row(field, *(plain(in_words(values[name])) for name in names))
        show("Settings that differ", settings)


def _heading(found: "Comparison") -> str:
    return f"{found.dataset}, {found.split}: {found.n:,} images"


def _points(pair: "Pair") -> str:
    low, high = (100 * end for end in pair.test.difference_interval_95)
    return f"{100 * pair.test.difference:.2f} ({low:.2f}, {high:.2f})"


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _verdict(found: "Comparison") -> str:
    from convlet.comparison import REAL

    best, *others = found.models
    alike = [pair.second for pair in found.behind_the_best if not pair.real]
    adjusted = f", adjusted for {len(found.pairs)} pairs (Holm)" if others[1:] else ""
    if not alike:
        said = f"{best.name} is better, and not by chance (p < {REAL})"
    elif len(alike) == len(others):
        said = f"These {found.n:,} images cannot tell {best.name} from any of the others (p >= {REAL})"
    else:
        said = (
            f"{best.name} is better than {len(others) - len(alike)} of the others; "
            f"these {found.n:,} images cannot tell it from {', '.join(alike)}"
        )
    return f"{said}; p from McNemar's exact test{adjusted}."
