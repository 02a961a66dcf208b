"""One browser's call with video to Asterisk (``webrtc = yes``): as much of it as a bench needs.

SIP goes by UDP and there is no ICE: both would cost Asterisk a little more.
"""

import hmac
import re
import secrets
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert
from subprocess import DEVNULL, PIPE, Popen, run
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from tools.bench.turn_client import PATIENCE, Address
from tools.faults import CannotMeasure

USER: Final = "bench-video"
VP8: Final = 96
PICTURE, TICKS = 5, 3600
"""Packets of a picture, and by how much the clock of video goes on with it (25 a second)."""
OFFER: Final = f"""v=0
o=- 1 1 IN IP4 {{host}}
s=-
c=IN IP4 {{host}}
t=0 0
a=group:BUNDLE 0 1
a=setup:active
a=fingerprint:sha-256 {{fingerprint}}
m=audio {{port}} UDP/TLS/RTP/SAVPF 0
a=mid:0
a=rtcp-mux
m=video {{port}} UDP/TLS/RTP/SAVPF {VP8}
a=mid:1
a=rtcp-mux
a=rtpmap:{VP8} VP8/90000
a=rtcp-fb:{VP8} nack
a=ssrc:{{source}} cname:{USER}
"""
REQUEST: Final = f"""{{method}} {{target}} SIP/2.0
Via: SIP/2.0/UDP {{own}};branch=z9hG4bK{{call}}{{method}};rport
Max-Forwards: 70
From: <sip:{USER}@{{own}}>;tag={{call}}
{{to}}
Call-ID: {{call}}
CSeq: 1 {{method}}
Contact: <sip:{USER}@{{own}}>
Content-Type: application/sdp
Content-Length: {{length}}

"""
SHAKING: Final = (
    "openssl s_client -dtls1_2 -cert cert.pem -key key.pem -use_srtp SRTP_AES128_CM_SHA1_80"
    " -keymatexport EXTRACTOR-dtls_srtp -keymatexportlen 60"
)
MATERIAL: Final = re.compile(r"Keying material: ([0-9A-F]{120})")
CERTIFYING: Final = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=bench"
    " -keyout key.pem -out cert.pem"
)


class SrtpKeys(NamedTuple):
    """Keys of one direction (RFC 3711, 4.3): they encrypt, sign and salt."""

    cipher: bytes
    signing: bytes
    salt: int

    @classmethod
    def of(cls, key: bytes, salt: bytes) -> "SrtpKeys":
        """Derive them from what the handshake gave."""
        cipher, signing, salted = (
            _encrypted(key, (int.from_bytes(salt) ^ label << 48) << 16, bytes(length))
            for label, length in enumerate((16, 20, 14))
        )
        return cls(cipher, signing, int.from_bytes(salted))

    def sealed(self, payload: bytes, number: int, source: int) -> bytes:
        """The packet of this number; numbers do not begin anew."""
        is_last = (number + 1) % PICTURE == 0
        head = struct.pack("!BBHII", 0x80, VP8 | is_last << 7, number, number // PICTURE * TICKS, source)
        packet = head + _encrypted(self.cipher, self.salt << 16 ^ source << 64 ^ number << 16, payload)
        return packet + hmac.digest(self.signing, packet + bytes(4), "sha1")[:10]


def _encrypted(key: bytes, start: int, text: bytes) -> bytes:
    return Cipher(AES(key), CTR(start.to_bytes(16))).encryptor().update(text)


class VideoCaller:
    """A socket for SIP and one for pictures; ``identity``: folder of a certificate and its key."""

    def __init__(self, sip: socket.socket, media: socket.socket, identity: Path) -> None:
        self._sip, self._media, self._identity = sip, media, identity
        self._source, self._sent = secrets.randbits(32), 0

    def call(self, number: str) -> None:
        """Call, and shake hands with who answers. Raises CannotMeasure."""
        place = self._answered(number)
        self._keys = self._shaken(place)
        self._media.connect(place)

    def send(self, payload: bytes) -> None:
        """Send the next packet of a picture."""
        self._media.send(self._keys.sealed(payload, self._sent, self._source))
        self._sent += 1

    def receive(self, within: float) -> bytes:
        """Wait for the next packet of a picture. Raises TimeoutError."""
        self._media.settimeout(within)
        while not _is_video(packet := self._media.recv(2048)):
            pass
        return packet

    def drain(self) -> int:
        """Read what has come, without waiting: how many packets of pictures."""
        self._media.setblocking(False)
        count = 0
        with suppress(BlockingIOError):
            while True:
                count += _is_video(self._media.recv(2048))
        return count

    def _answered(self, number: str) -> Address:
        """Where the one who answers takes sound and pictures."""
        facts = {
            "target": f"sip:{number}@{_words(self._sip.getpeername())}",
            "own": _words(self._sip.getsockname()),
            "call": secrets.token_hex(8),
        }
        self._ask("INVITE", f"To: <{facts['target']}>", facts, self._offer())
        while (reply := self._sip.recv(4096).decode()).startswith("SIP/2.0 1"):
            pass
        patterns = r"^c=IN IP4 (\S+)", r"^m=video ([1-9]\d*)", r"^To:.*\S"
        host, port, to = (re.search(pattern, reply, re.MULTILINE) for pattern in patterns)
        if not (host and port and to):
            raise CannotMeasure(f"Asterisk takes no video: {reply.splitlines()[0]}")
        self._ask("ACK", to[0], facts)
        return host[1], int(port[1])

    def _ask(self, method: str, to: str, facts: dict[str, str], offer: str = "") -> None:
        body = offer.replace("\n", "\r\n")
        head = REQUEST.format(method=method, to=to, length=len(body), **facts)
        self._sip.send((head.replace("\n", "\r\n") + body).encode())

    def _offer(self) -> str:
        host, port = self._media.getsockname()
        certificate = PEM_cert_to_DER_cert((self._identity / "cert.pem").read_text("ascii"))
        fingerprint = sha256(certificate).digest().hex(":").upper()
        return OFFER.format(host=host, port=port, source=self._source, fingerprint=fingerprint)

    def _shaken(self, place: Address) -> SrtpKeys:
        """Keys of this side's packets (RFC 5764), by openssl, whose socket takes our port over meanwhile."""
        ends = ("-connect", _words(place), "-bind", _words(self._media.getsockname()))
        with Popen(
            (*SHAKING.split(), *ends), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True, cwd=self._identity
        ) as openssl:
            found = next(filter(None, map(MATERIAL.search, openssl.stdout or ())), None)
            openssl.kill()  # it would say farewell, which ends the session
        if not found:
            raise CannotMeasure("Asterisk and openssl did not shake hands")
        material = bytes.fromhex(found[1])
        return SrtpKeys.of(material[:16], material[32:46])


@contextmanager
def video_caller(server: Address, identity: Path) -> Iterator[VideoCaller]:
    """A caller at the address of a SIP server, its sockets closed afterwards."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media,
    ):
        sip.settimeout(PATIENCE)
        sip.connect(server)
        media.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        media.bind((server[0], 0))
        yield VideoCaller(sip, media, identity)


def new_identity(folder: Path) -> Path:
    """Make a certificate that nobody signed, as a browser has one."""
    folder.mkdir()
    run(CERTIFYING.split(), check=True, capture_output=True, cwd=folder)
    return folder


def _words(address: Address) -> str:
    return f"{address[0]}:{address[1]}"


def _is_video(packet: bytes) -> bool:
    return packet[1] & 0x7F == VP8
