"""Errors of the house: each takes facts; the door that shows one puts it into words."""


class HotlineError(Exception):
    """Something a person can mend; ``str()`` is one clear sentence that says how."""


class BadSettings(HotlineError):
    """Settings that cannot be used; holds all faults, not the first."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("These settings cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults))


class CannotStart(HotlineError):
    """The machine lacks something: a port, a right, a program; says what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what}. {remedy}")
