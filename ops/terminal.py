"""What a person sees while something takes its time."""

import sys


def say(line: str) -> None:
    """One line to the screen, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
