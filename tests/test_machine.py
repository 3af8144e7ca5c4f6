import platform
from pathlib import Path

import pytest

from convlet.engine import choose_precision
from convlet.machine import processor, processor_flags, versions


def test_the_versions_are_those_that_run() -> None:
    import keras

    assert versions()["python"] == platform.python_version()
    assert versions()["keras"] == keras.__version__


def test_the_processor_has_a_name() -> None:
    assert processor()


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="only Linux tells the processor's features in /proc/cpuinfo")
def test_the_processors_features_decide_the_precision() -> None:
    flags = processor_flags()
    assert "fpu" in flags or "fp" in flags  # x86, ARM
    chosen, reason = choose_precision("auto")
    assert chosen == ("bfloat16" if flags & {"amx_bf16", "avx512_bf16"} else "float32")
    assert "processor" in reason


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_a_recipe_that_names_its_precision_gets_it(wanted: str) -> None:
    assert choose_precision(wanted)[0] == wanted
