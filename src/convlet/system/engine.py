"""Where Keras is imported, quietly and only when something needs it.

Importing Keras with TensorFlow takes seconds and writes start-up notes of its own to stderr. Nothing else in the
package imports either at module level.
"""

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from convlet.errors import MissingExtraError, UsageError
from convlet.system.machine import cores, processor_flags

ENGINES = ("tensorflow", "jax", "torch")
MAX_REPLICAS = 64


def keras() -> Any:
    """The `keras` module, on the engine named by `KERAS_BACKEND` (TensorFlow unless it says otherwise).

    Raises:
        UsageError: `KERAS_BACKEND` names another engine than convlet trains on.
        MissingExtraError: the engine is not installed; the message gives the line that installs it.
    """
    backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if backend not in ENGINES:
        raise UsageError(
            f"KERAS_BACKEND is {backend!r}; convlet trains on one of {', '.join(ENGINES)}. Set it to one of them, or unset it."
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with _without_native_notes():
            import keras
    except ImportError as error:
        install = (
            "pip install --force-reinstall convlet" if backend == "tensorflow" else f"pip install 'convlet[{backend}]'"
        )
        raise MissingExtraError(
            f"the training engine {backend!r} cannot be imported ({error}). Install it: {install}"
        ) from error
    # A keras.json in the user's home may say otherwise; the recipes and every file convlet writes mean these.
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    import logging

    # TensorFlow warns of every further net in a process as if it were the same one, traced anew.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return keras


def on_tensorflow() -> bool:
    """Whether Keras runs on TensorFlow."""
    return bool(keras().backend.backend() == "tensorflow")


def tensorflow() -> Any:
    """The `tensorflow` module, imported after `keras` so that the settings above hold for it too. Ask `on_tensorflow` first."""
    keras()
    import tensorflow as tf

    return tf


def jax_platform() -> str:
    """What JAX computes on, "cpu" or a chip; nothing where Keras runs on another engine."""
    if keras().backend.backend() != "jax":
        return ""
    import jax

    return str(jax.devices()[0].platform)


def jitted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays, compiled where the engine is JAX, whose separate operations are slow."""
    if not jax_platform():
        return function
    import jax

    made: Callable[..., Any] = jax.jit(function)
    return made


def settle_chance(seed: int) -> None:
    """Start what torch draws at random, such as dropout, from a seed; the other engines keep the state of theirs in variables, which checkpoints hold."""
    if keras().backend.backend() == "torch":
        import torch

        torch.manual_seed(seed)


def settle_threads(replicas: int) -> str:
    """Have TensorFlow run every operation on one thread if several replicas are to run side by side without waiting for each other's parts.

    Returns:
        What the user should know, or nothing: a TensorFlow that has computed something in this process keeps the threads it started with.
    """
    if not on_tensorflow():
        return ""
    threading = tensorflow().config.threading
    if replicas > 1 and threading.get_intra_op_parallelism_threads() != 1:
        try:
            threading.set_intra_op_parallelism_threads(1)
        except RuntimeError:  # it has started
            return "TensorFlow keeps the threads it started with in this process: in a process of its own this training would be faster."
    if replicas > 1:
        return f"each batch is shared by {replicas} replicas, one thread each."
    if threading.get_intra_op_parallelism_threads() == 1 and cores() > 1:
        return "TensorFlow keeps to one thread since an earlier training in this process: in a process of its own this one would be faster."
    return ""


def choose_replicas(wanted: int | str, batch_size: int) -> int:
    """How many replicas to train in side by side.

    Args:
        wanted: "auto", or their number.
        batch_size: images per step, which they share.

    Returns:
        `wanted`; for "auto" one for each of this process's cores, with at least 64 images each. 1 on engines other than TensorFlow.
    """
    if not on_tensorflow():
        return 1
    return wanted if isinstance(wanted, int) else max(1, min(cores(), batch_size // 64, MAX_REPLICAS))


def choose_precision(wanted: str) -> tuple[str, str]:
    """What to train in, and why, in words.

    Args:
        wanted: "auto", "float32" or "bfloat16".

    Returns:
        "float32" or "bfloat16", and the reason.
    """
    if wanted != "auto":
        return wanted, "as the recipe says"
    if device := jax_platform():
        return (
            ("float32", "JAX is slower in bfloat16 on a processor")
            if device == "cpu"
            else ("bfloat16", f"JAX computes on a {device}")
        )
    if not on_tensorflow():
        return "float32", "as torch trains here"
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
