"""The engines that train: which are here and which would be used. None is imported, as that takes seconds."""

import os
from collections.abc import Iterator

from convlet.checks.machine.item import OFF, OK, WRONG, Item
from convlet.checks.machine.packages import version_of
from convlet.system.engine import ENGINES
from convlet.system.installing import told as install

_GROUP = "engine"
_VARIABLE = "KERAS_BACKEND"
PACKAGES = {"tensorflow": ("tensorflow-cpu", "tensorflow"), "jax": ("jax",), "torch": ("torch",)}


def chosen() -> str:
    """Return the engine that a training would use."""
    return os.environ.get(_VARIABLE) or "tensorflow"


def installed(engine: str) -> str:
    """Return the package of an engine with its version, or "" if it is not here."""
    found = ((package, version_of(package)) for package in PACKAGES.get(engine, ()))
    return next((f"{package} {version}" for package, version in found if version), "")


def can_train() -> bool:
    """Return whether Keras and the chosen engine are here."""
    return bool(version_of("keras") and installed(chosen()))


def items() -> Iterator[Item]:
    """Yield what is found."""
    keras = version_of("keras")
    yield Item(_GROUP, "keras", OK if keras else OFF, keras or "not installed")
    for engine in ENGINES:
        here = installed(engine)
        yield Item(_GROUP, engine, OK if here else OFF, here or "not installed")
    yield _training()


def _training() -> Item:
    engine, told = chosen(), os.environ.get(_VARIABLE)
    if engine not in ENGINES:
        cure = f"Set {_VARIABLE} to one of {', '.join(ENGINES)}, or unset it."
        return Item(_GROUP, "trains with", WRONG, f"{_VARIABLE} is {engine!r}, which convlet does not support", cure)
    why = f", as {_VARIABLE} says" if told else f", unless {_VARIABLE} names another"
    if can_train():
        return Item(_GROUP, "trains with", OK, engine + why)
    if told and not installed(engine):
        cure = f"{install('train' if engine == 'tensorflow' else engine)}, or unset {_VARIABLE}."
        return Item(_GROUP, "trains with", WRONG, f"{_VARIABLE} is {engine}, which is not installed", cure)
    light = f"nothing: predict, serve and what else a finished model does work; to train: {install('train')}"
    return Item(_GROUP, "trains with", OFF, light)
