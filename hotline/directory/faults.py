"""What is wrong with files of the directory, all of it at once."""

from dataclasses import dataclass

from hotline.errors import HotlineError


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where, and what to do. ``line`` counts from 1, the heading."""

    file: str
    line: int
    column: str
    what: str

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"{self.file}, line {self.line}{column}: {self.what}"


class BadSheets(HotlineError):
    """Files that cannot be imported; holds all faults, in their order. Nothing was written."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        told = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"Nothing was written; mend these and try again:\n{told}")
