"""``python -m ops.soak [--json FILE]``: a special call in full length; exit 1 when it was not as it must be."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from hotline.errors import HotlineError
from hotline.settings import load_settings
from ops.screen import say
from ops.soak.home import soak_home
from ops.soak.special import Special, measure


def main() -> None:
    """Run, tell how it goes, and write the figures if asked."""
    parser = argparse.ArgumentParser(prog="python -m ops.soak", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures there")
    asked = parser.parse_args()
    try:
        with soak_home(load_settings().cache) as home:
            rules = home.house.limit_rules
            say(
                f"A special call in full length: {rules.cap.total_seconds():g} s, and an ordinary one beside it"
            )
            found = measure(home, say)
    except HotlineError as error:
        sys.exit(str(error))
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(asdict(found), indent=1) + "\n", "utf-8")
    _tell(found)
    faults = found.faults(rules.cap.total_seconds(), rules.warning.total_seconds())
    for fault in faults:
        say(f"FAULT: {fault}")
    sys.exit(1 if faults else 0)


def _tell(found: Special) -> None:
    say("Seconds after the first agent's answer:")
    say(f"  authorised             {found.authorised:8.2f}")
    say(f"  V-20 begins            {found.warned:8.2f}")
    say(f"  the call is ended      {found.ended:8.3f}  ({found.reason})")
    say(f"  V-16 begins            {found.said:8.2f}")
    say(f"  the ordinary call went on at {found.ordinary:.1f}")


if __name__ == "__main__":
    main()
