"""``python -m tools.soak [--quick] [--only special,calls,...] [--into FOLDER]``: proofs that take their time.

Exit 1 when a figure misses its goal or a part gave up.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hotline import clock
from hotline.errors import HotlineError
from hotline.settings import load_settings
from ops.pbx.asterisk import find_or_install
from ops.terminal import say
from tools.bench.machine import in_words, machine
from tools.bench.report import BenchPart, as_json, goals
from tools.soak import calls, promises, special
from tools.soak.plan import FULL, QUICK, Measure, SoakPlan

PARTS: Final[Mapping[str, Measure]] = {
    "special": special.measure,
    "promises": promises.measure,
    "calls": calls.measure,
}
"""By name, in the order they are run; each writes soak-NAME.json."""


def main() -> None:
    """Run the parts asked for, one after the other; each tells how it goes and writes its figures."""
    asked = _asked()
    try:
        cache = load_settings().cache
        facts = machine(find_or_install(cache).version, Path("/tmp"))
    except HotlineError as error:
        sys.exit(str(error))
    say(in_words(facts))
    asked.into.mkdir(parents=True, exist_ok=True)
    plan = QUICK if asked.quick else FULL
    held = [_run(name, plan, cache, asked.into / f"soak-{name}.json", facts) for name in asked.only]
    sys.exit(0 if all(held) else 1)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short rounds: does the soak itself work")
    parser.add_argument("--into", type=Path, default=Path("build"), help="folder of the figures, as JSON")
    parser.add_argument(
        "--only",
        type=lambda text: tuple(text.split(",")),
        default=tuple(PARTS),
        help=f"some of {','.join(PARTS)}",
    )
    asked = parser.parse_args()
    if unknown := set(asked.only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return asked


def _run(name: str, plan: SoakPlan, cache: Path, file: Path, facts: Mapping[str, object]) -> bool:
    """Run one part; true when each figure reached its goal."""
    began = clock.monotonic()
    say(f"\n{name}: from {clock.now().astimezone(clock.TAIPEI):%Y-%m-%d %H:%M:%S}")
    try:
        part = PARTS[name](plan, cache, say)
    except HotlineError as error:
        say(f"{name} gave up: {error}")
        return False
    _tell(part)
    told = {**facts, "part": name, "plan": str(plan), "load_after": round(os.getloadavg()[0], 2)}
    file.write_text(json.dumps(as_json(told, [part]), ensure_ascii=False, indent=1) + "\n", "utf-8")
    say(f"{name}: {clock.monotonic() - began:.0f} s; written: {file}")
    return all(figure.reached is not False for figure in part.figures)


def _tell(part: BenchPart) -> None:
    for table in part.tables:
        say("\n" + table.text())
    say("\n" + goals(part.figures).text())


if __name__ == "__main__":
    main()
