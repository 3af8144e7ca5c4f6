"""`convlet predict`."""

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convlet.cli.console import fail, note, plain, result, result_json, show, table
from convlet.cli.train import Json
from convlet.errors import DataError, OutputError, UsageError

if TYPE_CHECKING:
    from PIL import Image

    from convlet.predictor import Answer, Predictor
    from convlet.reading import Character

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
    pictures = _Pictures(inputs, out if into_folder else None, show_input)
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


def _single(predictor: "Predictor", path: Path, pictures: "_Pictures", answered: list[dict[str, Any]], *, quiet: bool) -> None:
    image = predictor.read(path)
    answer = predictor.predict([image])[0]
    answered.append({"input": str(path), **asdict(answer)})
    if not quiet:
        result(f"{path}: {said(answer)}{_others(answer)}")
    pictures.show_input(path, image, said(answer))


def _page(
    predictor: "Predictor", path: Path, pictures: "_Pictures", out: Path | None, answered: list[dict[str, Any]], *, quiet: bool
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


class _Pictures:
    """Where pictures go, and under which names."""

    def __init__(self, originals: Sequence[Path], marked: Path | None, inputs: Path | None) -> None:
        from convlet.files import user_path

        self.originals = {user_path(path).resolve() for path in originals}
        self.marked, self.inputs = (user_path(folder) if folder else None for folder in (marked, inputs))
        self.taken: set[Path] = set()
        for folder in (self.marked, self.inputs):
            if folder:
                try:
                    folder.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise OutputError(f"cannot make the folder {folder}: {error.strerror or error}.") from error

    def show_input(self, path: Path, image: Any, answer: str, box: tuple[int, int, int, int] | None = None, number: str = "") -> None:
        """Write NAME.png, both side by side, and NAME-input.png, the model's input as it is, if that was asked for."""
        from convlet.reading import upright
        from convlet.reading.show import as_picture, beside

        if not self.inputs:
            return
        original = upright(path)
        name = self._free(self.inputs / f"{path.stem}{number}.png")
        _save(beside(original.crop(box) if box else original, image, answer), name)
        _save(as_picture(image), self._free(name.with_name(f"{name.stem}-input.png")))

    def mark(self, path: Path, out: Path, characters: Sequence["Character"], answers: Sequence["Answer"]) -> None:
        """Write the page with its boxes."""
        from convlet.files import user_path
        from convlet.reading import upright
        from convlet.reading.show import marked

        labels = [answer.label if answer.known else f"{answer.label}?" for answer in answers]
        drawn = marked(upright(path), [one.box for one in characters], labels, [answer.known for answer in answers])
        target = self._free(self.marked / f"{path.stem}.png") if self.marked else user_path(out)
        if target.resolve() in self.originals:
            raise UsageError(f"--out {out} is one of the pictures to be read. Choose another name: nothing of yours is written over.")
        _save(drawn, target)
        note(f"boxes drawn in {target}")

    def _free(self, path: Path) -> Path:
        """The path, or with a number behind it if another file of this call has the same name, or it is one of the originals."""
        number, free = 1, path
        while free in self.taken or free.resolve() in self.originals:
            number += 1
            free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        self.taken.add(free)
        return free


def _save(picture: "Image.Image", path: Path) -> None:
    from PIL import Image

    from convlet.files import replacing

    if Image.registered_extensions().get(path.suffix.lower()) not in Image.SAVE:
        raise UsageError(f"{path} has no suffix that says which picture to write. Expected for instance {path.name or 'page'}.png.")
    with replacing(path) as temporary:
        picture.save(temporary)
