"""The Open Inference Protocol: JSON, binary tensors, and Triton's own client where it is installed."""

import json
import struct

import numpy as np
import pytest

from convlet.prediction.predictor import Predictor
from convlet.serving import limits
from tests.serving.running import Served


@pytest.fixture(scope="module")
def images(digits) -> np.ndarray:
    """Three digits and an empty image."""
    return np.concatenate([np.asarray(digits.test.images[:3]), np.zeros((1, 8, 8, 1), np.uint8)])


@pytest.fixture(scope="module")
def expected(run, images):
    predictor = Predictor(run.path)
    return predictor.predict(images), predictor.probabilities(images)


def tensor(images: np.ndarray, **changes):
    described = {"name": "image", "datatype": "UINT8", "shape": list(images.shape), "data": images.ravel().tolist()}
    return {key: value for key, value in {**described, **changes}.items() if value is not None}


def infer(server: Served, request, binary: bytes = b"", **headers):
    head = json.dumps(request).encode()
    if binary:
        headers = {
            "Inference_Header_Content_Length": str(len(head)),
            "Content_Type": "application/octet-stream",
            **headers,
        }
    return server.post(f"/v2/models/{server.name}/infer", head + binary, **headers)


class TestInfer:
    @pytest.mark.parametrize("nested", [False, True])
    def test_json(self, server: Served, images, expected, nested) -> None:
        answers, probabilities = expected
        data = images.tolist() if nested else images.ravel().tolist()
        given = infer(server, {"id": "a7", "inputs": [tensor(images, data=data)]}).json
        assert (given["model_name"], given["model_version"], given["id"]) == (server.name, "1", "a7")
        found, label, known = given["outputs"]
        np.testing.assert_allclose(np.reshape(found["data"], found["shape"]), probabilities, atol=1e-5)
        assert label["data"] == [answer.label for answer in answers]
        assert label["data"][-1] == "empty"
        assert known["data"] == [answer.known for answer in answers]

    def test_binary_both_ways(self, server: Served, images, expected) -> None:
        answers, probabilities = expected
        request = {
            "inputs": [tensor(images, data=None, parameters={"binary_data_size": images.size})],
            "parameters": {"binary_data_output": True},
        }
        given = infer(server, request, images.tobytes())
        assert given.headers["content-type"] == "application/octet-stream"
        length = int(given.headers["inference-header-content-length"])
        outputs, tail = json.loads(given.body[:length])["outputs"], given.body[length:]
        sizes = [output["parameters"]["binary_data_size"] for output in outputs]
        assert sum(sizes) == len(tail)
        np.testing.assert_allclose(np.frombuffer(tail[: sizes[0]], "<f4").reshape(-1, 10), probabilities, atol=1e-5)
        words = b"".join(struct.pack("<I", len(answer.label)) + answer.label.encode() for answer in answers)
        assert tail[sizes[0] : -sizes[2]] == words
        assert tail[-sizes[2] :] == bytes(answer.known for answer in answers)

    def test_each_output_as_it_is_asked_for(self, server: Served, images, expected) -> None:
        asked = [{"name": "known"}, {"name": "probabilities", "parameters": {"binary_data": True}}]
        given = infer(server, {"inputs": [tensor(images)], "outputs": asked})
        known, found = json.loads(given.body[: int(given.headers["inference-header-content-length"])])["outputs"]
        assert (known["name"], known["data"]) == ("known", [answer.known for answer in expected[0]])
        assert found["parameters"] == {"binary_data_size": 4 * 10 * 4}
        assert "data" not in found

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "input_1"},
            {"datatype": "FP32"},
            {"datatype": None},
            {"shape": [4, 8, 8]},
            {"shape": [4, 64]},
            {"shape": [-4, 8, 8, 1]},
            {"shape": [True, 8, 8, 1]},
            {"shape": "4"},
            {"data": None},
            {"data": [1, 2, 3]},
            {"data": [[1, 2], [3]]},
            {"data": [256] * 256},
            {"data": [-1] * 256},
            {"data": [0.5] * 256},
            {"data": ["1"] * 256},
            {"data": [True] * 256},
            {"data": [10**30] * 256},
            {"data": [True, *[0] * 255]},
            {"data": ["x" * 100_000, *[""] * 30_000]},
            {"data": [[[[0]]], "x" * 100_000]},
            {"data": [[0] * 256]},
            {"data": {"a": 1}},
            {"parameters": {"binary_data_size": 256}},
            {"parameters": {"binary_data_size": "256"}, "data": None},
            {"parameters": {"binary_data_size": 256}, "data": None},
            {"parameters": [1]},
        ],
        ids=str,
    )
    def test_tensors_that_cannot_be(self, server: Served, images, change) -> None:
        given = infer(server, {"inputs": [tensor(images, **change)]})
        assert given.status == 400, given.body
        assert isinstance(given.json["error"], str)

    @pytest.mark.parametrize(
        "change",
        [
            {"inputs": None},
            {"inputs": []},
            {"inputs": ["image"]},
            {"id": 7},
            {"parameters": 7},
            {"parameters": {"binary_data_output": 1}},
            {"outputs": {"name": "label"}},
            {"outputs": ["label"]},
            {"outputs": [{"name": "other"}]},
            {"outputs": [{"name": "label"}, {"name": "label"}]},
            {"outputs": [{"name": "label", "parameters": {"classification": 3}}]},
            {"outputs": [{"name": "label", "parameters": {"binary_data": "yes"}}]},
        ],
        ids=str,
    )
    def test_requests_that_cannot_be(self, server: Served, images, change) -> None:
        assert infer(server, {"inputs": [tensor(images)], **change}).status == 400

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 100_000, b'"\\ud800"'])
    def test_what_is_no_json(self, server: Served, body) -> None:
        assert server.post(f"/v2/models/{server.name}/infer", body).status == 400

    @pytest.mark.parametrize("length", ["-1", "x", "1.5", "", "100000000", "9" * 5000, "²"])
    def test_header_lengths_that_cannot_be(self, server: Served, images, length) -> None:
        assert infer(server, {"inputs": [tensor(images)]}, Inference_Header_Content_Length=length).status == 400

    def test_how_much_is_taken(self, server: Served, images) -> None:
        many = np.repeat(images[:1], limits.IMAGES + 1, axis=0)
        parameters = {"binary_data_size": many.size}
        assert infer(server, {"inputs": [tensor(many, data=None, parameters=parameters)]}, many.tobytes()).status == 413
        assert len(infer(server, {"inputs": [tensor(many[1:])]}).json["outputs"][1]["data"]) == limits.IMAGES
        assert infer(server, {"inputs": [tensor(images)], "id": "x" * limits.JSON}).status == 413

    def test_types_that_are_not_taken(self, server: Served, images) -> None:
        assert infer(server, {"inputs": [tensor(images)]}, Content_Type="text/xml").status == 415
        assert infer(server, {"inputs": [tensor(images)]}, Content_Encoding="gzip").status == 415


