"""What a server tells of itself: the model, its description, its meters, its log, the page's files."""

import contextlib
import re

import jsonschema
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

import convlet
from convlet.serving import static
from tests.serving.running import Served, answer, picture, served


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


class TestDescription:
    def test_it_is_openapi(self, server: Served) -> None:
        document = server.get("/openapi.json").json
        assert document["openapi"].startswith("3.1")
        for schema in document["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)
        named = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
        assert named == set(document["components"]["schemas"])

    def test_every_route_is_in_it(self, server: Served) -> None:
        described = {(path, method) for path, operations in server.document["paths"].items() for method in operations}
        served_ = {
            (route.path, method.lower())
            for route in server.server._app.routes
            for method in route.methods
            if method != "HEAD"
        }
        assert described == {
            (path, method) for path, method in served_ if path != "/" and not path.startswith("/static/")
        }


class TestMetrics:
    def test_what_happened_is_counted(self, run, seven, page) -> None:
        with served(run.path) as server:
            for _ in range(3):
                server.post("/predict", picture(seven))
            server.post("/predict/page", picture(page))
            server.post("/predict", b"nothing")
            server.get("/nothing")
            families = text_string_to_metric_families(server.get("/metrics").body.decode())
            samples = {
                (each.name, *sorted(each.labels.values())): each.value for family in families for each in family.samples
            }
        assert samples["convlet_requests_total", "/predict", "200"] == 3
        assert samples["convlet_requests_total", "/predict", "415"] == 1
        assert samples["convlet_requests_total", "404", "other"] == 1
        assert samples["convlet_refusals_total", "not_an_image"] == 1
        assert samples["convlet_request_seconds_count", "/predict"] == 4
        assert samples["convlet_batch_images_sum", "small images"] == 3
        assert samples["convlet_batch_images_sum", "pages"] == 3
        assert samples["convlet_queue_requests", "small images"] == 0
        assert samples["process_resident_memory_bytes",] > 1e6


class TestLog:
    def test_a_line_for_each_request(self, run, seven) -> None:
        body = picture(seven)
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

    @pytest.mark.parametrize("path", ["/predict", "/v2/models/digits-small-data/infer"])
    def test_what_went_wrong_is_written_down_and_the_server_lives_on(self, run, seven, monkeypatch, path) -> None:
        body = picture(seven)
        with served(run.path) as server, server.connection() as connection:

            def fail(*_: object) -> None:
                raise ZeroDivisionError("of all things")

            monkeypatch.setattr("convlet.serving.lanes.Lane.require_room", fail)
            connection.request("POST", path, body, {"X-Request-ID": "unlucky"})
            given = answer(connection)
            monkeypatch.undo()
            connection.auto_open = False
            connection.request("POST", "/predict", body)
            assert answer(connection).json["label"] == "7"
            wrong, line, _ = server.log(3)
        assert (given.status, given.headers["x-request-id"], given.headers["cache-control"]) == (
            500,
            "unlucky",
            "no-store",
        )
        assert isinstance(given.json["error"], str if path.startswith("/v2") else dict)
        assert (wrong["id"], wrong["level"]) == ("unlucky", "error")
        assert "of all things" in wrong["message"]
        assert (line["id"], line["status"]) == ("unlucky", 500)

    def test_ids_come_back(self, server: Served) -> None:
        assert server.get("/model", X_Request_ID="abc").headers["x-request-id"] == "abc"

    def test_what_is_no_http_is_refused_in_json(self, server: Served) -> None:
        import json
        import socket

        for sent, status in ((b"hello\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000, 431)):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(sent)
                given = b""
                with contextlib.suppress(ConnectionResetError):
                    while chunk := client.recv(10_000):
                        given += chunk
            head, _, body = given.partition(b"\r\n\r\n")
            assert head.startswith(f"HTTP/1.1 {status} ".encode())
            assert json.loads(body)["error"]["message"]


class TestPage:
    @pytest.fixture
    def files(self) -> list[str]:
        return [name for name, _ in static._files()]

    def test_every_file_is_served_with_its_type_and_policy(self, server: Served, files) -> None:
        for name in files:
            given = server.get(f"/static/{name}")
            assert given.status == 200
            assert given.headers["content-type"].startswith(
                {"html": "text/html", "css": "text/css", "js": "text/javascript"}[name.rpartition(".")[2]]
            )
            assert static.HEADERS.items() <= given.headers.items()
            again = server.get(f"/static/{name}", If_None_Match=given.headers["etag"])
            assert (again.status, again.body) == (304, b"")

    def test_the_page_is_at_the_root(self, server: Served, files) -> None:
        given = server.get("/")
        assert given.status == (200 if "index.html" in files else 404)

    @pytest.mark.parametrize(
        "path",
        [
            "/static/",
            "/static/../app.py",
            "/static/..%2fapp.py",
            "/static/%2e%2e/app.py",
            "//etc/passwd",
            "/static//etc/passwd",
        ],
    )
    def test_nothing_else_is(self, server: Served, path) -> None:
        assert server.get(path).status == 404


def test_pixels_are_not_logged(server: Served) -> None:
    """Not even of a body that is refused."""
    marked = b"\x89PNG\r\n\x1a\n" + b"SECRETPIXELS" * 10
    server.post("/predict", marked)
    server.post(f"/v2/models/{server.name}/infer", b'{"inputs": "SECRETPIXELS"}')
    server.post("/predict", picture(np.zeros((8, 8), np.uint8)))
    server.log(3)
    assert "SECRETPIXELS" not in server.lines.getvalue().decode()
