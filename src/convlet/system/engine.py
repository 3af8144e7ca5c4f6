"""Import Keras quietly and only when needed: with TensorFlow it takes seconds and writes messages to stderr."""

import contextlib
import functools
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from convlet.errors import UsageError
from convlet.system.cache import keep_together
from convlet.system.extras import missing
from convlet.system.machine import cores, processor_flags

ENGINES = ("tensorflow", "jax", "torch")
MAX_REPLICAS = 64


def keras() -> Any:
    """Return the `keras` module on the engine that `KERAS_BACKEND` names, TensorFlow by default.

    Raises:
        UsageError: convlet does not support it.
        MissingExtraError: it is not installed.
    """
    backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if backend not in ENGINES:
        raise UsageError(f"KERAS_BACKEND is {backend!r}; expected one of {', '.join(ENGINES)}, or nothing.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    keep_together()
    try:
        with _without_native_notes():
            import keras
    except ImportError as error:
        extra = "train" if backend == "tensorflow" else backend
        raise missing(extra, f"the training engine {backend!r} cannot be imported ({error})") from error
    # recipes and files rely on these, whatever the user's keras.json says
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    _keep_float32_exact(backend)
    import logging

    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns about each further net
    return keras


@functools.cache
def _keep_float32_exact(backend: str) -> None:
    """Keep an engine from rounding float32 products to 10 bits, as on GPUs: exports would not agree with the model."""
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_tensor_float_32_execution(False)
    elif backend == "jax":
        import jax

        if jax.config.jax_default_matmul_precision is None:  # the user has not set it
            jax.config.update("jax_default_matmul_precision", "highest")
    else:
        import torch

        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False


def on_tensorflow() -> bool:
    """Return whether Keras runs on TensorFlow."""
    return _engine() == "tensorflow"


def tensorflow() -> Any:
    """Return the `tensorflow` module. Check `on_tensorflow` first."""
    keras()
    import tensorflow as tf

    return tf


def jax_platform() -> str:
    """Return JAX's platform, such as "cpu"; "" on other engines."""
    if _engine() != "jax":
        return ""
    import jax

    return str(jax.devices()[0].platform)


def jitted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function of arrays on JAX, where separate operations are slow."""
    if not jax_platform():
        return function
    import jax

    made: Callable[..., Any] = jax.jit(function)
    return made


def settle_chance(seed: int) -> None:
    """Seed torch's random numbers. Other engines keep theirs in variables, which checkpoints save."""
    if _engine() == "torch":
        import torch

        torch.manual_seed(seed)


def chance() -> Any:
    """Return the state of torch's random numbers, uint8 (n,); None on other engines."""
    if _engine() != "torch":
        return None
    import torch

    return torch.get_rng_state().numpy()


def set_chance(state: Any) -> None:
    """Set the state of torch's random numbers to what `chance` returned."""
    import torch

    torch.set_rng_state(torch.from_numpy(state))


def settle_threads(replicas: int) -> str:
    """Give TensorFlow one thread per operation if several replicas run, and return a note for the user, or "".

    Once TensorFlow has computed anything, its threads cannot change.
    """
    if not on_tensorflow():
        return ""
    threading = tensorflow().config.threading
    if replicas > 1 and threading.get_intra_op_parallelism_threads() != 1:
        try:
            threading.set_intra_op_parallelism_threads(1)
        except RuntimeError:  # it has started
            return "TensorFlow cannot change this process's threads: this training would be faster in a new process."
    if replicas > 1:
        return f"each batch is shared by {replicas} replicas, one thread each."
    if threading.get_intra_op_parallelism_threads() == 1 and cores() > 1:
        return "TensorFlow stays at one thread after an earlier training: this one would be faster in a new process."
    return ""


def choose_replicas(wanted: int | str, batch_size: int) -> int:
    """Return the number of replicas per batch: `wanted`, or for "auto" one per core with at least 64 images each.

    It is 1 on engines other than TensorFlow.
    """
    if not on_tensorflow():
        return 1
    return wanted if isinstance(wanted, int) else max(1, min(cores(), batch_size // 64, MAX_REPLICAS))


def choose_precision(wanted: str) -> tuple[str, str]:
    """Return the precision to train in, "float32" or "bfloat16", and the reason; `wanted` may be "auto"."""
    if wanted != "auto":
        return wanted, "as the recipe says"
    if device := jax_platform():
        if device == "cpu":
            return "float32", "JAX is slower in bfloat16 on a processor"
        return "bfloat16", f"JAX computes on a {device}"
    if not on_tensorflow():
        return "float32", "as torch trains here"
    flags = processor_flags()
    for flag in ("amx_bf16", "avx512_bf16"):
        if flag in flags:
            return "bfloat16", f"this processor supports it ({flag})"
    return "float32", "this processor is not known to support bfloat16"


def _engine() -> str:
    return str(keras().backend.backend())


@contextlib.contextmanager
def _without_native_notes() -> Iterator[None]:
    """Silence native code, which writes to file descriptor 2; Python errors still get through."""
    with contextlib.ExitStack() as stack:
        try:
            saved, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        except OSError:  # no usable stderr (a daemon, a full descriptor table)
            yield
            return
        stack.callback(os.close, saved)
        stack.callback(os.dup2, saved, 2)
        os.dup2(sink, 2)
        os.close(sink)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield
