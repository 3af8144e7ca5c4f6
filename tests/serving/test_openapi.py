"""The description of a server."""

import re

import jsonschema

from tests.serving.running import Served


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
