"""`convlet predict`."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convlet.cli.bulk import predict_into
from convlet.cli.console import fail, note, plain, result, result_json, show, table
from convlet.cli.flags import Json, Model
from convlet.cli.pictures import Pictures
from convlet.errors import DataError, UsageError

if TYPE_CHECKING:
    from convlet.prediction.answer import Answer
    from convlet.prediction.pages import Page
    from convlet.prediction.predictor import Predictor


class Format(StrEnum):
    """How answers are printed."""

    TEXT = "text"
    JSON = "json"
    KAGGLE = "kaggle"


class Print(StrEnum):
    """What becomes of printed text on a page."""

    DROP = "drop"
    KEEP = "keep"


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
    print_: Annotated[
        Print, typer.Option("--print", help="With --all: drop printed text beside handwriting, or keep it.")
    ] = Print.DROP,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help=r"With --all: what each row should be, such as '\d{5}', or luhn, ean, isbn, iban. "
            "Each is read as the likeliest text that fits.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="A .parquet, .csv or .jsonl table: a row per image, in order, in bounded memory. Repeat the command "
            "to continue after a kill. With --all: the picture with boxes, or a folder for several. "
            "With --format kaggle: the submission."
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
    _require_all(print_, expect, all_=all_)
    into_table = out is not None and not all_ and format_ is not Format.KAGGLE
    if not into_table:
        _require_no_pixels([] if format_ is Format.KAGGLE else inputs)
        _require_pictures(inputs, out, all_=all_, table=bool(inputs_from or overwrite or workers or cluster))
    if not inputs and not inputs_from:
        raise UsageError("there is nothing to predict: expected pictures, or a folder with --out results.parquet.")
    if out and into_table:
        if show_input or format_ is Format.JSON:
            raise UsageError("--show-input and --format json are for single pictures. Omit them with --out TABLE.")
        options = {"cluster": cluster, "overwrite": overwrite, "workers": workers}
        predict_into(resolve(model), inputs, out, listed=inputs_from, json=json, **options)
        return
    if format_ is Format.KAGGLE:
        _submit(model, inputs, out, alone=not (all_ or show_input))
        return
    predictor = Predictor(resolve(model))
    pictures = Pictures(inputs, out, show_input)
    answers: list[dict[str, Any]] = []
    unreadable = 0
    try:
        for path in inputs:
            try:
                if all_:
                    page = predictor.read_page(path, keep_print=print_ is Print.KEEP, expect=expect)
                    _page(page, path, pictures, answers, quiet=json)
                else:
                    _single(predictor, path, pictures, answers, quiet=json)
            except DataError as error:
                fail(str(error))
                unreadable += 1
    finally:  # no answer is lost if a picture cannot be written
        if json:
            result_json(answers)
    if unreadable:
        raise typer.Exit(DataError.exit_status)


def _require_all(print_: Print, expect: str | None, *, all_: bool) -> None:
    """Refuse options of pages without --all."""
    if not all_ and (print_ is Print.KEEP or expect is not None):
        raise UsageError("--print and --expect are for pages: expected --all beside them.")


def _require_no_pixels(inputs: list[Path]) -> None:
    """Refuse files of many images."""
    for path in inputs:
        if path.suffix.lower() in (".csv", ".npz") and path.is_file():
            kaggle = " or --format kaggle" if path.suffix.lower() == ".csv" else ""
            raise UsageError(f"{path} holds the pixels of images: add --out results.csv (or .parquet, .jsonl){kaggle}.")


def _require_pictures(inputs: list[Path], out: Path | None, *, all_: bool, table: bool) -> None:
    """Refuse options that need a table, a folder as input, and one output for several inputs."""
    if table:
        raise UsageError(
            "--inputs-from, --overwrite, --workers and --cluster go with --out TABLE (.parquet, .csv or .jsonl), "
            "without --all."
        )
    if folder := next((path for path in inputs if path.is_dir()), None):
        raise UsageError(
            f"{folder} is a folder. Expected pictures; for a whole folder: --out results.parquet (or .csv, .jsonl)."
        )
    if out and all_ and len(inputs) > 1 and out.suffix and not out.is_dir():
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
        result(f"{path}: {said(answer)}{_others(answer)}")
    pictures.show_input(path, image, said(answer))


def _page(page: "Page", path: Path, pictures: Pictures, answered: list[dict[str, Any]], *, quiet: bool) -> None:
    answered.append({"input": str(path), **page.facts()})
    if not quiet:
        text = f"\n\n{page.text}\n" if page else " (no ink was found)"
        result(f"{path}: {len(page)} characters{text}")
        found = table("line", "answer", "probability", "left", "top", "right", "bottom")
        for character, answer, symbol in zip(page, page.answers, page.symbols, strict=True):
            label = symbol or plain(answer.label if answer.known else f"unknown ({answer.label})")
            sure = "" if symbol else f"{answer.probability:.1%}"
            found.add_row(str(character.line + 1), label, sure, *map(str, character.box))
        if page:
            show(found)
    for number, row in enumerate(page.rows, 1):
        if row.fits is False:
            note(f"{path}: no reading of row {number}, {row.text}, fits what is expected.")
    if page.print_dropped:
        note(f"{path}: {page.print_dropped} printed characters are left out. --print keep answers them too.")
    pictures.mark(path, page)
    for number, (character, answer, symbol) in enumerate(zip(page, page.answers, page.symbols, strict=True), 1):
        pictures.show_input(path, character.image, symbol or said(answer), character.box, f"-{number:03d}")


def _submit(model: str, inputs: list[Path], out: Path | None, *, alone: bool) -> None:
    """Write a Kaggle submission: images are numbered from 1 in the file's order."""
    if not alone or len(inputs) != 1 or inputs[0].suffix.lower() != ".csv":
        raise UsageError(
            "--format kaggle takes one .csv file with a row of pixels per image, and neither --all nor --show-input."
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


def said(answer: "Answer") -> str:
    """Return an answer in words."""
    if answer.known:
        return f"{answer.label}  {answer.probability:.1%}"
    if answer.empty:
        return "empty"
    return f"unknown  (most like {answer.label}, {answer.probability:.1%})"


def _others(answer: "Answer") -> str:
    others = ", ".join(f"{label} {probability:.1%}" for label, probability in answer.top[1:])
    return f"   (then {others})" if answer.known and others else ""
