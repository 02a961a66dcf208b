"""PostgreSQL waited for no longer than told, also when it hangs.

Its own time-outs end what it still works on. One that is stopped says nothing, while its kernel goes on
taking connections and acknowledging bytes: then only our side can end the wait. Of several servers that one
is taken which writes, whatever the others do (decision 0055).
"""

import socket
import struct
from collections.abc import Iterator
from concurrent.futures import Future, InvalidStateError
from datetime import timedelta
from threading import Lock, Thread
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event

from hotline.name_resolution import Names

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""Any server answers it with one byte; a hung one with nothing."""
FOR_THE_SERVER = 0.3
"""Seconds that its own time-out has to arrive before ours ends the connection."""
ONE_CORE = "-c max_parallel_workers_per_gather=0 -c jit=off"
"""A report takes one core of the server, so that decisions find another; nothing is worth compiling."""
GONE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
"""A machine without power or network keeps what it had locked for 25 s; else for two hours."""

NAMES = Names()


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when one answer takes longer than ``patience`` seconds."""

    patience = 5.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait as the parent does, but bounded. Raises OperationalError, which ends the connection."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


def engine(url: str, *, wait: timedelta, pool: int) -> Engine:
    """An engine whose connections answer within ``wait`` or are given up."""
    seconds = wait.total_seconds()
    milliseconds = int(seconds * 1000)
    made = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=seconds,
        connect_args={
            "connect_timeout": 2,  # whole seconds, two at least
            "tcp_user_timeout": milliseconds,
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} "
            f"{ONE_CORE} {GONE}",
        },
    )

    @event.listens_for(made, "do_connect")
    def _connect(_dialect: Any, _record: Any, _words: list[Any], named: dict[str, Any]) -> Any:
        connection = _connected(named, seconds)
        connection.patience = seconds + FOR_THE_SERVER
        return connection

    return made


def _connected(named: dict[str, Any], seconds: float) -> BoundedConnection:
    """Connect within ``seconds`` to the server, or to that of several which writes.

    Raises OperationalError.
    """
    servers = tuple(_servers(named))
    if len(servers) == 1:
        return _open(named | servers[0], seconds)
    first, writes = _First(len(servers)), {"target_session_attrs": "read-write"}
    for server in servers:
        Thread(target=first.run, args=(named | server | writes, seconds), daemon=True).start()
    return first.within(seconds)


def _servers(named: dict[str, Any]) -> Iterator[dict[str, Any]]:
    hosts, ports = (str(named.get(name, "")).split(",") for name in ("host", "port"))
    for place, host in enumerate(hosts):
        port = ports[place if len(ports) > 1 else 0]
        yield {"host": host} | ({"port": int(port)} if port else {})


class _First:
    """The first connection of several that are tried at once; those that come later are closed."""

    def __init__(self, runners: int) -> None:
        self._runners, self._faults, self._lock = runners, list[Exception](), Lock()
        self._came = Future[BoundedConnection]()

    def run(self, named: dict[str, Any], seconds: float) -> None:
        """Try one server."""
        try:
            connection = _open(named, seconds)
        except Exception as error:
            self._fail(error)
            return
        try:
            self._came.set_result(connection)
        except InvalidStateError:
            connection.close()

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self._faults.append(error)
            if len(self._faults) == self._runners and not self._came.done():
                told = "; ".join(map(str, self._faults))
                self._came.set_exception(psycopg.OperationalError(told))

    def within(self, seconds: float) -> BoundedConnection:
        """Wait for it. Raises OperationalError."""
        try:
            return self._came.result(seconds)
        except TimeoutError:
            if self._came.cancel():
                told = "; ".join(map(str, self._faults)) or "no server answers"
                raise psycopg.OperationalError(f"no server that writes answers in time: {told}") from None
            return self._came.result()


def _open(named: dict[str, Any], seconds: float) -> BoundedConnection:
    return BoundedConnection.connect(**(named | _where_it_lives(named, seconds)))


def _where_it_lives(named: dict[str, Any], seconds: float) -> dict[str, str]:
    """Resolve the server and have it answer in ``seconds``; libpq would wait 2. Raises OperationalError."""
    host, port = named.get("host", ""), int(named.get("port", 5432))
    if not host or host.startswith("/"):
        return {}
    try:
        address = NAMES.address(host, seconds)
        with socket.create_connection((address, port), seconds) as line:
            line.settimeout(seconds)
            line.sendall(SSL_REQUEST)
            answer = line.recv(1)
    except OSError as error:
        raise psycopg.OperationalError(f"{host}:{port} does not answer: {error}") from error
    if not answer:
        raise psycopg.OperationalError(f"{host}:{port} closes the connection")
    return {"hostaddr": address}
