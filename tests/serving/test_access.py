"""Who is answered: this machine, whoever brings the token, and no page of another site."""

import pytest

from convlet.errors import InputError, UsageError
from convlet.serving import Settings
from convlet.serving.static import HEADERS
from tests.serving.running import Served, picture, served

TOKEN = "correct-horse-battery"


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
            refused = guarded.ask(method, path, picture(seven), **headers)
            assert refused.status == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
    def test_with_it_everyone_is(self, guarded: Served, seven, scheme) -> None:
        headers = {"Authorization": f"{scheme} {TOKEN}", "Host": "example.org", "Origin": "https://other.example"}
        assert guarded.post("/predict", picture(seven), **headers).json["label"] == "7"
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
            assert server.post("/predict", picture(seven), Origin=origin).status == status

    def test_insecure_means_anyone(self, run, seven) -> None:
        with served(run.path, insecure=True) as server:
            assert (
                server.post("/predict", picture(seven), Host="example.org", Origin="http://other.example").status == 200
            )


class TestHeaders:
    def test_no_site_may_read_an_answer(self, server: Served, seven) -> None:
        given = server.post("/predict", picture(seven), Origin=f"http://127.0.0.1:{server.port}").headers
        assert not [name for name in given if name.startswith("access-control")]
        assert given["x-content-type-options"] == "nosniff"
        assert given["cache-control"] == "no-store"
        assert given["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in given

    def test_the_page_may_do_nothing_else(self) -> None:
        policy = dict(part.strip().split(" ", 1) for part in HEADERS["content-security-policy"].split(";"))
        assert (
            policy["default-src"]
            == policy["frame-ancestors"]
            == policy["base-uri"]
            == policy["form-action"]
            == "'none'"
        )
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert HEADERS["permissions-policy"].startswith("camera=(self)")


class TestSettings:
    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
    def test_other_machines_need_a_token(self, host) -> None:
        with pytest.raises(UsageError, match="--token"):
            Settings(host=host)
        assert Settings(host=host, token=TOKEN).host == host
        assert Settings(host=host, insecure=True).host == host

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
    def test_this_machine_needs_none(self, host) -> None:
        assert Settings(host=host).local

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"port": 65536}, "--port 65536"),
            ({"port": -1}, "--port -1"),
            ({"deadline": 0}, "--deadline"),
            ({"deadline": float("nan")}, "--deadline"),
            ({"queue": 0}, "--queue"),
            ({"threads": 0}, "--threads"),
            ({"name": "a/b"}, "--name"),
            ({"token": ""}, "token"),
            ({"token": "short"}, "token"),
            ({"token": "with spaces in it"}, "token"),
        ],
    )
    def test_what_cannot_be(self, change, said) -> None:
        with pytest.raises(UsageError, match=said):
            Settings(**change)

    def test_no_such_host(self) -> None:
        with pytest.raises(InputError, match="there is no host"):
            Settings(host="no such host")
