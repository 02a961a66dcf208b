"""A WebSocket's client, byte for byte (RFC 6455), as somebody without a browser writes one."""

import base64
import os
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Self

TEXT, CLOSE = 1, 8
PATIENCE = 10.0


class NotOpened(Exception):
    """The server answered the upgrade with a status of its own."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"the upgrade was answered {status}")


@dataclass
class WebSocket(AbstractContextManager["WebSocket"]):
    """One that is open; messages are texts of a single frame."""

    line: socket.socket

    @classmethod
    def open(
        cls,
        address: tuple[str, int],
        path: str = "/ws",
        *,
        source: str = "",
        headers: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "",
    ) -> Self:
        """By the handshake, for subprotocol sip. Raises NotOpened."""
        line = socket.create_connection(address, PATIENCE, (source, 0) if source else None)
        try:
            if tls:
                line = tls.wrap_socket(line, server_hostname=host or address[0])
            told = {
                "Host": host or f"{address[0]}:{address[1]}",
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Protocol": "sip",
                **(headers or {}),
            }
            lines = [f"GET {path} HTTP/1.1", *(f"{name}: {text}" for name, text in told.items())]
            line.sendall("\r\n".join([*lines, "", ""]).encode())
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                if not (byte := line.recv(1)):
                    raise ConnectionError("closed in the middle of the handshake")
                head += byte
            status = int(head.split(b" ", 2)[1])
            if status != 101:
                raise NotOpened(status)
        except BaseException:
            line.close()
            raise
        return cls(line)

    def send(self, text: str) -> None:
        """A message; a mask of zeros is none to Firefox."""
        body, mask = text.encode("utf-8", "surrogateescape"), b"\1\2\3\4"
        size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + struct.pack(">H", len(body))
        masked = bytes(one ^ mask[n % 4] for n, one in enumerate(body))
        self.line.sendall(bytes([0x80 | TEXT]) + size + mask + masked)

    def receive(self) -> str:
        """The next message; empty once the other side has closed."""
        kind, size = self._exactly(2)
        if size == 126:
            (size,) = struct.unpack(">H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self._exactly(8))
        body = self._exactly(size)
        return "" if kind & 0x0F == CLOSE else body.decode("utf-8", "replace")

    def _exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            if not (more := self.line.recv(size - len(got))):
                raise ConnectionError("closed")
            got += more
        return got

    def __exit__(self, *_: object) -> None:
        self.line.close()
