"""The log of a server."""

import re

import numpy as np

from tests.images import encoded
from tests.serving.running import Served, served


class TestLog:
    def test_a_line_for_each_request(self, run, seven) -> None:
        body = encoded(seven)
        with served(run.path) as server:
            server.post("/predict?input=1", body, X_Request_ID="my-request.1")
            given = server.get("/nothing/../odd\\path", X_Request_ID="no good: spaces, and more")
            lines = server.log(2)
        first, second = lines
        assert set(first) == {"time", "id", "method", "path", "status", "ms", "bytes", "sent"}
        assert (first["id"], first["method"], first["path"], first["status"]) == (
            "my-request.1",
            "POST",
            "/predict",
            200,
        )
        assert first["bytes"] == len(body)
        assert 0 < first["ms"] < 10_000
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", first["time"])
        assert second["id"] == given.headers["x-request-id"] == given.headers["x-request-id"].strip()
        assert re.fullmatch("[0-9a-f]{16}", second["id"])
        assert max(map(len, server.lines.getvalue().decode().splitlines())) < 500


def test_pixels_are_not_logged(server: Served) -> None:
    """Not even for a refused body."""
    marked = b"\x89PNG\r\n\x1a\n" + b"SECRETPIXELS" * 10
    server.post("/predict", marked)
    server.post(f"/v2/models/{server.name}/infer", b'{"inputs": "SECRETPIXELS"}')
    server.post("/predict", encoded(np.zeros((8, 8), np.uint8)))
    server.log(3)
    assert "SECRETPIXELS" not in server.lines.getvalue().decode()
