"""Plays Twilio's REST API over a real socket, with the faults that a contract knows nothing of."""

from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs

PERSONAL = "0912345678"
"""Stands in the words of every answer; must be in none of ours."""


class Peer:
    """Answers each request with the next status, 0 = never, -1 = hangs up; keeps what it was asked."""

    def __init__(self, *statuses: int) -> None:
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.paths: list[str] = []
        self.done = Event()
        peer, answers = self, iter(statuses)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                user = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
                peer.asked.append((user.partition(":")[2], parse_qs(body)))
                peer.paths.append(self.path)
                status = next(answers)
                if status == 0:  # never answers
                    peer.done.wait(60)
                    return
                if status > 0:
                    words = (
                        f'{{"sid": "SM1", "code": 20003, "message": "about {PERSONAL}", "status": {status}}}'
                    )
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(words)))
                    self.end_headers()
                    self.wfile.write(words.encode())

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
