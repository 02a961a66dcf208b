"""What may be recorded (spec P4.12): sound is kept only after the notice was heard in the caller's language."""

from collections.abc import Set


def may_record(notices_heard: Set[str], language: str) -> bool:
    """Whether recording may begin: the notice in ``language`` (V-01, V-01b) has been heard to its end."""
    return language in notices_heard
