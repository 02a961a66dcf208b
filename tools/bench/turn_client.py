"""One allocation on a TURN server (RFC 8656) over UDP: as much of it as video through one needs."""

import hashlib
import hmac
import secrets
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

Address = tuple[str, int]
COOKIE: Final = 0x2112A442
ALLOCATE, REFRESH, PERMIT, BIND = 0x003, 0x004, 0x008, 0x009
SUCCESS, ERROR = 0x100, 0x110
USERNAME, INTEGRITY, ERROR_CODE, CHANNEL, LIFETIME = 0x006, 0x008, 0x009, 0x00C, 0x00D
PEER, REALM, NONCE, LENT, TRANSPORT = 0x012, 0x014, 0x015, 0x016, 0x019
OF_UDP: Final = bytes((17, 0, 0, 0))
FIRST_CHANNEL: Final = 0x4000
PATIENCE: Final = 3.0
Attributes = dict[int, bytes]


class TurnRefused(Exception):
    """A request that the server refused, by its number (RFC 8489: 401, 403, 486)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class TurnClient:
    """A socket with an allocation; ``lent``: the server's, at which others reach it."""

    def __init__(self, line: socket.socket, username: str, password: str) -> None:
        self._line, self._username, self._password = line, username, password
        self._signed: Attributes = {}
        self._key = b""
        self.lent: Address = ("", 0)

    def allocate(self) -> None:
        """Ask for an address; the first time it is told what to sign. Raises TurnRefused."""
        with suppress(TurnRefused):
            self._ask(ALLOCATE, {TRANSPORT: OF_UDP})
        found = self._ask(ALLOCATE, {TRANSPORT: OF_UDP})
        self.lent = _address(found[LENT])

    def bind(self, peer: Address) -> None:
        """Bind the one channel of this client to a peer. Raises TurnRefused."""
        self._ask(BIND, {CHANNEL: struct.pack("!HH", FIRST_CHANNEL, 0), PEER: _masked(peer)})

    def permit(self, peer: Address) -> None:
        """Let a peer send to this client. Raises TurnRefused."""
        self._ask(PERMIT, {PEER: _masked(peer)})

    def leave(self) -> None:
        """Give the allocation back."""
        self._ask(REFRESH, {LIFETIME: bytes(4)})

    def send(self, payload: bytes) -> None:
        """Send through the channel."""
        self._line.send(struct.pack("!HH", FIRST_CHANNEL, len(payload)) + payload)

    def receive(self, within: float) -> bytes:
        """Wait for the next payload. Raises TimeoutError."""
        self._line.settimeout(within)
        while True:
            packet = self._line.recv(2048)
            number, length = struct.unpack_from("!HH", packet)
            if number == FIRST_CHANNEL:
                return packet[4 : 4 + length]

    def drain(self) -> int:
        """Read what has come, without waiting: how many packets."""
        self._line.setblocking(False)
        count = 0
        try:
            while self._line.recv(2048):
                count += 1
        except BlockingIOError:
            return count
        return count

    def _ask(self, method: int, wanted: Attributes) -> Attributes:
        number = secrets.token_bytes(12)
        self._line.settimeout(PATIENCE)
        self._line.send(_message(method, number, {**wanted, **self._signed}, self._key))
        while True:
            reply = self._line.recv(2048)
            if reply[8:20] == number:
                break
        kind, found = struct.unpack_from("!H", reply)[0], _attributes(reply)
        if kind == method | ERROR:
            self._sign(found)
            raise TurnRefused(found[ERROR_CODE][2] * 100 + found[ERROR_CODE][3])
        return found

    def _sign(self, found: Attributes) -> None:
        """Answer with user and nonce from now on."""
        if NONCE not in found:
            return
        self._signed = {USERNAME: self._username.encode(), REALM: found[REALM], NONCE: found[NONCE]}
        words = f"{self._username}:{found[REALM].decode()}:{self._password}"
        self._key = hashlib.md5(words.encode(), usedforsecurity=False).digest()


@contextmanager
def client(server: Address, username: str, password: str) -> Iterator[TurnClient]:
    """A client of a TURN server, its socket closed afterwards."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(PATIENCE)
        line.connect(server)
        yield TurnClient(line, username, password)


def _message(method: int, number: bytes, attributes: Attributes, key: bytes) -> bytes:
    body = b"".join(_attribute(kind, value) for kind, value in attributes.items())
    if not key:
        return struct.pack("!HHI", method, len(body), COOKIE) + number + body
    head = struct.pack("!HHI", method, len(body) + 24, COOKIE) + number
    return head + body + _attribute(INTEGRITY, hmac.digest(key, head + body, "sha1"))


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _attributes(message: bytes) -> Attributes:
    found, at = Attributes(), 20
    while at + 4 <= len(message):
        kind, length = struct.unpack_from("!HH", message, at)
        found.setdefault(kind, message[at + 4 : at + 4 + length])
        at += 4 + length + -length % 4
    return found


def _masked(address: Address) -> bytes:
    host = struct.unpack("!I", socket.inet_aton(address[0]))[0]
    return struct.pack("!BBHI", 0, 1, address[1] ^ (COOKIE >> 16), host ^ COOKIE)


def _address(value: bytes) -> Address:
    _zero, _family, port, host = struct.unpack("!BBHI", value)
    return socket.inet_ntoa(struct.pack("!I", host ^ COOKIE)), port ^ (COOKIE >> 16)
