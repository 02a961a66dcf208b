"""Waiting until calls are served, as ``/health/ready`` tells."""

from http.client import HTTPConnection, HTTPException

from hotline import clock
from hotline.settings import Settings
from ops.run.signals import has_come
from ops.terminal import say

READY_SECONDS = 60.0


def await_ready(settings: Settings, ending: int) -> str | None:
    """Empty once ready, what is missing when that takes too long, None when told to end."""
    by = clock.monotonic() + READY_SECONDS
    lacking = shown = ""
    while clock.monotonic() < by:
        if has_come(ending, within=0.1):
            return None
        lacking = " · ".join(health(settings)[0])
        if not lacking:
            return ""
        if clock.monotonic() > by - READY_SECONDS + 5 and lacking != shown:
            say(f"Waiting for {lacking}")
            shown = lacking
    return lacking


def health(settings: Settings) -> tuple[list[str], list[str]]:
    """Ask /health/ready what is missing, and what is amiss although calls are answered."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.web_address, settings.web_address)
    connection = HTTPConnection(address, settings.web_port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        lines = answer.read().decode("utf-8", "replace").splitlines()
    except (OSError, HTTPException):
        return ["the web process"], []
    finally:
        connection.close()
    missing, amiss = (
        [line.removeprefix(mark) for line in lines if line.startswith(mark)]
        for mark in ("missing: ", "degraded: ")
    )
    return missing or ([] if answer.status == 200 else [str(answer.status)]), amiss
