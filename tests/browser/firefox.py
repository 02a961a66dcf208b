"""Firefox ESR as Debian has it, driven by WebDriver BiDi over its own WebSocket."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from hotline import clock
from tests.ports import free_port
from tests.websocket import WebSocket

PROGRAM: Final = "firefox-esr"
PREFERENCES: Final = {
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
"""A microphone that hums, sound without a click before, and no call home."""


class Firefox:
    """One tab of one browser. What it is asked raises AssertionError with what the browser says of it."""

    def __init__(self, line: WebSocket) -> None:
        self._line, self._numbers = line, count(1)
        self._ask("session.new", capabilities={})
        self._tab = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def goto(self, address: str) -> None:
        """Open a page, and wait until it is loaded."""
        self._ask("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def tells(self, expression: str) -> Any:
        """The value of an expression of the page."""
        answer = self._ask(
            "script.evaluate", expression=expression, target={"context": self._tab}, awaitPromise=True
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def until(self, expression: str, seconds: float = 30.0) -> None:
        """Wait until an expression of the page is true."""
        by = clock.monotonic() + seconds
        while not self.tells(f"Boolean({expression})"):
            assert clock.monotonic() < by, f"not within {seconds:g} s: {expression}"
            time.sleep(0.1)

    def press(self, *keys: str) -> None:
        """Keys pressed together, as the keyboard does."""
        down = [{"type": "keyDown", "value": key} for key in keys]
        up = [{"type": "keyUp", "value": key} for key in reversed(keys)]
        acts = [{"type": "key", "id": "keyboard", "actions": [*down, *up]}]
        self._ask("input.performActions", context=self._tab, actions=acts)

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        self._line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._line.receive())
            if told.get("id") == number:
                assert told["type"] == "success", told
                return dict(told["result"])


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """One that has just been started, with a profile of its own."""
    profile = folder / "firefox"
    profile.mkdir()
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines), "utf-8")
    port = free_port()
    command = (
        PROGRAM,
        "--headless",
        "--profile",
        profile,
        "--remote-debugging-port",
        str(port),
        "about:blank",
    )
    with (folder / "firefox.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            with opened(port) as line:
                yield Firefox(line)
        finally:
            process.terminate()
            process.wait(20)


def opened(port: int) -> WebSocket:
    """The line to it, as soon as it listens."""
    by = clock.monotonic() + 60
    while True:
        try:
            line = WebSocket.open(("127.0.0.1", port), "/session")
            line.line.settimeout(60)  # a first start makes its profile before it answers
            return line
        except OSError:
            assert clock.monotonic() < by, "Firefox does not listen"
            time.sleep(0.2)
