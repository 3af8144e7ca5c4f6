"""`convlet predict`."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convlet.cli.console import fail, note, plain, result, result_json, show, table
from convlet.cli.pictures import Pictures
from convlet.cli.train import Json
from convlet.errors import DataError, UsageError

if TYPE_CHECKING:
    from convlet.predictor import Answer, Predictor

Model = Annotated[str, typer.Argument(help="A run folder, an .onnx or .keras file, or `latest`.")]


class Format(StrEnum):
    """How answers are written."""

    TEXT = "text"
    JSON = "json"
    KAGGLE = "kaggle"


def predict(
    model: Model,
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT...", help="Photographs, scans, drawings; with --format kaggle a CSV of pixels.")
    ],
    all_: Annotated[bool, typer.Option("--all", help="Read every character of each picture, line by line.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="With --all: the picture with boxes (a folder for several). With --format kaggle: the submission.")
    ] = None,
    show_input: Annotated[
        Path | None, typer.Option("--show-input", metavar="DIR", help="Write what the model saw beside each original into this folder.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="text, json, or kaggle: ImageId,Label for each row of a CSV.")] = Format.TEXT,
    json: Json = False,
) -> None:
    """Classify pictures. A file that cannot be read is named on stderr; the others are answered all the same (exit status 3)."""
    from convlet.predictor import Predictor
    from convlet.run import resolve

    json = json or format_ is Format.JSON
    if format_ is Format.KAGGLE:
        if all_ or show_input or len(inputs) != 1 or inputs[0].suffix.lower() != ".csv":
            raise UsageError("--format kaggle takes one .csv file with a row of pixels per image, and neither --all nor --show-input.")
        _submit(Predictor(resolve(model)), inputs[0], out)
        return
    if out and not all_:
        raise UsageError(
            "--out goes with --all (the picture with boxes) or --format kaggle (the submission). For the answers: --json > FILE"
        )
    into_folder = out is not None and (out.is_dir() or not out.suffix)
    if out and len(inputs) > 1 and not into_folder:
        raise UsageError(f"--out {out} is one picture, and {len(inputs)} are to be read. Expected a folder, for instance {out.stem}.")
    predictor = Predictor(resolve(model))
    pictures = Pictures(inputs, out if into_folder else None, show_input)
    answers: list[dict[str, Any]] = []
    unreadable = 0
    try:
        for path in inputs:
            try:
                if all_:
                    _page(predictor, path, pictures, out, answers, quiet=json)
                else:
                    _single(predictor, path, pictures, answers, quiet=json)
            except DataError as error:
                fail(str(error))
                unreadable += 1
    finally:  # a picture that cannot be written costs no answer
        if json:
            result_json(answers)
    if unreadable:
        raise typer.Exit(DataError.exit_status)


def _single(predictor: "Predictor", path: Path, pictures: "Pictures", answered: list[dict[str, Any]], *, quiet: bool) -> None:
    image = predictor.read(path)
    answer = predictor.predict([image])[0]
    answered.append({"input": str(path), **asdict(answer)})
    if not quiet:
        result(f"{path}: {said(answer)}{_others(answer)}")
    pictures.show_input(path, image, said(answer))


def _page(
    predictor: "Predictor", path: Path, pictures: "Pictures", out: Path | None, answered: list[dict[str, Any]], *, quiet: bool
) -> None:
    from convlet.predictor import page_facts

    characters = predictor.read_page(path)
    answers = predictor.predict([character.image for character in characters])
    facts = page_facts(characters, answers)
    answered.append({"input": str(path), **facts})
    if not quiet:
        result(f"{path}: {len(characters)} characters" + (f"\n\n{facts['text']}\n" if characters else " (no ink was found)"))
        found = table("line", "answer", "probability", "left", "top", "right", "bottom")
        for character, answer in zip(characters, answers, strict=True):
            label = plain(answer.label if answer.known else f"unknown ({answer.label})")
            found.add_row(str(character.line + 1), label, f"{answer.probability:.1%}", *map(str, character.box))
        if characters:
            show(found)
    if out:
        pictures.mark(path, out, characters, answers)
    for number, (character, answer) in enumerate(zip(characters, answers, strict=True), 1):
        pictures.show_input(path, character.image, said(answer), character.box, f"-{number:03d}")


def _submit(predictor: "Predictor", path: Path, out: Path | None) -> None:
    """Kaggle's form: images are numbered from 1 in the file's order."""
    import csv
    import io

    from convlet.data.csv import read_csv_images
    from convlet.files import user_path, write_text

    answers = predictor.probabilities(read_csv_images(user_path(path))).argmax(axis=1)
    names = predictor.signature.class_names
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")  # which quotes a name with a comma in it
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
    """An answer in words."""
    if answer.known:
        return f"{answer.label}  {answer.probability:.1%}"
    if not answer.probability:
        return answer.label
    return f"unknown  (most like {answer.label}, {answer.probability:.1%})"


def _others(answer: "Answer") -> str:
    others = ", ".join(f"{label} {probability:.1%}" for label, probability in answer.top[1:])
    return f"   (then {others})" if answer.known and others else ""
