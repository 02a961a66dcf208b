"""Asterisk's manager, played to the pages: every channel is up, and its variables are as they were set."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from threading import Thread

from control.call_limits import ANSWERED_AT

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
Action = dict[str, str]


class Manager:
    """Listens at ``port`` until the process ends;
    ``answered`` is when every call was answered, in seconds, ``there``: phones that can be rung.
    """

    def __init__(self, answered: float, there: Iterable[str] = ()) -> None:
        self._answered = str(answered)
        self._there = {f"DEVICE_STATE(PJSIP/{phone})": "NOT_INUSE" for phone in there}
        self.asked: list[Action] = []
        """Channels that were to be originated."""
        self._variables: dict[tuple[str, str], str] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Nobody comes any more."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _address = self._listener.accept()
                Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with suppress(OSError), peer, peer.makefile("rb") as lines:
            peer.sendall(GREETING)
            while action := _read(lines):
                peer.sendall(f"{self._answer(action)}\r\nActionID: {action['ActionID']}\r\n\r\n".encode())

    def _answer(self, action: Action) -> str:
        place = action.get("Channel", ""), action.get("Variable", "")
        match action["Action"]:
            case "Originate":
                self.asked.append(action)
                return "Response: Success"
            case "Login":
                return "Response: Success"
            case "Setvar":
                self._variables[place] = action["Value"]
                return "Response: Success"
            case "Getvar":
                known = {"CHANNEL(name)": place[0], ANSWERED_AT: self._answered, **self._there}
                value = self._variables.get(place, known.get(place[1], ""))
                return f"Response: Success\r\nValue: {value}"
            case _:
                return "Response: Error\r\nMessage: not played"


def _read(lines: Iterable[bytes]) -> Action:
    """The next action; empty at the end."""
    found: Action = {}
    for line in lines:
        name, _colon, value = line.decode().strip().partition(": ")
        if not name:
            break
        found[name] = value
    return found
