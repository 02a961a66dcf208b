"""``python -m ops.run.listener``: the listener of spoken messages, in a process of its own."""

import signal
from threading import Thread
from typing import Final

import structlog

from agi_scripts.listen import LINGER_SECONDS, MessageListener
from agi_scripts.server import Admission
from hotline import clock
from hotline.settings import load_settings
from ops import logs
from recordings.messages import Messages

log = structlog.get_logger()
AT_ONCE: Final = 100
A_SECOND: Final = 50
ENDING: Final = (signal.SIGTERM, signal.SIGINT)


def main() -> None:
    """Listen until SIGTERM, then let the messages under way end."""
    # Waited for, not handled: a handler could run while this thread holds a lock that it wants.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    settings = load_settings()
    logs.configure_logging(settings, "listener")
    longest = settings.message_longest.total_seconds()
    gate = Admission(AT_ONCE, A_SECOND, clock.monotonic)
    listener = MessageListener(
        (settings.agi_address, settings.message_port),
        Messages(settings.messages),
        gate,
        peers=settings.agi_peers,
        longest=longest,
        elapsed=clock.monotonic,
    )
    Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    log.info("listener.listening", port=settings.message_port)
    signal.sigwait(ENDING)
    listener.stop_listening()
    gate.drain(longest + LINGER_SECONDS)
    log.info("listener.stopped", left=gate.inside)


if __name__ == "__main__":
    main()
