"""Decisions a second and their latency: the real AGI process against a plain AGI server, in turns."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tools.bench import postgres
from tools.bench.homes import bench_home
from tools.bench.plain_agi import plain_server
from tools.bench.plan import BenchPlan
from tools.bench.processes import Child, cpu_ms, told_by
from tools.bench.report import BenchFigure, BenchPart, BenchTable, middle, ratio, shown

PLAIN, SQLITE, POSTGRES = "pyst2-thread, no database", "ours on SQLite", "ours on PostgreSQL"
Found = dict[str, float]


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """Measure all servers side by side, one load at a time, rounds in turns."""
    with ExitStack() as stack:
        servers: dict[str, tuple[int, Child]] = {PLAIN: stack.enter_context(plain_server(scratch))}
        servers[SQLITE] = _ours(stack, scratch / "sqlite")
        note = postgres.lacking()
        if not note:
            cluster = stack.enter_context(postgres.cluster(scratch))
            servers[POSTGRES] = _ours(stack, scratch / "pg", database_url=cluster.url)
        for port, _ in servers.values():
            _load(port, "--at-once", "20", "--seconds", str(plan.warm))
        saturated = {n: _rounds(servers, plan, plan.seconds, "--at-once", str(n)) for n in plan.at_once}
        offered = _rounds(servers, plan, plan.offered_seconds, "--rate", str(plan.offered))
    return BenchPart(tuple(_tables(saturated, offered, plan)), tuple(_figures(saturated, offered, note)))


def _ours(stack: ExitStack, folder: Path, **values: Any) -> tuple[int, Child]:
    home = stack.enter_context(bench_home(folder, **values))
    home.start_agi(1)
    return home.settings.agi_ports[0], home.agi[0]


def _rounds(
    servers: Mapping[str, tuple[int, Child]], plan: BenchPlan, seconds: float, *load: str
) -> dict[str, Found]:
    rounds: dict[str, list[Found]] = {name: [] for name in servers}
    for _ in range(plan.rounds):
        for name, (port, child) in servers.items():
            before = cpu_ms(child.pid)
            found = _load(port, *load, "--seconds", str(seconds))
            made = max(1.0, found["decisions"])
            found |= {"cpu_ms": (cpu_ms(child.pid) - before) / made, "a_second": made / found["seconds"]}
            rounds[name].append(found)
    return {name: _median(found) for name, found in rounds.items()}


def _median(rounds: list[Found]) -> Found:
    return {key: middle([found[key] for found in rounds]) or 0.0 for key in rounds[0]}


def _load(port: int, *words: str) -> Found:
    return told_by("tools.bench.agi_client", "--port", str(port), *words)


def _tables(
    saturated: Mapping[int, Mapping[str, Found]], offered: Mapping[str, Found], plan: BenchPlan
) -> list[BenchTable]:
    head = ("server", "at once", "decisions/s", "x plain", "p50 ms", "p99 ms", "CPU ms each", "failed")
    rows = [
        (
            name,
            str(n),
            shown(f["a_second"]),
            shown(ratio(f["a_second"], found[PLAIN]["a_second"])),
            shown(f["p50_ms"]),
            shown(f["p99_ms"]),
            shown(f["cpu_ms"]),
            shown(f["failed"]),
        )
        for n, found in saturated.items()
        for name, f in found.items()
    ]
    rows += [
        (
            name,
            f"{plan.offered:g}/s",
            shown(f["a_second"]),
            "",
            shown(f["p50_ms"]),
            shown(f["p99_ms"]),
            shown(f["cpu_ms"]),
            shown(f["failed"]),
        )
        for name, f in offered.items()
    ]
    note = "One AGI process. N at once: saturated. N/s: offered at random moments. Durable writes."
    return [BenchTable("(a) Decisions", head, tuple(rows), note)]


def _figures(
    saturated: Mapping[int, Mapping[str, Found]], offered: Mapping[str, Found], note: str
) -> list[BenchFigure]:
    most = saturated[max(saturated)]
    figures = []
    for name in (SQLITE, POSTGRES):
        found = offered.get(name)
        why = "" if found else note
        figures.append(
            BenchFigure(
                f"a decision, offered 100 a second, p99: {name}",
                found["p99_ms"] if found else None,
                "ms",
                5.0,
                note=why,
            )
        )
        figures.append(
            BenchFigure(
                f"CPU a decision, database write included: {name}",
                found["cpu_ms"] if found else None,
                "ms",
                note=why,
            )
        )
    if SQLITE in most:
        rate = ratio(most[SQLITE]["a_second"], most[PLAIN]["a_second"])
        figures.append(BenchFigure("decisions a second, saturated, SQLite", rate, "x plain pyst2"))
    return figures