class TestTriton:
    """The official client of the Triton Inference Server."""

    @pytest.fixture
    def client(self, server: Served):
        http = pytest.importorskip(
            "tritonclient.http", reason="tritonclient[http] is not installed", exc_type=ImportError
        )
        client = http.InferenceServerClient(f"127.0.0.1:{server.port}")
        yield client
        client.close()

    def test_its_questions(self, client, server: Served) -> None:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready(server.name)
        assert client.is_model_ready(server.name, "1")
        assert not client.is_model_ready("other")
        assert client.get_server_metadata()["name"] == "convlet"
        assert client.get_model_metadata(server.name)["inputs"][0]["shape"] == [-1, 8, 8, 1]

    @pytest.mark.parametrize("binary", [True, False])
    def test_its_inference(self, client, server: Served, images, expected, binary) -> None:
        import tritonclient.http as triton

        given = triton.InferInput("image", list(images.shape), "UINT8")
        given.set_data_from_numpy(images, binary_data=binary)
        asked = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("probabilities", "label", "known")]
        for outputs in (asked, None):
            found = client.infer(server.name, [given], outputs=outputs, request_id="1")
            np.testing.assert_allclose(found.as_numpy("probabilities"), expected[1], atol=1e-5)
            labels = [label.decode() if isinstance(label, bytes) else label for label in found.as_numpy("label")]
            assert labels == [answer.label for answer in expected[0]]
            assert found.as_numpy("known").tolist() == [answer.known for answer in expected[0]]
            assert found.get_response()["id"] == "1"

    def test_its_errors(self, client, server: Served) -> None:
        import tritonclient.http as triton

        given = triton.InferInput("image", [1, 4, 4, 1], "UINT8")
        given.set_data_from_numpy(np.zeros((1, 4, 4, 1), np.uint8))
        with pytest.raises(triton.InferenceServerException, match="the shape of 'image'"):
            client.infer(server.name, [given])
