"""The command line. Results go to stdout, progress and notes to stderr; only this package prints.

This file imports nothing slow, so that Ctrl-C while the rest is imported ends in one line.
"""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convlet.errors import ConvletError

INTERRUPTED = 130  # what a shell calls 128 + SIGINT


def main(unsaid: "type[ConvletError] | tuple[()]" = ()) -> None:
    """Run the `convlet` command. Exit status: see `convlet.errors`; 130 when interrupted.

    Args:
        unsaid: an error that another process already reports.
    """
    try:
        from convlet.cli.commands import run

        run(unsaid)
    except KeyboardInterrupt:  # outside a verb; inside one it becomes an exit
        sys.stderr.write("interrupted.\n")
        _exit_at_once(INTERRUPTED)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            _exit_at_once(INTERRUPTED)
        raise


def _exit_at_once(status: int) -> None:
    """Exit without tearing down the interpreter: an engine's threads, still at work, would crash in it."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)
