"""What applies to every request: access before the queue, ids, headers, errors."""

import contextlib
import json
import socket

import pytest

from tests.images import encoded
from tests.serving.running import TOKEN, Served, answer, held, post_head, require_described, served, waiting


@pytest.fixture(scope="module")
def full(run):
    """A server with a token whose queues of small images and of pages are full."""
    with served(run.path, token=TOKEN, queue=1) as server, contextlib.ExitStack() as stack:
        for lane in (server.lanes.small, server.lanes.long):
            stack.enter_context(held(lane))
            stack.enter_context(waiting(lane))
        yield server


class TestAccessBeforeRoom:
    @pytest.mark.parametrize(
        "ending", [b"", b"Connection: close\r\nExpect: 100-continue\r\n"], ids=["early", "in its task"]
    )
    @pytest.mark.parametrize("path", ["/predict", "/predict?heat=1", "/predict/page", "/%70redict", "infer"])
    def test_a_full_server_checks_the_token_first(self, full: Served, path, ending) -> None:
        """No byte of the 5 MB is sent before the answer is read: a refusal does not wait for the body."""
        path = f"/v2/models/{full.name}/infer" if path == "infer" else path
        for header, status in (
            (b"", 401),
            (b"Authorization: Bearer wrong-horse-battery\r\n", 401),
            (f"Authorization: Bearer {TOKEN}\r\n".encode(), 429),
        ):
            with full.connection() as connection:
                connection.connect()
                connection.sock.sendall(post_head(path, 5_000_000, header + ending))
                head = connection.sock.recv(10_000)
            assert head.startswith(f"HTTP/1.1 {status} ".encode())
            assert (b"www-authenticate: Bearer" in head) == (status == 401)
            assert (b"retry-after: 1" in head) == (status == 429)

    def test_so_does_one_without_a_token(self, run, seven) -> None:
        with served(run.path, queue=1) as server, held(server.lanes.small), waiting(server.lanes.small):
            for headers, status in (
                ({"Host": "example.org"}, 421),
                ({"Origin": "http://example.org"}, 403),
                ({}, 429),
            ):
                assert server.post("/predict", encoded(seven), **headers).status == status
            assert server.ask("GET", "/predict").status == 405

    def test_each_request_is_held_against_its_own_queue(self, run, seven) -> None:
        body = encoded(seven)
        with served(run.path, queue=1) as server:
            with held(server.lanes.long), waiting(server.lanes.long):
                assert server.post("/predict?heat=1", body).status == 429
                assert server.post("/predict", body).status == 200
            with held(server.lanes.small), waiting(server.lanes.small):
                assert server.post("/predict", body).status == 429
                assert server.post("/predict?heat=1", body).status == 200


class TestRefusals:
    @pytest.mark.parametrize("keep", [True, False])
    def test_a_connection_outlives_its_refusals(self, run, seven, keep) -> None:
        small, large = encoded(seven), encoded(seven).ljust(1_000_000, b"\0")
        headers = {"X-Request-ID": "mine"} if keep else {"X-Request-ID": "mine", "Connection": "close"}
        with served(run.path, queue=1) as server, server.connection() as connection:
            with held(server.lanes.small), waiting(server.lanes.small):
                for path, body in (
                    ("/predict", small),
                    ("/predict?input=1", large),
                    (f"/v2/models/{server.name}/infer", small),
                    ("/predict", small),
                ):
                    connection.request("POST", path, body, headers)
                    given = answer(connection)
                    require_described(server.document, "POST", path.partition("?")[0], given)
                    assert given.status == 429
                    assert given.headers["x-request-id"] == "mine"
                    assert given.headers["retry-after"] == "1"
                    connection.auto_open = not keep
            connection.request("POST", "/predict", small)
            assert answer(connection).json["label"] == "7"
            lines = server.log(5)
            counted = server.get("/metrics").body.decode()
        assert [(line["status"], line["path"]) for line in lines[:2]] == [(429, "/predict")] * 2
        assert 'convlet_requests_total{route="/predict",status="429"} 3.0' in counted
        assert 'convlet_refusals_total{reason="busy"} 4.0' in counted

    def test_all_have_the_same_headers(self, server: Served) -> None:
        """Errors from Starlette, from the application, and for what is not HTTP."""
        found = []
        for sent, status in (
            (post_head("/predict", 0), 415),
            (b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
            (b"hello\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000, 431),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", 431),
            (b"POST /predict HTTP/1.1\r\nContent-Length: 3\r\nX: " + b"x" * 100_000 + b"\r\n\r\nabc", 431),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
        ):
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
                client.sendall(sent)
                given = b""
                with contextlib.suppress(ConnectionResetError):
                    while more := client.recv(10_000):
                        given += more
                        if b"\r\n\r\n" in given and given.endswith(b"}"):
                            break
            head, _, body = given.partition(b"\r\n\r\n")
            assert head.startswith(f"HTTP/1.1 {status} ".encode())
            assert set(json.loads(body)["error"]) == {"code", "message"}
            headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
            assert len(headers.pop(b"x-request-id")) == 16
            assert int(headers.pop(b"content-length")) == len(body)
            assert headers.pop(b"connection", b"close") == b"close"
            del headers[b"date"]
            found.append(headers)
        assert found[0][b"cache-control"] == b"no-store"
        assert found == found[:1] * 7

    def test_other_paths_and_other_methods(self, server: Served) -> None:
        assert server.get("/nothing").json["error"]["code"] == "not_found"
        for path, method, allow in (
            ("/predict", "GET", "POST"),
            ("/model", "POST", "GET, HEAD"),
            ("/predict", "OPTIONS", "POST"),
        ):
            given = server.ask(method, path)
            assert (given.status, given.headers["allow"]) == (405, allow)

    @pytest.mark.parametrize("path", ["/predict", "/v2/models/digits-small-data/infer"])
    def test_a_failure_is_logged_and_the_server_lives_on(self, run, seven, monkeypatch, path) -> None:
        body = encoded(seven)
        with served(run.path) as server, server.connection() as connection:

            def fail(*_: object) -> None:
                raise ZeroDivisionError("of all things")

            monkeypatch.setattr("convlet.serving.lanes.Lane.do", fail)
            connection.request("POST", path, body, {"X-Request-ID": "unlucky"})
            given = answer(connection)
            monkeypatch.undo()
            connection.auto_open = False
            connection.request("POST", "/predict", body)
            assert answer(connection).json["label"] == "7"
            wrong, line, _ = server.log(3)
        assert given.status == 500
        assert (given.headers["x-request-id"], given.headers["cache-control"]) == ("unlucky", "no-store")
        assert isinstance(given.json["error"], str if path.startswith("/v2") else dict)
        assert (wrong["id"], wrong["level"]) == ("unlucky", "error")
        assert "of all things" in wrong["message"]
        assert (line["id"], line["status"]) == ("unlucky", 500)


class TestHeaders:
    def test_ids_come_back(self, server: Served) -> None:
        assert server.get("/model", X_Request_ID="abc").headers["x-request-id"] == "abc"

    def test_no_site_may_read_an_answer(self, server: Served, seven) -> None:
        given = server.post("/predict", encoded(seven), Origin=f"http://127.0.0.1:{server.port}").headers
        assert not [name for name in given if name.startswith("access-control")]
        assert given["x-content-type-options"] == "nosniff"
        assert given["cache-control"] == "no-store"
        assert given["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in given
