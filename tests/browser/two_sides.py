"""Two browsers whose pictures move and can be told apart, and the line by which their pages meet."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, request, send_from_directory
from playwright.sync_api import Browser, Page

from tests.browser.conftest import chromium
from tests.served import served

SCRIPTS = Path(__file__).parents[2] / "web" / "scripts" / "video"
WIDTH, HEIGHT, BARS = 640, 480, 8
FRAMES = 64
"""Pictures before they begin anew; two bars stay white, so that darkness is no picture."""
WHITE, BLACK = b"\xeb", b"\x10"
CITIZEN, INTERPRETER = "citizen", "interpreter"
NO_CAMERA = (
    "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }"
)
"""A script by which a browser says that its camera may not be used."""
SIDES = {CITIZEN: INTERPRETER, INTERPRETER: CITIZEN}


def moving_picture(file: Path) -> Path:
    """A film of 30 frames a second whose frames show their own number in eight bars."""
    grey = b"\x80" * (WIDTH * HEIGHT // 2)
    with file.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F30:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            bars = number | 0b1100_0000
            row = b"".join((WHITE if bars >> bar & 1 else BLACK) * (WIDTH // BARS) for bar in range(BARS))
            film.write(b"FRAME\n" + row * HEIGHT + grey)
    return file


def line() -> Flask:
    """An application that serves the page and carries messages between its two sides, kept in memory."""
    app, kept = Flask(__name__), dict[str, list[Any]]({side: [] for side in SIDES})

    @app.get("/")
    def page() -> Response:
        return send_from_directory(Path(__file__).parent, "two_sides.html")

    @app.get("/video/<name>")
    def script(name: str) -> Response:
        return send_from_directory(SCRIPTS, name, mimetype="text/javascript")

    @app.get("/line/<side>")
    def after(side: str) -> Response:
        last = int(request.args["after"])
        return jsonify([{"number": n, **one} for n, one in enumerate(kept[side][last:], last + 1)])

    @app.post("/line/<side>")
    def put(side: str) -> Response:
        kept[SIDES[side]].append(json.loads(request.get_data()))
        return Response(status=204)

    @app.delete("/line")
    def forget() -> Response:
        for messages in kept.values():
            messages.clear()
        return Response(status=204)

    return app


@contextmanager
def filmed(browser: Browser, film: Path, *more: str, program: str = "") -> Iterator[Browser]:
    """A browser of its own whose camera shows a film; ``program``: by which it is started."""
    opened = browser.browser_type.launch(
        executable_path=program or chromium(),
        args=[
            "--no-sandbox",
            "--use-fake-device-for-media-stream=fps=30",
            f"--use-file-for-fake-video-capture={film}",
            "--use-fake-ui-for-media-stream",
            "--autoplay-policy=no-user-gesture-required",
            "--disable-features=WebRtcHideLocalIpsWithMdns",
            *more,
        ],
    )
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def exchange(address: str = "127.0.0.1") -> Iterator[str]:
    """The address of the page and its line."""
    with served(line(), threads=16, address=address) as base:
        yield base


def comes(
    browser: Browser, base: str, side: str, servers: Sequence[Any] = (), before: str = "", **given: str
) -> Page:
    """One side's page, opened; ``before``: a script that runs ahead of it."""
    page = browser.new_context().new_page()
    page.add_init_script(before)
    asked = {"side": side, "servers": json.dumps(list(servers)), **given}
    page.goto(f"{base}/?{urlencode(asked)}")
    page.wait_for_function("window.link !== undefined")
    return page


def connected(*pages: Page, within: float = 20) -> None:
    """Waits until each has decoded a picture of the other."""
    for page in pages:
        try:
            page.wait_for_function(
                "async () => (await link.statistics()).decoded > 0", polling=100, timeout=within * 1000
            )
        except Exception as error:
            told = page.evaluate("async () => ({states, faults, lacks, seen: await link.statistics()})")
            raise AssertionError(told) from error
