"""The listener of spoken messages: ``python -m ops.run.listener``.

Declared exception to the law that waits live in Asterisk: a thread a message, with limits of its own. It ends
a message by silence, ``#`` or the longest time, and gives the caller back to the dialplan. Whoever is refused
gets a fault frame, so that Asterisk records by itself; a connection that breaks keeps what was said.
"""

import socketserver
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any, Final
from uuid import UUID

import structlog

from agi_scripts.frames import BadFrame, FrameKind, Frames, frame
from agi_scripts.server import Admission
from hotline import metrics
from recordings.messages import MessageFile, Messages
from recordings.policy import MessageEnd
from recordings.speech import FRAME_BYTES, FRAME_SECONDS, SILENCE, EndOfMessage, SpeechEnd

log = structlog.get_logger()

ID_SECONDS: Final = 2.0
"""Who has not named a message by then is none of ours."""
LATE_SECONDS: Final = 0.2
"""Sound that has not come after so long is taken for silence: telephones that hear nothing send nothing."""
SEND_SECONDS: Final = 1.0
LINGER_SECONDS: Final = 1.0
SPARE_BYTES: Final = 1 << 17
CHUNK: Final = 1 << 14
HUSH: Final = frame(FrameKind.SOUND, SILENCE)
NOBODY: Final = UUID(int=0)
"""The id readiness asks with: refused like any other, and no hostile act."""
ENDED: Final = {
    SpeechEnd.SPOKEN: MessageEnd.SILENCE,
    SpeechEnd.LONGEST: MessageEnd.LONGEST,
    SpeechEnd.NOTHING: MessageEnd.EMPTY,
}


Elapsed = Callable[[], float]


class ConnectionRefused(Exception):
    """A connection that is not one of Asterisk's for a message that was announced."""


class TooMuch(ConnectionError):
    """A connection that sends more than a telephone says."""


class MessageIntake:
    """One message on one connection, from its id to its end."""

    def __init__(self, connection: Any, longest: float, elapsed: Elapsed) -> None:
        self._connection, self._longest, self._elapsed = connection, longest, elapsed
        self._frames, self._ear = Frames(), EndOfMessage(longest)
        self._allowed = int(longest * 2 * FRAME_BYTES / FRAME_SECONDS) + SPARE_BYTES
        self._heard, self._hushed, self._is_read = b"", 0, True
        self._began = elapsed()

    def id(self) -> UUID:
        """The first frame. Raises ConnectionRefused for anything else, or when it does not come."""
        while self._now() < ID_SECONDS:
            for kind, payload in self._frames.feed(self._receive(ID_SECONDS - self._now())):
                if kind is not FrameKind.ID:
                    raise ConnectionRefused(f"began with {kind.name}")
                return UUID(bytes=payload)
        raise ConnectionRefused("named no message")

    def take(self, file: MessageFile) -> MessageEnd:
        """Listen to the end, and write what is heard. Raises OSError when it cannot be written."""
        self._began = self._elapsed()
        end: MessageEnd | None = None
        while end is None:
            try:
                received = self._receive(self._hush())
            except TooMuch:
                return MessageEnd.CUT
            except ConnectionError:  # Asterisk has sent all that the caller said before
                return MessageEnd.HANG_UP
            end = self._hear(received, file) if received else self._fill(file)
        return end

    @property
    def is_spoken(self) -> bool:
        """True if anything was said."""
        return self._ear.is_spoken

    def _hush(self) -> float:
        """Send silence, a frame each 20 ms: Asterisk drops an idle socket. Returns seconds to the next."""
        while self._hushed * FRAME_SECONDS <= self._now():
            if self._is_read:
                try:
                    self._send(HUSH)
                except OSError:  # what it sent before it went is still to be read
                    self._is_read = False
            self._hushed = max(self._hushed + 1, int((self._now() - LATE_SECONDS) / FRAME_SECONDS))
        return self._hushed * FRAME_SECONDS - self._now()

    def release(self, farewell: bytes) -> None:
        """Give the caller back; what still comes is read, so that the farewell is not lost with it."""
        with suppress(OSError):
            self._send(farewell)
            self._connection.shutdown(1)
            until = self._now() + LINGER_SECONDS
            while self._now() < until:
                self._receive(until - self._now())

    def _hear(self, received: bytes, file: MessageFile) -> MessageEnd | None:
        for kind, payload in self._frames.feed(received):
            match kind:
                case FrameKind.SOUND:
                    if end := self._listen(payload, file):
                        return end
                case FrameKind.KEY:
                    if payload == b"#":
                        return MessageEnd.KEY
                case FrameKind.HANG_UP:
                    return MessageEnd.HANG_UP
                case FrameKind.FAULT:
                    return MessageEnd.CUT
                case FrameKind.ID:
                    raise BadFrame("a second id")
        # Frames that lay here while we could not look are heard first; a trickle is not waited for.
        return MessageEnd.LONGEST if self._now() > self._longest and len(received) < CHUNK else None

    def _fill(self, file: MessageFile) -> MessageEnd | None:
        """Fill in silence for sound that did not come, by the clock on the wall."""
        if self._now() > self._longest:
            return MessageEnd.LONGEST
        missing = self._now() - LATE_SECONDS - self._ear.seconds
        return self._listen(SILENCE * int(missing / FRAME_SECONDS), file) if missing > 0 else None

    def _listen(self, sound: bytes, file: MessageFile) -> MessageEnd | None:
        file.write(sound)
        self._heard += sound
        while len(self._heard) >= FRAME_BYTES:
            piece, self._heard = self._heard[:FRAME_BYTES], self._heard[FRAME_BYTES:]
            if ending := self._ear.feed(piece):
                return ENDED[ending]
        return None

    def _receive(self, patience: float) -> bytes:
        """Bytes that come within that time, or none. Raises ConnectionError at the end, or after too much."""
        self._connection.settimeout(max(0.001, patience))
        try:
            received = bytes(self._connection.recv(CHUNK))
        except TimeoutError:
            return b""
        self._allowed -= len(received)
        if not received:
            raise ConnectionAbortedError("ended")
        if self._allowed < 0:
            raise TooMuch("sent too much")
        return received

    def _send(self, words: bytes) -> None:
        self._connection.settimeout(SEND_SECONDS)
        self._connection.sendall(words)

    def _now(self) -> float:
        return self._elapsed() - self._began


