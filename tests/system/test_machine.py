import platform
from pathlib import Path

import pytest

import convlet
from convlet.errors import UsageError
from convlet.system import engine
from convlet.system.engine import choose_precision, choose_replicas
from convlet.system.machine import processor, processor_flags, versions


def test_the_versions_are_those_that_run() -> None:
    import keras

    assert versions()["python"] == platform.python_version()
    assert versions()["keras"] == keras.__version__


def test_the_processor_has_a_name() -> None:
    assert processor()


@pytest.mark.skipif(
    not Path("/proc/cpuinfo").exists(), reason="only Linux tells the processor's features in /proc/cpuinfo"
)
def test_the_processors_features_decide_the_precision() -> None:
    flags = processor_flags()
    assert "fpu" in flags or "fp" in flags  # x86, ARM
    chosen, reason = choose_precision("auto")
    assert chosen == ("bfloat16" if flags & {"amx_bf16", "avx512_bf16"} else "float32")
    assert "processor" in reason


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_a_recipe_that_names_its_precision_gets_it(wanted: str) -> None:
    assert choose_precision(wanted)[0] == wanted


@pytest.mark.parametrize(
    ("cores", "batch_size", "expected"), [(2, 256, 2), (1, 256, 1), (16, 256, 4), (8, 63, 1), (96, 8192, 64)]
)
def test_a_replica_for_each_core_with_enough_images_each(
    cores: int, batch_size: int, expected: int, monkeypatch
) -> None:
    monkeypatch.setattr(engine, "cores", lambda: cores)
    chosen = choose_replicas("auto", batch_size)
    assert chosen == expected
    assert convlet.recipe("fast", batch_size=batch_size, replicas=chosen).replicas == expected
    assert choose_replicas(3, batch_size) == 3


@pytest.mark.parametrize("name", ["theano", "Jax", ""])
def test_an_engine_convlet_does_not_train_on(name: str, monkeypatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", name)
    with pytest.raises(UsageError, match="tensorflow, jax, torch"):
        engine.keras()
