"""`convlet evaluate` and `convlet predict`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convlet.cli.console import Bars, fail, note, plain, result, result_json, show, table
from convlet.cli.train import DATASET_HELP, DataDir, Json
from convlet.errors import DataError, OutputError, UsageError

if TYPE_CHECKING:
    from convlet.evaluation import Evaluation

_WHOLE_MATRIX = 20  # classes whose confusion matrix fits a terminal
Model = Annotated[str, typer.Argument(help="A run folder, an .onnx or .keras file, or `latest`.")]


def evaluate(
    model: Model,
    dataset: Annotated[str | None, typer.Argument(help=f"{DATASET_HELP} The default is the one the model was trained on.")] = None,
    split: Annotated[str, typer.Option(help="test, train or validation.")] = "test",
    out: Annotated[
        Path | None, typer.Option(help="A folder for the numbers and the confusion matrix; the default is the run folder.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Judge a model: accuracy with its interval, loss, precision and recall of each class, confusion matrix."""
    if split not in ("test", "train", "validation"):
        raise UsageError(f"--split is test, train or validation, not {split!r}.")

    from convlet.data import load
    from convlet.files import user_path
    from convlet.predictor import Predictor
    from convlet.run import Run, resolve, save_evaluation

    path = resolve(model)
    folder = user_path(out) if out else None
    if folder:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make the folder {out} (--out): {error.strerror or error}.") from error
    with Bars() as bars:
        data = load(dataset, data_dir, progress=bars.download) if dataset else None
        if path.is_dir():
            run = Run(path)
            data = data or run.dataset(data_dir, progress=bars.download)
            found, folder = run.evaluate(data, split, out=folder, on_note=note), folder or run.path
        else:
            predictor = Predictor(path)
            data = data or load(predictor.signature.dataset, data_dir, progress=bars.download)
            found = predictor.evaluate(data, split)
            if folder:
                save_evaluation(found, folder, split)
    if json:
        result_json(found.to_dict())
        return
    _print_evaluation(found, f"{data.name}, {split}")
    if folder:
        note(f"kept in {folder}: evaluation-*.json and the picture confusion-*.png")


def _print_evaluation(found: "Evaluation", what: str) -> None:
    low, high = found.accuracy_interval_95
    result(
        f"{what}: accuracy {found.accuracy:.2%} of {found.n:,} images (95 % interval {low:.2%} to {high:.2%}), "
        f"loss {found.loss:.4f}, calibration error {found.ece:.2%}\n"
    )
    classes = table("class", "precision", "recall", "F1", "images")
    for score in found.per_class:
        classes.add_row(plain(score.label), f"{score.precision:.2%}", f"{score.recall:.2%}", f"{score.f1:.2%}", f"{score.support:,}")
    show("Each class", classes)
    if len(found.class_names) <= _WHOLE_MATRIX:
        show("Confusion matrix: rows are labels, columns the model's answers", _confusion(found))
    else:
        show("The most frequent mistakes; the whole confusion matrix is in the picture", _mistakes(found))


def _confusion(found: "Evaluation") -> Any:
    confusion = table("label", *map(plain, found.class_names))
    for index, (name, row) in enumerate(zip(found.class_names, found.confusion, strict=True)):
        cells = [f"[bold]{n}[/]" if column == index else (f"[red]{n}[/]" if n else "[dim]·[/]") for column, n in enumerate(row)]
        confusion.add_row(plain(name), *cells)
    return confusion


def _mistakes(found: "Evaluation") -> Any:
    """What a matrix too wide for a terminal has to say: its largest counts off the diagonal."""
    names = found.class_names
    off = [(n, i, j) for i, row in enumerate(found.confusion) for j, n in enumerate(row) if n and i != j]
    mistakes = table("label", "answer", "images")
    for count, label, answer in sorted(off, reverse=True)[:_WHOLE_MATRIX]:
        mistakes.add_row(plain(names[label]), plain(names[answer]), str(count))
    return mistakes


def predict(
    model: Model,
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Image files in the form of the model's training data.")],
    json: Json = False,
) -> None:
    """Classify image files. A file that cannot be read is named on stderr; the others are answered all the same (exit status 3)."""
    from convlet.predictor import Predictor
    from convlet.reading import read_image
    from convlet.run import resolve

    predictor = Predictor(resolve(model))
    answers, unreadable = [], 0
    for path in inputs:
        try:
            image = read_image(path, predictor.signature.input_shape)
        except DataError as error:
            fail(str(error))
            unreadable += 1
            continue
        answers.append({"input": str(path), **asdict(predictor.predict([image])[0])})
    if json:
        result_json(answers)
    for answer in () if json else answers:
        others = ", ".join(f"{label} {p:.1%}" for label, p in answer["top"][1:])
        result(f"{answer['input']}: {answer['label']}  {answer['probability']:.1%}   (then {others})")
    if unreadable:
        raise typer.Exit(DataError.exit_status)
