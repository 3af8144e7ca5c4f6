"""Write pictures for `convlet predict`: what the model saw, pages with boxes."""

from collections.abc import Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convlet.cli.console import note
from convlet.errors import UsageError
from convlet.system.text import shown

if TYPE_CHECKING:
    from PIL import Image

    from convlet.prediction.pages import Page


class Pictures:
    """The pictures that one command writes, and their names."""

    def __init__(self, originals: Sequence[Path], out: Path | None, inputs: Path | None) -> None:
        from convlet.system.files import made_folder, real_path, user_path

        self.originals = {real_path(user_path(path)) for path in originals}
        self.out = out
        pages = out if out and (out.is_dir() or not out.suffix) else None
        self.pages, self.inputs = (made_folder(user_path(each)) if each else None for each in (pages, inputs))
        self.taken: set[Path] = set()

    def show_input(
        self, path: Path, image: Any, answer: str, box: tuple[int, int, int, int] | None = None, number: str = ""
    ) -> None:
        """If there is a folder for them, write NAME.png, original and input side by side, and NAME-input.png."""
        from convlet.reading import upright
        from convlet.reading.show import LONGEST, as_picture, beside

        if not self.inputs:
            return
        original = upright(path, None if box else LONGEST)
        name = self._free(self.inputs / f"{path.stem}{number}.png")
        save(beside(original.crop(box) if box else original, image, answer), name)
        save(as_picture(image), self._free(name.with_name(f"{name.stem}-input.png")))
        if not box:
            note(f"{shown(str(path))}: what the model saw is in {name}")

    def mark(self, path: Path, page: "Page") -> None:
        """Write the page with its boxes to `out`, or into that folder, if there is one."""
        from convlet.reading import upright
        from convlet.reading.marked import marked
        from convlet.system.files import user_path

        if not self.out:
            return
        labels = [
            symbol or (answer.label if answer.known else f"{answer.label}?")
            for answer, symbol in zip(page.answers, page.symbols, strict=True)
        ]
        lines = dict.fromkeys(one.line for one in page)
        rows = [
            (row.text, [one.box for one in page if one.line == line])
            for row, line in zip(page.rows, lines, strict=page.grid is None)
            if not page.grid  # its cells are where they are read
        ]
        known = [answer.known or bool(symbol) for answer, symbol in zip(page.answers, page.symbols, strict=True)]
        drawn = marked(upright(path), [one.box for one in page], labels, known, rows)
        target = self._free(self.pages / f"{path.stem}.png") if self.pages else user_path(self.out)
        save(drawn, target, self.originals)
        note(f"boxes drawn in {target}")

    def _free(self, path: Path) -> Path:
        """Return the path, numbered if it is an original or this command has already used it."""
        from convlet.system.files import real_path

        number, free = 1, path
        while free in self.taken or real_path(free) in self.originals:
            number += 1
            free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        self.taken.add(free)
        return free


def save(picture: "Image.Image", path: Path, originals: Set[Path] = frozenset()) -> None:
    """Write a picture atomically, in the format its suffix names.

    Raises:
        UsageError: the suffix is not that of a picture format, or the path is one of the resolved `originals`.
        OutputError: it cannot be written.
    """
    from PIL import Image

    from convlet.system.files import real_path, replacing

    if real_path(path) in originals:
        raise UsageError(f"--out {path} is a picture to read. Choose another name: your files are never overwritten.")
    if Image.registered_extensions().get(path.suffix.lower()) not in Image.SAVE:
        raise UsageError(
            f"{path} is not the name of a picture. Expected, for instance, {path.name or 'page'}.png, or of a table of "
            "pages .csv, .parquet or .jsonl."
        )
    with replacing(path) as temporary:
        picture.save(temporary)
