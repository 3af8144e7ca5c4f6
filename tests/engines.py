"""Engines other than this process's, in separate processes."""

from pathlib import Path

# The beginning of a program that cannot import TensorFlow.
WITHOUT_TENSORFLOW = """
import sys
from importlib.machinery import PathFinder

class WithoutTensorFlow(PathFinder):  # as if it were not installed
    @classmethod
    def find_spec(cls, name, *rest):
        return None if name.partition(".")[0] == "tensorflow" else super().find_spec(name, *rest)

sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutTensorFlow
"""


def environment(engine: str, folder: Path) -> dict[str, str]:
    """What such a process needs in its environment.

    Most of a short training's time is JAX's compiler's: it optimizes nothing, and keeps in `folder` what it compiled.
    """
    return {
        "KERAS_BACKEND": engine,
        "JAX_PLATFORMS": "cpu",
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "XLA_FLAGS": "--xla_backend_optimization_level=0",
    }
