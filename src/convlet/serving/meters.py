"""Provide `GET /metrics` in Prometheus's text format. Every server has its own registry."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from convlet.serving.request import Request

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Meters:
    """Counters and histograms of one server."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the process start time says the same
        self._registry = all_ = CollectorRegistry()
        ProcessCollector(registry=all_)
        self._requests = Counter(
            "convlet_requests_total", "Requests, by route and status.", ("route", "status"), registry=all_
        )
        self._seconds = Histogram(
            "convlet_request_seconds",
            "From a request's head to its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=all_,
        )
        self._refusals = Counter("convlet_refusals_total", "Requests refused, by reason.", ("reason",), registry=all_)
        self._batches = Histogram(
            "convlet_batch_images", "Images in one call of the model.", ("queue",), buckets=_SIZES, registry=all_
        )
        self._depths = Gauge("convlet_queue_requests", "Requests waiting.", ("queue",), registry=all_)
        self._kept: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        kept = self._kept.get((route, status))
        if kept is None:  # a lookup by labels costs more than counting
            kept = self._requests.labels(route, str(status)), self._seconds.labels(route)
            self._kept[route, status] = kept
        kept[0].inc()
        kept[1].observe(seconds)

    def refusal(self, reason: str) -> None:
        """Count one refusal."""
        self._refusals.labels(reason).inc()

    def queue(self, name: str, depth: Callable[[], int]) -> Callable[[int], None]:
        """Track a queue's depth, and return the function that records the size of each of its batches."""
        self._depths.labels(name).set_function(depth)
        return self._batches.labels(name).observe

    async def show(self, _: Request) -> Response:
        """Answer `GET /metrics`."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
