"""Without the extra `train`, whatever needs it ends at once with one line that says how to install it."""

import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from convlet.checks.machine.packages import NOT_FOR_USERS
from convlet.errors import MissingExtraError
from convlet.system.extras import TRAIN, optional, require_train
from tests import light


def test_a_missing_module_is_told_with_its_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"this needs convlet_nothing .*\[heif\]") as caught:
        optional("convlet_nothing", "heif")
    assert caught.value.extra == "heif"


def test_what_is_there_is_not_missing() -> None:
    require_train("training")
    assert optional("keras", "train")


@pytest.mark.parametrize(
    "code",
    [
        "convlet.train(None)",
        "convlet.tune(None)",
        "convlet.evaluate('digits')",
        "convlet.compare(['digits'])",
        "convlet.export(convlet.Run('digits'), 'onnx')",
        "convlet.explain('digits', numpy.zeros((28, 28, 1), numpy.uint8), method='grad-cam', label='7')",
        "convlet.load('digits')",
        "convlet.check(None, labels=True)",
        "convlet.build_model((28, 28, 1), 10, convlet.recipe('fast'))",
    ],
)
def test_calls_that_need_it_tell_the_command(code: str) -> None:
    done = subprocess.run(light.python(f"import convlet, numpy; {code}"), capture_output=True, text=True, check=False)

    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("convlet.errors.MissingExtraError: "), done.stderr
    assert "install" in last
    assert "[train]" in last


def test_the_extra_has_all_that_is_asked_for_and_the_light_part_nothing_of_it() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    light_part = {Requirement(line).name for line in project["dependencies"]}
    train = {Requirement(line).name for line in project["optional-dependencies"]["train"]}
    packages = metadata.packages_distributions()
    for module in (*TRAIN, "tensorflow"):
        if module != "h5py":  # which Keras brings
            assert {*map(canonicalize_name, packages[module])} & train, module
        assert not {*map(canonicalize_name, packages[module])} & light_part, module


def test_the_page_about_installing_names_each_extra() -> None:
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (root / "docs" / "start" / "install.md").read_text(encoding="utf-8")
    named = {name for name in project["optional-dependencies"] if f"`{name}`" in text or f"`convlet[{name}]`" in text}
    assert {*project["optional-dependencies"]} - named == NOT_FOR_USERS & {*project["optional-dependencies"]}
