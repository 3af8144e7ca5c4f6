"""Where Keras is imported, quietly and only when something needs it.

Importing Keras with TensorFlow takes seconds and writes start-up notes of its own to stderr. Nothing else in the
package imports either at module level.
"""

import contextlib
import os
import warnings
from collections.abc import Iterator
from typing import Any

from convlet.errors import MissingExtraError, UsageError
from convlet.machine import processor_flags


def keras() -> Any:
    """The `keras` module, on the engine named by `KERAS_BACKEND` (TensorFlow unless it says otherwise).

    Raises:
        MissingExtraError: the engine is not installed; the message gives the line that installs it.
    """
    backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with _without_native_notes():
            import keras
    except ImportError as error:
        raise MissingExtraError(
            f"the training engine {backend!r} cannot be imported ({error}). Install it: pip install --force-reinstall convlet"
        ) from error
    # A keras.json in the user's home may say otherwise; the recipes and every file convlet writes mean these.
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    return keras


def tensorflow() -> Any:
    """The `tensorflow` module, imported after `keras` so that the settings above hold for it too.

    Raises:
        UsageError: Keras runs on another engine.
    """
    if (engine := keras().backend.backend()) != "tensorflow":
        raise UsageError(f"this version of convlet trains on TensorFlow, and Keras is set to {engine}: unset KERAS_BACKEND.")
    import tensorflow as tf

    return tf


def choose_precision(wanted: str) -> tuple[str, str]:
    """What to train in, and why, in words.

    Args:
        wanted: "auto", "float32" or "bfloat16".

    Returns:
        "float32" or "bfloat16", and the reason.
    """
    if wanted != "auto":
        return wanted, "as the recipe says"
    flags = processor_flags()
    for flag in ("amx_bf16", "avx512_bf16"):
        if flag in flags:
            return "bfloat16", f"this processor multiplies in it ({flag})"
    return "float32", "this processor is not known to multiply in bfloat16"


@contextlib.contextmanager
def _without_native_notes() -> Iterator[None]:
    """Keep what native code writes to file descriptor 2 while it loads off the terminal; Python errors still come through."""
    with contextlib.ExitStack() as stack:
        try:
            saved, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        except OSError:  # no usable stderr (a daemon, a full descriptor table): nothing to keep quiet
            yield
            return
        stack.callback(os.close, saved)
        stack.callback(os.dup2, saved, 2)
        os.dup2(sink, 2)
        os.close(sink)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield
