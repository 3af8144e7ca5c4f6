"""The paths of the Open Inference Protocol."""

import pytest

from tests.serving.running import Served


class TestWhatIsServed:
    def test_the_server(self, server: Served) -> None:
        assert server.get("/v2").json["extensions"] == ["binary_tensor_data"]
        assert server.get("/v2/health/live").json == {"live": True}
        assert server.get("/v2/health/ready").json == {"ready": True}

    @pytest.mark.parametrize("version", ["", "/versions/1"])
    def test_the_model(self, server: Served, version) -> None:
        path = f"/v2/models/{server.name}{version}"
        assert server.name == "digits-small-data"
        given = server.get(path).json
        assert given["inputs"] == [{"name": "image", "datatype": "UINT8", "shape": [-1, 8, 8, 1]}]
        assert [(one["name"], one["datatype"], one["shape"]) for one in given["outputs"]] == [
            ("probabilities", "FP32", [-1, 10]),
            ("label", "BYTES", [-1]),
            ("known", "BOOL", [-1]),
        ]
        assert server.get(f"{path}/ready").json == {"name": server.name, "ready": True}

    @pytest.mark.parametrize(
        "path", ["/v2/models/other", "/v2/models/digits-small-data/versions/2", "/v2/repository/index"]
    )
    def test_nothing_else(self, server: Served, path) -> None:
        given = server.get(path)
        assert given.status == 404
        assert isinstance(given.json["error"], str)
