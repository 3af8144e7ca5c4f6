"""`convlet predict`."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convlet.cli.bulk import predict_into
from convlet.cli.console import fail, note, result, result_json
from convlet.cli.flags import Json, Model
from convlet.cli.pages import Print, facts_of, note_marks, tell, wish_of
from convlet.cli.pictures import Pictures
from convlet.cli.words import others, said
from convlet.errors import DataError, MissingReaderError, UsageError, whole
from convlet.system.text import shown

if TYPE_CHECKING:
    from convlet.prediction.pages import Wish
    from convlet.prediction.predictor import Predictor


class Format(StrEnum):
    """How answers are printed."""

    TEXT = "text"
    JSON = "json"
    KAGGLE = "kaggle"


def predict(
    model: Model,
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="INPUT...",
            help="Photographs, scans, drawings. With --out TABLE also folders of any size. "
            "With --format kaggle a CSV of pixels.",
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Read every character of each picture, line by line.")] = False,
    grid: Annotated[
        str | None,
        typer.Option(
            metavar="ROWSxCOLUMNS",
            help="Read a grid, such as 9x9 for a Sudoku: its cells are found by the lines around them.",
        ),
    ] = None,
    print_: Annotated[
        Print | None,
        typer.Option(
            "--print",
            help="With --all: drop printed text beside handwriting (the default), or keep it. A grid keeps it.",
            show_default=False,
        ),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help=r"With --all or --grid: what each row or cell should be, such as '\d{5}', or luhn, ean, isbn, iban. "
            r"A pattern that contains \n is for the whole page. The likeliest text that fits is read.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="A .parquet, .csv or .jsonl table: a row per image, with --all per number, with --grid per cell; in "
            "order, in bounded memory. Repeat the command to continue after a kill. Another name, with --all or "
            "--grid: the picture with boxes, or a folder for those of several pictures. With --format kaggle: the "
            "submission."
        ),
    ] = None,
    show_input: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write each original and what the model saw, side by side, into this folder."),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="text, json, or kaggle: ImageId,Label for each row of a CSV.")
    ] = Format.TEXT,
    inputs_from: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --out TABLE: a file with an image's path per line; - for stdin."),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="With --out TABLE: replace a table, or one begun with another model or other images."
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="With --out TABLE: processes. The default is one per core, at most 6 (100 to 200 MB each)."
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="With --out TABLE: a Ray cluster: local, auto, or HOST:PORT. "
            "Its machines need convlet, and the images under the same paths.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Classify pictures. Unreadable files are named on stderr; the others are classified (exit status 3)."""
    from convlet.prediction.predictor import Predictor
    from convlet.system.places import resolve

    json = json or format_ is Format.JSON
    inputs = inputs or []
    pages = wish_of(print_, expect, grid, all_=all_)
    into_table = out is not None and format_ is not Format.KAGGLE and (pages is None or _is_table(out))
    if not into_table:
        _require_no_pixels([] if format_ is Format.KAGGLE else inputs)
        table = bool(inputs_from or overwrite or workers or cluster)
        _require_pictures(inputs, out, pages=pages is not None, table=table)
    if not inputs and not inputs_from:
        raise UsageError(
            "there is nothing to predict: expected a model and pictures, as in `convlet predict digits photo.jpg`, or "
            "a folder with --out results.parquet."
        )
    opened = resolve(model)
    note_marks(opened, pages)
    if out and into_table:
        if show_input or format_ is Format.JSON:
            raise UsageError("--show-input and --format json are for single pictures. Omit them with --out TABLE.")
        options = {"cluster": cluster, "overwrite": overwrite, "pages": pages, "workers": workers}
        predict_into(opened, inputs, out, listed=inputs_from, json=json, **options)
        return
    if format_ is Format.KAGGLE:
        _submit(model, inputs, out, alone=pages is None and not show_input)
        return
    _answer_each(Predictor(opened), inputs, Pictures(inputs, out, show_input), pages, json=json)


