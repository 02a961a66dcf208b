"""Health and metrics over HTTP."""

import os
from collections.abc import Callable

from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

PLAIN = "text/plain; charset=utf-8"


def create_app(missing: Callable[[], list[str]]) -> Flask:
    """The application; ``missing`` tells what keeps a call from being served."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024

    @app.get("/health/live")
    def live() -> Response:
        return Response("ok\n", content_type=PLAIN)

    @app.get("/health/ready")
    def ready() -> Response:
        faults = missing()
        if not faults:
            return Response("ok\n", content_type=PLAIN)
        return Response("".join(f"missing: {fault}\n" for fault in faults), 503, content_type=PLAIN)

    @app.get("/metrics")
    def metrics() -> Response:
        registry = REGISTRY
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return app
