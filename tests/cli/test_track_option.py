"""`convlet train --track`: what is said before a training begins."""

import sys

import pytest


@pytest.mark.parametrize(("name", "module"), [("tensorboard", "tensorboardX.event_file_writer"), ("mlflow", "mlflow")])
def test_a_missing_library(name: str, module: str, convlet, monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    status, out, err = convlet("train", "digits", "--track", name)
    assert (status, out) == (5, "")
    assert f"pip install 'convlet[{name}]'" in err
    assert not list(tmp_path.iterdir())


def test_a_server_that_is_down_is_said_before_anything_begins(convlet, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    status, out, err = convlet("train", "digits", "--track", "mlflow")
    assert (status, out) == (3, "")
    assert "MLflow cannot be used at http://127.0.0.1:9" in err
    assert "secret" not in err
    assert not list(tmp_path.iterdir())


def test_an_unknown_tracker(convlet) -> None:
    status, _, err = convlet("train", "digits", "--track", "tensorbord")
    assert status == 2
    assert "The trackers are: tensorboard, mlflow" in err
