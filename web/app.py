"""Health and metrics over HTTP, and the door for calls over Twilio, if it is open."""

from collections.abc import Callable

from flask import Flask, Response, make_response, redirect, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import HTTPException

from hotline.metrics import of_all_processes
from hotline.outbox.message import REPORTS
from web.health import Verdict
from web.messages import Reports
from web.signatures import SETTINGS, SIGNATURE, Webhook
from web.signed_forms import PLAIN, Reply
from web.sounds import FOLDER, FOR_GOOD, Sounds
from web.twilio_numbers import DOOR
from web.voice import Voice

LARGEST = 64 * 1024
"""Bytes of a request's body."""


def create_app(
    look: Callable[[], Verdict],
    voice: Voice | None = None,
    sounds: Sounds | None = None,
    reports: Reports | None = None,
    pages: str = "",
) -> Flask:
    """The application; ``look`` tells what keeps a call from being served, and what is amiss beside.

    Without ``voice`` Twilio finds no door for calls, without ``reports`` none for what became of messages;
    ``pages`` is where people are sent who come by a browser.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST

    @app.get("/health/live")
    def live() -> Response:
        return Response("ok\n", content_type=PLAIN)

    @app.get("/health/ready")
    def ready() -> Response:
        verdict = look()
        text = "".join(f"{line}\n" for line in verdict.lines())
        return Response(text, 503 if verdict.missing else 200, content_type=PLAIN)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(of_all_processes()), content_type=CONTENT_TYPE_LATEST)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        text = (
            "這裡沒有這一頁。 No such page.\n" if error.code == 404 else "不接受這個要求。 Request refused.\n"
        )
        answer = error.get_response()
        answer.set_data(text)
        answer.content_type = PLAIN
        return make_response(answer)

    if pages:

        @app.get("/")
        def front() -> Response:
            return make_response(redirect(pages))

    if voice:  # every address below the door's leads to the door, which alone reads it

        @app.post(DOOR)
        @app.post(f"{DOOR}/<path:where>")
        def twilio(where: str = "") -> Response:
            return _answered(voice.answer)

    if reports:

        @app.post(REPORTS)
        def message() -> Response:
            return _answered(reports.answer)

    if sounds:
        _serve_prompts(app, sounds)
    return app


def _answered(answer: Callable[[Webhook], Reply]) -> Response:
    """The request as it came, to whoever knows what it means."""
    named = {name: request.headers.get(name, "") for name in (SIGNATURE, SETTINGS, "Content-Type")}
    query = str(request.environ.get("QUERY_STRING", ""))
    reply = answer(Webhook(request.path, query, request.get_data(), named))
    return Response(reply.text, reply.status, content_type=reply.kind)


def _serve_prompts(app: Flask, sounds: Sounds) -> None:
    @app.get(f"{FOLDER}/<digest>/<language>/<name>.wav")
    def prompt(digest: str, language: str, name: str) -> Response:
        sound = sounds.content(digest, language, name)
        if sound is None:
            return Response("not a prompt\n", 404, content_type=PLAIN)
        return Response(sound, content_type="audio/wav", headers={"Cache-Control": FOR_GOOD})
