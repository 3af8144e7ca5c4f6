"""The files of the page."""

import pytest

from convlet.serving import static
from tests.serving.running import Served

_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "svg": "image/svg+xml",
}


class TestPage:
    @pytest.fixture
    def files(self) -> list[str]:
        return [name for name, _ in static._files(static._LABELS, static._VIEW, static._TEACH)]

    def test_every_file_is_served_with_its_type_and_policy(self, server: Served, files) -> None:
        for name in files:
            given = server.get(f"/static/{name}")
            assert given.status == 200
            assert given.headers["content-type"].startswith(_TYPES[name.rpartition(".")[2]])
            assert static.HEADERS.items() <= given.headers.items()
            again = server.get(f"/static/{name}", If_None_Match=given.headers["etag"])
            assert (again.status, again.body) == (304, b"")

    def test_the_page_of_labels_is_another_server_s(self, server: Served) -> None:
        assert server.get("/static/label/page.js").status == 404
        assert "/static/label/page.js" in static.label_files()

    def test_the_page_is_at_the_root(self, server: Served, files) -> None:
        given = server.get("/")
        assert (given.status, "index.html" in files) == (200, True)

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

    def test_the_page_may_do_nothing_else(self) -> None:
        policy = dict(part.strip().split(" ", 1) for part in static.HEADERS["content-security-policy"].split(";"))
        assert (
            policy["default-src"]
            == policy["frame-ancestors"]
            == policy["base-uri"]
            == policy["form-action"]
            == "'none'"
        )
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert static.HEADERS["permissions-policy"].startswith("camera=(self)")
