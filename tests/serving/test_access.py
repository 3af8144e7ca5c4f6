"""Access: this machine or the token, and no page of another site."""

import pytest

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


class TestNames:
    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:8000", "127.0.0.1:1", "127.0.0.2", "[::1]:80", "LOCALHOST"]
    )
    def test_this_machine_has_these(self, server: Served, host) -> None:
        assert server.get("/model", Host=host).status == 200

    @pytest.mark.parametrize(
        "host", ["example.org", "localhost.example.org", "127.0.0.1.example.org:8000", "10.0.0.1", "", "[", "0.0.0.0"]
    )
    def test_others_are_refused(self, server: Served, host) -> None:
        assert server.get("/model", Host=host).status == 421

    def test_pages_of_other_sites_are_refused(self, server: Served, seven) -> None:
        own = f"127.0.0.1:{server.port}"
        for origin, status in (
            (f"http://{own}", 200),
            ("http://example.org", 403),
            ("null", 403),
            (f"http://{own}.example.org", 403),
        ):
            assert server.post("/predict", encoded(seven), Origin=origin).status == status

    def test_insecure_means_anyone(self, run, seven) -> None:
        with served(run.path, insecure=True) as server:
            assert (
                server.post("/predict", encoded(seven), Host="example.org", Origin="http://other.example").status == 200
            )
