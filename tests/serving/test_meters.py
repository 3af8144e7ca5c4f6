"""The meters of a server."""

from prometheus_client.parser import text_string_to_metric_families

from tests.images import encoded
from tests.serving.running import served


class TestMetrics:
    def test_what_happened_is_counted(self, run, seven, page) -> None:
        with served(run.path) as server:
            for _ in range(3):
                server.post("/predict", encoded(seven))
            server.post("/predict/page", encoded(page))
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
