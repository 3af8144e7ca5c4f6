"""What scikit-learn asks of a class, with and without scikit-learn."""

import subprocess
import sys

import pytest

from convlet.errors import CheckError, DataError, OutputError, UsageError
from convlet.system.installing import told
from convlet.training.estimator.bases import value_errors

WITHOUT = """
import sys
sys.modules["sklearn"] = None  # as if it were not installed
import convlet
kind = convlet.Classifier
try:
    kind("fast")
except convlet.ConvletError as error:
    print(type(error).__name__, error.exit_status, error)
"""


def test_without_scikit_learn_the_class_is_there_and_says_what_is_missing_when_it_is_used() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("MissingExtraError 5 this needs sklearn.base")
    assert f"Install it: {told('train')}" in done.stdout


@pytest.mark.parametrize("kind", [DataError, UsageError])
def test_wrong_inputs_and_settings_are_value_errors(kind: type[Exception]) -> None:
    with pytest.raises(ValueError, match="what is wrong") as caught, value_errors():
        raise kind("what is wrong")
    assert isinstance(caught.value.__cause__, kind)


@pytest.mark.parametrize("kind", [OutputError, CheckError])
def test_other_errors_stay(kind: type[Exception]) -> None:
    with pytest.raises(kind), value_errors():
        raise kind("a full disk")