class MessageListener(socketserver.ThreadingTCPServer):
    """Listens on one address. ``stop_listening`` ends that; messages under way go on to their end."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        messages: Messages,
        gate: Admission,
        *,
        peers: Sequence[str],
        longest: float,
        elapsed: Elapsed,
    ) -> None:
        self.messages, self.gate, self.longest, self.elapsed = messages, gate, longest, elapsed
        self._peers = [ip_network(peer) for peer in peers]
        super().__init__(address, Connection)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Admit only Asterisk's networks, and only so many at once; over the limit, a fault frame is sent."""
        peer = ip_address(client_address[0])
        if not any(peer in network for network in self._peers):
            metrics.security_events.labels("audio_socket_peer").inc()
            log.warning("listener.peer_refused", peer=str(peer))
            return False
        if self.gate.enter():
            return True
        log.warning("listener.over_limit", inside=self.gate.inside)
        with suppress(OSError):
            request.settimeout(SEND_SECONDS)
            request.sendall(frame(FrameKind.FAULT))
        return False

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread a message; without a thread to be had the place is given back."""
        try:
            super().process_request(request, client_address)
        except RuntimeError:
            self.gate.leave()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """A message and its place at the gate end together."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.gate.leave()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log the fault: nothing of a connection may print to standard error."""
        log.exception("listener.failed")

    def stop_listening(self) -> None:
        """Refuse new messages at once: Asterisk records them by itself."""
        self.shutdown()
        self.socket.close()


class Connection(socketserver.BaseRequestHandler):
    """One connection of the audio socket."""

    server: MessageListener

    def handle(self) -> None:
        """Take a message, or refuse with a fault; the result is on the disk before the caller goes on."""
        message = MessageIntake(self.request, self.server.longest, self.server.elapsed)
        try:
            ended = self._taken(message)
        except (ConnectionRefused, BadFrame) as error:
            metrics.security_events.labels("audio_socket").inc()
            log.warning("listener.refused", why=str(error))
            message.release(frame(FrameKind.FAULT))
        except OSError as error:
            log.error("listener.cannot_write", why=repr(error))
            message.release(frame(FrameKind.FAULT))
        else:
            if ended:
                metrics.messages.labels(ended).inc()
            message.release(frame(FrameKind.HANG_UP) if ended else frame(FrameKind.FAULT))

    def _taken(self, message: MessageIntake) -> MessageEnd | None:
        """Take a message; the reason of its end, None for a probe."""
        try:
            socket = message.id()
        except ConnectionError as error:
            raise ConnectionRefused("hung up before a word") from error
        if socket == NOBODY:
            return None
        name = self.server.messages.claim(socket)
        if name is None:
            raise ConnectionRefused(f"no message was announced as {socket}")
        file, ended = MessageFile(self.server.messages.path(name)), MessageEnd.CUT
        try:
            ended = message.take(file)
        finally:
            heard = file.keep(ended if message.is_spoken else MessageEnd.EMPTY)
        log.info("listener.heard", message=name, seconds=heard.seconds, ended=heard.ended)
        return heard.ended
