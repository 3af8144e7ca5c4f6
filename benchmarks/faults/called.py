"""Run the command line in this process, where thousands of calls take minutes."""

import contextlib
import io
import sys
import traceback
from pathlib import Path

import numpy as np
from PIL import Image

SMALL = ["--recipe", "small-data", "--set", "epochs=2", "--set", "checkpoint_seconds=0"]


def called(words: list[str]) -> tuple[int, str, str]:
    """Run `convlet` with these words; return its exit status, and what it wrote to stdout and stderr."""
    from convlet import cli

    sys.argv = ["convlet", *words]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            cli.main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        except Exception:  # noqa: BLE001  what must not happen, and is to be counted
            traceback.print_exc()
            status = 1
    return status, out.getvalue(), said.getvalue()


def draw_one(path: Path) -> None:
    """Write a picture of a 1."""
    Image.fromarray(np.pad(np.zeros((60, 8), np.uint8), 40, constant_values=255)).save(path, "PNG")
