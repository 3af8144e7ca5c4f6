"""`convlet evaluate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convlet.cli import complete
from convlet.cli.console import Bars, note, plain, result, result_json, show, table
from convlet.cli.flags import DATASET_HELP, DataDir, Json, Model, Split
from convlet.system.extras import require_train

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convlet.evaluation import Case, Evaluation

_NAMED = 3  # images of each kind
_WHOLE_MATRIX = 20  # classes whose confusion matrix fits a terminal


def evaluate(
    model: Model,
    dataset: Annotated[
        str | None,
        typer.Argument(
            help=f"{DATASET_HELP} The default is the data set the model was trained on.",
            autocompletion=complete.datasets,
        ),
    ] = None,
    split: Split = "test",
    corruptions: Annotated[
        bool,
        typer.Option(
            "--corruptions",
            help="Also measure the accuracy under fifteen corruptions: MNIST-C's for ink, CIFAR-10-C's for pictures.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="A folder for the report, its figures and pictures. The default is the run folder, which a file and "
            "`digits` do not have."
        ),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Judge a model and write a report: accuracy, calibration, refusals, each class, mistakes, suspect labels."""
    from convlet.data import load
    from convlet.run.evaluate import judged
    from convlet.system.files import made_folder, user_path
    from convlet.system.places import resolve

    path = resolve(model)
    require_train("evaluating")
    folder = made_folder(user_path(out)) if out else None
    with Bars() as bars:
        data = load(dataset, data_dir, watch=bars.watch) if dataset else None
        found, name, own = judged(path, data, split, corruptions=corruptions, data_dir=data_dir, watch=bars.watch)
    if json:
        result_json(found.evaluation.to_dict())
    else:
        _print_evaluation(found.evaluation, f"{found.facts.dataset}, {split}")
    if not (folder := folder or own):
        note("No report is written: --out DIR says where.")
    else:  # last, so that figures are printed even if they cannot be saved
        report, *others = found.save(folder, name)
        note(f"the report: {report}\nnext to it: {', '.join(path.name for path in others)}")


def _print_evaluation(found: "Evaluation", what: str) -> None:
    low, high = found.accuracy_interval_95
    result(
        f"{what}: accuracy {found.accuracy:.2%} of {found.n:,} images (95 % interval {low:.2%} to {high:.2%}), "
        + ", ".join(f"{name} {value}" for name, value, _ in found.figures()[1:])
    )
    if kept := found.rejection:
        right = kept.accuracy_of_accepted
        among = "" if right is None else f"; of the accepted {right:.2%} are right"
        result(f"accepted as one of the classes: {kept.accepted:.2%}, refused {kept.refused:,}{among}")
    if found.uncertain[0].file is not None:
        _print_cases("most confident mistakes", "answered", found.worst)
        _print_cases("least certain answers", "answered", found.uncertain)
    _print_cases("labels that may be wrong", "looks like", found.suspects)
    result("")
    classes = table("class", "precision", "recall", "F1", "images")
    for score in found.per_class:
        values = (score.precision, score.recall, score.f1)
        cells = (f"{value:.2%}" if score.support or value else "-" for value in values)
        classes.add_row(plain(score.label), *cells, f"{score.support:,}")
    show("Each class", classes)
    if len(found.class_names) <= _WHOLE_MATRIX:
        show("Confusion matrix: rows are labels, columns the model's answers", _confusion(found))
    else:
        show("The most frequent mistakes; the whole confusion matrix is in the picture", _mistakes(found))
    if found.robustness:
        corrupted = table("corruption", "accuracy")
        for name, accuracy in found.robustness.corruptions.items():
            corrupted.add_row(name.replace("_", " "), f"{accuracy:.2%}")
        corrupted.add_row("[bold]mean[/]", f"[bold]{found.robustness.mean:.2%}[/]")
        show(f"Under the corruptions of {found.robustness.collection}", corrupted)


def _print_cases(title: str, verb: str, cases: "Sequence[Case]") -> None:
    places = [
        f"{case.index if case.file is None else case.file} ({case.label}, {verb} {case.answer})"
        for case in cases[:_NAMED]
    ]
    if places:
        more = f" and {len(cases) - _NAMED} more in the report" if cases[_NAMED:] else ""
        result(f"{title}: {', '.join(places)}{more}")


def _confusion(found: "Evaluation") -> Any:
    confusion = table("label", *map(plain, found.class_names))
    for index, (name, row) in enumerate(zip(found.class_names, found.confusion, strict=True)):
        cells = [
            f"[bold]{n}[/]" if column == index else (f"[red]{n}[/]" if n else "[dim]·[/]")
            for column, n in enumerate(row)
        ]
        confusion.add_row(plain(name), *cells)
    return confusion


def _mistakes(found: "Evaluation") -> Any:
    """Return a table of a matrix's largest counts off the diagonal."""
    names = found.class_names
    off = [(n, i, j) for i, row in enumerate(found.confusion) for j, n in enumerate(row) if n and i != j]
    mistakes = table("label", "answer", "images")
    for count, label, answer in sorted(off, reverse=True)[:_WHOLE_MATRIX]:
        mistakes.add_row(plain(names[label]), plain(names[answer]), str(count))
    return mistakes