def _answer_each(
    predictor: "Predictor", inputs: list[Path], pictures: Pictures, pages: "Wish | None", *, json: bool
) -> None:
    """Answer every picture that can be read; the others are named, and decide the exit status.

    Raises:
        MissingReaderError: once all are answered, of the last one that an extra would read: it is told with an offer.
    """
    answers: list[dict[str, Any]] = []
    unreadable: list[DataError] = []
    try:
        for path in inputs:
            try:
                if pages:
                    page = predictor.read_page(path, **asdict(pages))
                    answers.append(facts_of(page, path))
                    tell(page, path, pictures, quiet=json)
                else:
                    _single(predictor, path, pictures, answers, quiet=json)
            except DataError as error:
                unreadable.append(error)
                if not isinstance(error, MissingReaderError):
                    fail(whole(error))
    finally:  # no answer is lost if a picture cannot be written
        if json:
            result_json(answers)
    lacking = [one for one in unreadable if isinstance(one, MissingReaderError)]
    for one in lacking[:-1]:
        fail(whole(one))
    if lacking:
        raise lacking[-1]
    if unreadable:
        raise typer.Exit(DataError.exit_status)


def _is_table(out: Path) -> bool:
    from convlet.prediction.bulk import is_table  # slow to import, and for tables alone

    return is_table(out)


def _require_no_pixels(inputs: list[Path]) -> None:
    """Refuse files of many images."""
    for path in inputs:
        if path.suffix.lower() in (".csv", ".npz") and path.is_file():
            kaggle = " or --format kaggle" if path.suffix.lower() == ".csv" else ""
            raise UsageError(f"{path} holds the pixels of images: add --out results.csv (or .parquet, .jsonl){kaggle}.")


def _require_pictures(inputs: list[Path], out: Path | None, *, pages: bool, table: bool) -> None:
    """Refuse options that need a table, a folder as input, and one output for several inputs."""
    if table:
        raise UsageError(
            "--inputs-from, --overwrite, --workers and --cluster go with --out TABLE (.parquet, .csv or .jsonl)."
        )
    if folder := next((path for path in inputs if path.is_dir()), None):
        raise UsageError(
            f"{folder} is a folder. Expected pictures; for a whole folder: --out results.parquet (or .csv, .jsonl)."
        )
    if out and pages and len(inputs) > 1 and out.suffix and not out.is_dir():
        raise UsageError(
            f"--out {out} is one picture, and {len(inputs)} are to be read. Expected a folder, such as {out.stem}."
        )


def _single(
    predictor: "Predictor", path: Path, pictures: Pictures, answered: list[dict[str, Any]], *, quiet: bool
) -> None:
    image = predictor.read(path)
    answer = predictor.predict([image])[0]
    answered.append({"input": str(path), **asdict(answer)})
    if not quiet:
        result(f"{shown(str(path))}: {said(answer)}{others(answer)}")
    pictures.show_input(path, image, said(answer))


def _submit(model: str, inputs: list[Path], out: Path | None, *, alone: bool) -> None:
    """Write a Kaggle submission: images are numbered from 1 in the file's order."""
    if not alone or len(inputs) != 1 or inputs[0].suffix.lower() != ".csv":
        raise UsageError(
            "--format kaggle takes one .csv file with a row of pixels per image, and no --all, --grid or --show-input."
        )
    import csv
    import io

    import numpy as np

    from convlet.data import disk
    from convlet.data.bring import fitted
    from convlet.data.csv import read_csv_images
    from convlet.prediction.predictor import Predictor
    from convlet.system.files import user_path, write_text
    from convlet.system.places import resolve
    from convlet.system.watch import Watch

    predictor = Predictor(resolve(model))
    names, shape, form = predictor.signature.class_names, predictor.signature.input_shape, predictor.signature.form
    images = read_csv_images(user_path(inputs[0]), Watch(on_note=note))
    answers = np.concatenate(
        [predictor.probabilities(fitted(part, shape, form)).argmax(axis=1) for part in disk.chunks(images)]
    )
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("ImageId", "Label"))
    writer.writerows((number, names[index]) for number, index in enumerate(answers, 1))
    text = lines.getvalue()
    if out:
        write_text(user_path(out), text)
        note(f"{len(answers):,} answers")
        result(str(out))
    else:
        result(text.rstrip("\n"))
