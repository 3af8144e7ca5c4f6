"""Offer to install a missing extra, in a terminal, and go on with the command."""

import os
import subprocess
import sys

import typer

from convlet.cli.console import MANNER, fail, note
from convlet.errors import MissingExtraError
from convlet.system.installing import LARGE, installing


def offer(error: MissingExtraError) -> None:
    """Ask whether to install what is missing; on yes install it and run this command anew, which does not return.

    Nobody is asked without a terminal, with `--quiet` or `--json`, or where the variable `CI` is set.
    """
    if error.extra is None or not _may_ask():
        return
    words = installing(error.extra)
    size = f" ({LARGE[error.extra]})" if error.extra in LARGE else ""
    if not typer.confirm(f"Install it now{size}?", default=False, err=True):
        return
    try:
        failed = subprocess.run(words, stdout=sys.stderr.fileno(), check=False).returncode  # noqa: S603  ours
    except OSError as problem:
        fail(f"{words[0]} cannot be run: {problem.strerror}. Install the extra yourself, with the command above.")
        return
    if failed:
        fail(f"The installation failed (status {failed}); the lines above say why.")
        return
    note(f"installed. Going on with: convlet {' '.join(sys.argv[1:])}")
    again = [sys.executable, "-P", "-m", "convlet", *sys.argv[1:]]
    if os.name == "nt":  # which has no exec: the shell would not wait
        sys.exit(subprocess.run(again, check=False).returncode)  # noqa: S603  ours
    os.execv(sys.executable, again)  # noqa: S606  ours


def _may_ask() -> bool:
    if os.environ.get("CI") or MANNER.quiet or "--json" in sys.argv:
        return False
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
