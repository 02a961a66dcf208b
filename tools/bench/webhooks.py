"""Time that Twilio waits for us: our web process over each database, signed webhooks at random moments."""

import base64
import hashlib
import hmac
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final
from urllib.parse import urlencode

from hotline import clock
from tools.bench import postgres
from tools.bench.homes import bench_home
from tools.bench.plan import BenchPlan
from tools.bench.processes import cpu_ms, listens, rest
from tools.bench.report import BenchFigure, BenchPart, BenchTable, percentile, shown
from web.twilio_numbers import DOOR

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
BASE, TOKEN, ACCOUNT = "https://bench.example", "f" * 32, "AC" + "0" * 32
STEPS: Final[Sequence[tuple[str, Mapping[str, str]]]] = (
    ("", {"CallStatus": "ringing"}),
    ("/turn/1/asked", {"CallStatus": "in-progress", "Digits": "1"}),
    ("/turn/2/asked", {"CallStatus": "in-progress", "Digits": "1"}),
    ("/status", {"CallStatus": "completed"}),
)
"""A call: Mandarin, city services, gone."""
AT_ONCE: Final = 64
LIMIT: Final = 15.0
"""Seconds; longer Twilio does not wait."""
AT_MOST: Final = 1000.0
"""Milliseconds."""


@dataclass
class WebhookCall:
    """One call between two webhooks."""

    sid: str
    step: int = 0


@dataclass(frozen=True)
class WebhookRun:
    """Milliseconds of each webhook that was answered, how many were not, and CPU milliseconds of each."""

    took: Sequence[float]
    failed: int
    cpu_ms: float = 0.0


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """One database after the other."""
    found: dict[str, WebhookRun] = {SQLITE: _over(plan, scratch / "web-sqlite")}
    note = postgres.lacking()
    if not note:
        with postgres.cluster(scratch) as cluster:
            found[POSTGRES] = _over(plan, scratch / "web-pg", database_url=cluster.url)
    return BenchPart((_table(found, plan),), tuple(_figures(found, note)))


def _over(plan: BenchPlan, folder: Path, **values: Any) -> WebhookRun:
    tokens = folder.with_suffix(".tokens")
    tokens.write_text(TOKEN)
    set_up = {
        "public_url": BASE,
        "twilio_account": ACCOUNT,
        "twilio_tokens_file": tokens,
        "twilio_operator": "+886229603456",
        "twilio_exchange": "sip.bench.example:5060",
    }
    with ExitStack() as stack:
        home = stack.enter_context(bench_home(folder, **set_up, **values))
        port = home.settings.web_port
        web = home.module("web", "ops.run.web")
        stack.callback(web.stop)
        web.await_(lambda: listens(port))
        _offered(port, plan.webhooks, plan.warm)
        before = cpu_ms(web.pid)
        found = _offered(port, plan.webhooks, plan.webhook_seconds)
        return replace(found, cpu_ms=(cpu_ms(web.pid) - before) / max(1, len(found.took)))


def _offered(port: int, rate: float, seconds: float) -> WebhookRun:
    """Webhooks of as many calls as it takes, each timed from the moment it is due."""
    dice = random.Random(1999)  # noqa: S311 - the same moments in every run
    idle, took, failed, names = SimpleQueue[WebhookCall](), list[float](), list[str](), _names()

    def ask(due: float) -> None:
        call = _next(idle, names)
        status = _webhook(port, call)
        if status != 200:
            failed.append(call.sid)
            return
        took.append((clock.monotonic() - due) * 1000)
        if call.step < len(STEPS):
            idle.put(call)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        began = clock.monotonic()
        due = began
        while (due := due + dice.expovariate(rate)) - began < seconds:
            rest(max(0.0, due - clock.monotonic()))
            pool.submit(ask, due)
    return WebhookRun(took, len(failed))


def _next(idle: SimpleQueue[WebhookCall], names: Iterator[str]) -> WebhookCall:
    try:
        return idle.get_nowait()
    except Empty:
        return WebhookCall(next(names))


def _webhook(port: int, call: WebhookCall) -> int:
    """The status of the call's next one; 0 without an answer."""
    step, told = STEPS[call.step]
    form = {
        "CallSid": call.sid,
        "AccountSid": ACCOUNT,
        "From": "+886912345678",
        "To": "+886277001999",
        **told,
    }
    path = f"{DOOR}{step}"
    headers = {
        "X-Twilio-Signature": signed(f"{BASE}{path}", form),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection = HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    try:
        connection.request("POST", path, urlencode(form), headers)
        answer = connection.getresponse()
        answer.read()
    except OSError:
        return 0
    finally:
        connection.close()
    call.step += 1
    return answer.status


def signed(url: str, form: Mapping[str, str]) -> str:
    """Sign a form as Twilio does."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _names() -> Iterator[str]:
    stem = int(clock.now().timestamp() * 1000)
    return (f"CA{stem:016x}{number:016x}" for number in count())


def _table(found: Mapping[str, WebhookRun], plan: BenchPlan) -> BenchTable:
    head = ("database", "webhooks", "p50 ms", "p99 ms", "longest ms", "CPU ms each", "failed")
    rows = tuple(
        (
            name,
            str(len(one.took)),
            *(_ms(one, percent) for percent in (50, 99, 100)),
            shown(one.cpu_ms),
            str(one.failed),
        )
        for name, one in found.items()
    )
    note = "One web process; signed forms, four a call, durable writes; from the moment each was due."
    return BenchTable(f"(f) Calls over Twilio, {plan.webhooks:g} webhooks a second", head, rows, note)


def _ms(found: WebhookRun, percent: float) -> str:
    return shown(percentile(found.took, percent) if found.took else None)


def _figures(found: Mapping[str, WebhookRun], note: str) -> Iterator[BenchFigure]:
    for name in (SQLITE, POSTGRES):
        one = found.get(name)
        p99 = percentile(one.took, 99) if one and one.took else None
        why = f"{one.failed} failed" if one and one.failed else "" if one else note
        yield BenchFigure(f"a webhook, p99: {name}", p99, "ms", AT_MOST, note=why)
