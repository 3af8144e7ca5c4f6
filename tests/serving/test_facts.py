"""The facts of a server."""

import convlet
from tests.serving.running import Served, served


def test_the_model(server: Served, run) -> None:
    signature = convlet.Predictor(run.path).signature
    given = server.get("/model").json
    assert given["name"] == "digits-small-data"
    assert (given["dataset"], given["recipe"], given["version"]) == ("digits", "small-data", convlet.__version__)
    assert tuple(given["input_shape"]) == signature.input_shape
    assert tuple(given["classes"]) == signature.class_names
    assert given["threshold"] == signature.threshold
    assert given["form"]["kind"] == "ink"


def test_a_name_of_ones_own(run) -> None:
    with served(run.path, name="numbers") as server:
        assert server.get("/v2/models/numbers/ready").status == 200


def test_head_is_get_without_a_body(server: Served) -> None:
    given, headless = server.get("/model"), server.ask("HEAD", "/model")
    assert (headless.status, headless.body) == (200, b"")
    assert headless.headers["content-length"] == str(len(given.body))
