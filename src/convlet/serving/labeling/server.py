"""Serve the page that puts labels right, on this machine alone, until it is told to end."""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from convlet.checks.labeling.answers import Answers, answered, unanswered
from convlet.checks.labeling.images import images_in
from convlet.checks.labeling.journal import Journal
from convlet.checks.labeling.session import Session
from convlet.serving.labeling.app import LabelApp
from convlet.serving.local import listening, run_until_told
from convlet.system.watch import Watch


def serve_labels(
    folder: Path,
    model: Path | None,
    who: str,
    on_ready: Callable[[str], None],
    *,
    port: int = 0,
    only: Sequence[str] = (),
    watch: Watch | None = None,
) -> None:
    """Let people decide about a folder's labels until SIGTERM or Ctrl-C.

    Args:
        folder: of images, in class folders or not.
        model: a run folder or model file that proposes labels; None to judge labels by cross-validation.
        who: decides, for the journal.
        on_ready: receives the page's address, with the token without which it shows nothing.
        port: 0 picks a free one.
        only: the paths of the images to show; all without any. They are not judged without a model.
        watch: callbacks.

    Raises:
        DataError: the folder cannot be used, or its `labels.csv` is no list of decisions.
        ModelError: the model cannot be used, or one is needed.
        OutputError: the folder cannot be written to, or another program has it open.
        InputError: the port is in use.
    """
    watch = watch or Watch()
    found = images_in(folder)
    with Journal(found.folder) as journal, listening(port) as door:
        answers: Answers = unanswered(found) if only and model is None else answered(found, model, watch)
        token = secrets.token_urlsafe(24)
        app = LabelApp(Session(found, answers, journal, who, only), token).starlette()
        run_until_told(app, door, lambda url: on_ready(f"{url}#token={token}"))
