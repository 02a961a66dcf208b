"""``python -m tools.bench [--quick] [--json FILE] [--only decisions,calls,...]``."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from hotline import clock
from hotline.errors import HotlineError
from hotline.settings import load_settings
from ops.pbx.asterisk import find_or_install
from ops.terminal import in_words as told
from ops.terminal import say
from tools.bench import (
    beside,
    boards,
    calls,
    cards,
    cases,
    classic,
    decisions,
    first_prompt,
    floors,
    menus,
    parked,
    recorded,
    reports,
    retention,
    screens,
    sealing,
    searches,
    steps,
    verified,
    video,
    webhooks,
)
from tools.bench.machine import in_words, machine
from tools.bench.plan import FULL, QUICK, BenchPlan
from tools.bench.report import BenchPart, as_json, goals
from tools.bench.stage import BenchStage, stage
from tools.faults import CannotMeasure

STAGED: dict[str, Callable[[BenchPlan, BenchStage], BenchPart] | None] = {
    "calls": None,
    "first_prompt": first_prompt.measure,
    "recorded": recorded.measure,
    "parked": parked.measure,
}
PARTS = (
    *"decisions webhooks boards screens searches sealing cases retention beside cards".split(),
    *"verified video menus".split(),
    *STAGED,
    "classic",
)
LONG = ("reports", "steps", "floors")
"""Parts that take long: they are measured when asked for by their names."""
NEEDED = {"sipp": "sip-tester", "setpriv": "util-linux", "openssl": "openssl"}


def main() -> None:
    """Measure, print, and write JSON if asked."""
    asked = _asked()
    plan = QUICK if asked.quick else FULL
    try:
        _refuse_what_is_missing()
        with _scratch() as scratch:
            cache = load_settings().cache
            facts = machine(find_or_install(cache).version, scratch)
            say(in_words(facts))
            parts = list(_measure(plan, scratch, cache, asked.only))
    except HotlineError as error:
        sys.exit(told(error))
    facts["load_after"] = round(os.getloadavg()[0], 2)
    say(goals([figure for part in parts for figure in part.figures]).text())
    if asked.json:
        asked.json.write_text(json.dumps(as_json(facts, parts), ensure_ascii=False, indent=1), "utf-8")
        say(f"Written: {asked.json}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, within 90 seconds")
    parser.add_argument("--json", type=Path, help="also write everything there")
    parser.add_argument(
        "--only",
        type=lambda text: tuple(text.split(",")),
        default=PARTS,
        help=f"some of {','.join((*PARTS, *LONG))}; without it all but {','.join(LONG)}",
    )
    asked = parser.parse_args()
    if unknown := set(asked.only) - {*PARTS, *LONG}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return asked


def _refuse_what_is_missing() -> None:
    for program, package in NEEDED.items():
        if not shutil.which(program):
            raise CannotMeasure(f"{program} is missing. Install it with: apt-get install {package}")


def _measure(plan: BenchPlan, scratch: Path, cache: Path, only: Sequence[str]) -> Iterator[BenchPart]:
    """Measure part by part and show each at once; one that gives up does not keep the others back."""
    costs: list[float] = []

    def real_calls(set_up: BenchStage) -> BenchPart:
        part, ours = calls.measure(plan, set_up)
        costs.append(ours)
        return part

    if "decisions" in only:
        yield _told(lambda: decisions.measure(plan, scratch))
    if "webhooks" in only:
        yield _told(lambda: webhooks.measure(plan, scratch))
    if "boards" in only:
        yield _told(lambda: boards.measure(plan, scratch))
    if "screens" in only:
        yield _told(lambda: screens.measure(plan, scratch))
    if "searches" in only:
        yield _told(lambda: searches.measure(plan))
    if "sealing" in only:
        yield _told(lambda: sealing.measure(plan, scratch))
    if "cases" in only:
        yield _told(lambda: cases.measure(plan, scratch))
    if "retention" in only:
        yield _told(lambda: retention.measure(plan, scratch))
    if "beside" in only:
        yield _told(lambda: beside.measure(plan, scratch))
    if "reports" in only:
        yield _told(lambda: reports.measure(plan, scratch))
    if "cards" in only:
        yield _told(lambda: cards.measure(plan, scratch, cache))
    if "verified" in only:
        yield _told(lambda: verified.measure(plan, scratch))
    if "video" in only:
        yield _told(lambda: video.measure(plan, scratch, cache))
    if "menus" in only:
        yield _told(lambda: menus.measure(plan, scratch, cache))
    with ExitStack() as stack:
        if {*STAGED, "steps", "floors"} & set(only):
            set_up = stack.enter_context(stage(scratch, cache))
        if "calls" in only:
            yield _told(lambda: real_calls(set_up))
        for name, part in STAGED.items():
            if name in only and part is not None:
                yield _told(partial(part, plan, set_up))
        if "steps" in only:
            yield _told(lambda: steps.measure(plan, set_up))
        if "floors" in only:
            yield _told(lambda: floors.measure(plan, set_up))
    if "classic" in only:
        yield _told(lambda: classic.measure(plan, scratch, costs[0] if costs else None))


def _told(measure: Callable[[], BenchPart]) -> BenchPart:
    began = clock.monotonic()
    try:
        part = measure()
    except HotlineError as error:
        say(f"\n{told(error)}")
        part = BenchPart()
    for table in part.tables:
        say("\n" + table.text())
    say(f"[{clock.monotonic() - began:.0f} s]")
    return part


@contextmanager
def _scratch() -> Iterator[Path]:
    """A directory that Asterisk's own user can enter, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
