"""Access: this machine or the token, and no page of another site."""

import socket

import pytest

from convlet.serving import limits
from convlet.serving.guesses import Guesses
from convlet.serving.refusal import RefusedError
from tests.images import encoded
from tests.serving.running import TOKEN, Served, served


@pytest.fixture(scope="module")
def guarded(run):
    with served(run.path, token=TOKEN) as running:
        yield running


class TestToken:
    @pytest.mark.parametrize(
        "given", [None, "Bearer", "Bearer wrong-horse-battery", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"]
    )
    def test_without_it_nobody_is_answered(self, guarded: Served, seven, given) -> None:
        headers = {} if given is None else {"Authorization": given}
        for method, path in (
            ("POST", "/predict"),
            ("POST", "/predict/page"),
            ("GET", "/model"),
            ("GET", "/metrics"),
            ("GET", "/v2"),
        ):
            refused = guarded.ask(method, path, encoded(seven), **headers)
            assert refused.status == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
    def test_with_it_everyone_is(self, guarded: Served, seven, scheme) -> None:
        headers = {"Authorization": f"{scheme} {TOKEN}", "Host": "example.org", "Origin": "https://other.example"}
        assert guarded.post("/predict", encoded(seven), **headers).json["label"] == "7"
        assert guarded.get("/openapi.json", **headers).json["components"]["securitySchemes"]

    def test_health_needs_none(self, guarded: Served) -> None:
        for path in ("/healthz", "/v2/health/live", "/v2/health/ready"):
            assert guarded.get(path).status == 200

    def test_it_is_never_logged(self, guarded: Served) -> None:
        guarded.get("/model", Authorization=f"Bearer {TOKEN}")
        assert guarded.log(1)
        assert TOKEN not in guarded.lines.getvalue().decode()

    def test_guesses_are_slowed_down_by_address_the_right_one_too(self, run, monkeypatch) -> None:
        now = 1000.0
        monkeypatch.setattr(limits, "WRONG_TOKENS", 30)
        monkeypatch.setattr("convlet.serving.guesses.monotonic", lambda: now)
        with served(run.path, token=TOKEN) as server:
            statuses = [server.get("/model", Authorization=f"Bearer guess-{number}").status for number in range(40)]
            assert statuses == [401] * 30 + [429] * 10
            refused = server.get("/model", Authorization=f"Bearer {TOKEN}")
            assert (refused.status, refused.headers["retry-after"]) == (429, "1")
            assert server.post("/predict", b"x", Authorization=f"Bearer {TOKEN}").status == 429
            assert server.get("/healthz").status == 200
            now += 1
            assert server.get("/model", Authorization=f"Bearer {TOKEN}").status == 200
            statuses = [server.get("/model", Authorization="Bearer guess").status for _ in range(2)]
            assert statuses == [401, 429]


class TestGuesses:
    def test_each_address_has_its_own_and_a_subscriber_one(self, monkeypatch) -> None:
        monkeypatch.setattr(limits, "WRONG_TOKENS", 30)
        guesses = Guesses()
        for number in range(40):
            guesses.add(f"2001:db8::{number:x}")
        with pytest.raises(RefusedError):
            guesses.require_few("2001:db8::ffff")
        for other in ("2001:db8:0:1::1", "192.0.2.1", "::ffff:192.0.2.1", "", "a socket"):
            guesses.require_few(other)
        for _ in range(40):
            guesses.add("::ffff:192.0.2.1")
        with pytest.raises(RefusedError):
            guesses.require_few("192.0.2.1")

    def test_few_addresses_are_remembered(self) -> None:
        guesses = Guesses()
        for number in range(20_000):
            guesses.add(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        assert len(guesses._until) == 10_000


class TestNames:
    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:8000", "127.0.0.1:1", "127.0.0.2", "[::1]:80", "LOCALHOST"]
    )
    def test_this_machine_has_these(self, server: Served, host) -> None:
        assert server.get("/model", Host=host).status == 200

    @pytest.mark.parametrize(
        "host",
        [
            *("example.org", "localhost.example.org", "127.0.0.1.example.org:8000", "10.0.0.1", "", "[", "0.0.0.0"),
            *("[::1]evil.example", "[::1]:80.evil.example", "localhost@evil.example", "localhost:80/evil", "[::1"),
        ],
    )
    def test_others_are_refused(self, server: Served, host) -> None:
        assert server.get("/model", Host=host).status == 421

    @pytest.mark.parametrize("name", ["Origin", "Authorization"])
    def test_a_header_that_comes_twice_is_refused(self, name, server: Served, seven) -> None:
        content = encoded(seven)
        lines = [f"POST /predict HTTP/1.1\r\nHost: localhost:{server.port}", f"Content-Length: {len(content)}"]
        lines += [f"{name}: http://localhost:{server.port}"] * 2
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
            client.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + content)
            given = b"".join(iter(lambda: client.recv(10_000), b""))
        assert given.startswith(b"HTTP/1.1 400 ")
        assert f"The header {name} comes twice".encode() in given

    def test_pages_of_other_sites_are_refused(self, server: Served, seven) -> None:
        own = f"127.0.0.1:{server.port}"
        for origin, status in (
            (f"http://{own}", 200),
            ("http://example.org", 403),
            ("null", 403),
            (f"http://{own}.example.org", 403),
            ("http://evil.example//localhost", 403),
            ("localhost", 403),
        ):
            assert server.post("/predict", encoded(seven), Origin=origin).status == status

    def test_insecure_means_anyone(self, run, seven) -> None:
        with served(run.path, insecure=True) as server:
            assert (
                server.post("/predict", encoded(seven), Host="example.org", Origin="http://other.example").status == 200
            )
