"""Connections: several requests over one, bodies too long or too slow, heads that never end."""

import contextlib
import socket

from convlet.serving import limits
from tests.images import encoded
from tests.serving.running import Served, answer, eventually, post_head, served


class TestConnections:
    def test_large_bodies_are_bounded_together(self, server: Served) -> None:
        """Each of these announces 5 MB and sends a part; what does not fit is refused and not kept."""
        bodies = server.server._app._bodies
        with contextlib.ExitStack() as stack:
            for number in range(14):
                address = ("127.0.0.1", server.port)
                client = stack.enter_context(socket.create_connection(address, timeout=60))
                client.sendall(post_head("/predict", 5_000_000) + bytes(100_000))
                if number < 12:
                    eventually(lambda expected=5_000_000 * (number + 1): bodies.held == expected)
                else:
                    assert client.recv(100).startswith(b"HTTP/1.1 429 ")
            assert bodies.held == 60_000_000
        eventually(lambda: bodies.held == 0)

    def test_one_connection_many_requests(self, server: Served, seven) -> None:
        with server.connection() as connection:
            for _ in range(20):
                connection.request("POST", "/predict", encoded(seven))
                assert answer(connection).json["label"] == "7"
                connection.auto_open = False

    def test_pipelined_requests_are_answered_in_order(self, server: Served, seven) -> None:
        body = encoded(seven)
        ids = [f"request-{number}" for number in range(5)]
        sent = b"".join(post_head("/predict", len(body), f"X-Request-ID: {id_}\r\n".encode()) + body for id_ in ids)
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
            client.sendall(sent)
            given = b""
            while given.count(b"probabilities") < len(ids):
                given += client.recv(100_000)
        places = [given.index(id_.encode()) for id_ in ids]
        assert places == sorted(places)

    def test_idle_ones_give_way_to_new_ones(self, server: Served, seven, monkeypatch) -> None:
        monkeypatch.setattr(limits, "CONNECTIONS", 8)
        with contextlib.ExitStack() as stack:
            address = ("127.0.0.1", server.port)
            idle = [stack.enter_context(socket.create_connection(address, timeout=60)) for _ in range(40)]
            eventually(lambda: len(server.server.server_state.connections) <= 8)
            for begun in idle[-8:]:
                with contextlib.suppress(ConnectionError):  # it may have given way already
                    begun.sendall(b"GET /model HTTP/1.1\r\n")
            busy = stack.enter_context(socket.create_connection(address, timeout=60))
            body = encoded(seven)
            busy.sendall(post_head("/predict", len(body)) + body[:10])
            eventually(lambda: any(not one.idle for one in server.server.server_state.connections))
            for _ in range(20):
                assert server.post("/predict", body).json["label"] == "7"
            busy.sendall(body[10:])
            assert b"200" in busy.recv(100)
            with contextlib.suppress(ConnectionError):
                assert idle[0].recv(100) == b""

    def test_a_head_that_never_ends(self, server: Served, monkeypatch) -> None:
        monkeypatch.setattr(limits, "PATIENCE", 0.3)
        for sent in (b"", b"GET /model HTTP/1.1\r\n"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
                client.sendall(sent)
                assert client.recv(100) == b""

    def test_a_body_that_does_not_come(self, run) -> None:
        with served(run.path, deadline=0.2) as server, server.connection() as connection:
            connection.putrequest("POST", "/predict")
            connection.putheader("Content-Length", "1000")
            connection.endheaders(b"some of it")
            given = answer(connection)
        assert (given.status, given.headers["connection"]) == (408, "close")

    def test_an_offer_of_http_2_is_ignored(self, server: Served, seven) -> None:
        """The request of curl and Java; httptools alone would lose the body."""
        headers = {
            "Connection": "Upgrade, HTTP2-Settings",
            "Upgrade": "h2c",
            "HTTP2_Settings": "AAMAAABkAAQAoAAAAAIAAAAA",
        }
        assert server.post("/predict", encoded(seven), **headers).json["label"] == "7"

    def test_a_long_body_is_refused_and_the_connection_lives_on(self, server: Served, seven) -> None:
        with server.connection() as connection:
            connection.request("POST", "/predict", bytes(limits.BODY + 1))
            given = answer(connection)
            assert (given.status, given.json["error"]["code"]) == (413, "too_large")
            connection.auto_open = False
            for body in (encoded(seven), encoded(seven).ljust(limits.BODY, b"\0")):
                connection.request("POST", "/predict", body)
                assert answer(connection).status == 200

    def test_a_long_body_without_a_length_is_refused_before_it_ends(self, server: Served) -> None:
        with server.connection() as connection:
            connection.putrequest("POST", "/predict")
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders()
            for _ in range(51):
                connection.send(b"186a0\r\n" + bytes(100_000) + b"\r\n")
            assert answer(connection).status == 413

    def test_a_client_that_closes_reads_its_refusal(self, server: Served) -> None:
        """The rest of its body is read first: a connection closed over unread bytes is reset, and the refusal lost."""
        given = server.post("/predict", bytes(3 * limits.BODY), Connection="close")
        assert given.status == 413
