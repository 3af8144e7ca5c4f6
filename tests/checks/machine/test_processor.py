"""The processor, with features and limits that are given."""

from pathlib import Path

import pytest

from convlet.checks.machine import HINT, OFF, OK, WRONG, Item, engines, processor


@pytest.fixture
def features(monkeypatch: pytest.MonkeyPatch):
    def looked(*flags: str, machine: str = "x86_64") -> dict[str, Item]:
        monkeypatch.setattr(processor, "processor_flags", lambda: {*flags})
        monkeypatch.setattr(processor.platform, "machine", lambda: machine)
        return {one.name: one for one in processor.items()}

    monkeypatch.setattr(processor, "installed", lambda engine: "tensorflow-cpu 2.21")
    return looked


def test_bfloat16(features) -> None:
    found = features("avx", "avx2", "avx512_bf16")
    assert (found["bfloat16"].state, found["instructions"].state) == (OK, OK)
    assert "avx2" in found["instructions"].found
    assert features("avx")["bfloat16"].state == OFF


def test_tensorflow_ends_where_there_is_no_avx(features) -> None:
    assert features("sse2")["instructions"].state == WRONG
    assert "instructions" not in features("asimd", machine="aarch64")


def test_a_system_that_tells_nothing(features) -> None:
    assert features()["instructions"].state == OK


def test_a_container_with_less_time_than_cores(features, monkeypatch, tmp_path: Path) -> None:
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(processor, "_QUOTA", quota)
    monkeypatch.setattr(processor, "cores", lambda: 8)
    quota.write_text("150000 100000\n")
    assert processor.allowed() == 1.5
    cores = features("avx")["cores"]
    assert cores.state == HINT
    assert "OMP_NUM_THREADS=2" in cores.cure
    quota.write_text("max 100000\n")
    assert processor.allowed() is None
    assert features("avx")["cores"].state == OK


def test_fewer_threads_than_cores(features, monkeypatch) -> None:
    monkeypatch.setattr(processor, "cores", lambda: 8)
    monkeypatch.setattr(processor, "allowed", lambda: None)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert features("avx")["threads"].cure == "Unset OMP_NUM_THREADS."
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert features("avx")["threads"].state == OK


def test_an_engine_that_is_not_known_or_not_here(monkeypatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    *_, last = engines.items()
    assert last.state == WRONG
    assert "'theano'" in last.found
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(engines, "version_of", lambda package: None)
    *_, last = engines.items()
    assert (last.state, "[jax]" in last.cure) == (WRONG, True)
    monkeypatch.delenv("KERAS_BACKEND")
    *_, last = engines.items()
    assert (last.state, "[train]" in last.found) == (OFF, True)
