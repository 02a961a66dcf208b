"""The event log of one call, as Asterisk would write it, as rows for the writer of records."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

BRIDGE = "b"
SOON = timedelta(milliseconds=20)


@dataclass
class CallLog:
    """Lines of a call; ``name``: of its own channel, ``door``: where that came in."""

    call_id: str
    number: str
    name: str = "PJSIP/trunk-00000001"
    door: str = "from-trunk"
    rows: list[dict[str, Any]] = field(default_factory=list)
    told: int = 0
    phones: int = 0

    def line(
        self,
        at: datetime,
        kind: str,
        phone: "LoggedPhone | None" = None,
        said: str = "",
        *,
        extra: dict[str, Any] | None = None,
        where: tuple[str, str] = ("line", "turn"),
        app: str = "",
    ) -> None:
        """A line on the call's own channel, or on a phone's."""
        more = extra if extra is not None else {"extra": said} if said else None
        context, exten = where
        body = {
            "eventtype": kind,
            "userdeftype": "",
            "eventtime": f"{at.timestamp():.6f}",
            "linkedid": self.call_id,
            "uniqueid": phone.channel if phone else self.call_id,
            "channame": phone.name if phone else self.name,
            "context": context,
            "exten": exten,
            "num": "" if phone else self.number,
            "appname": app,
            "appdata": "",
            "eventextra": json.dumps(more) if more is not None else "",
            "peer": "",
        }
        file = sha256(self.call_id.encode()).hexdigest()
        row = {"file": file, "offset": self.told, "linked_id": self.call_id, "at": at, "kind": kind}
        self.rows.append({**row, "body": body})
        self.told += 1

    def begins(self, at: datetime, exten: str = "1999") -> None:
        """The channel is there."""
        self.line(at, "CHAN_START", where=(self.door, exten))

    def phone(self, at: datetime, endpoint: str) -> "LoggedPhone":
        """A phone is dialled."""
        self.phones += 1
        found = LoggedPhone(self, f"{self.call_id}-{self.phones}", f"PJSIP/{endpoint}-{self.phones:08x}")
        self.line(at, "CHAN_START", found, where=("from-agents", ""))
        return found

    def hangs_up(self, at: datetime, by: str = "", where: tuple[str, str] = ("line", "end")) -> None:
        """The call is over; ``by``: the name of the channel that hung up."""
        self.line(at, "HANGUP", extra={"hangupcause": 16, "hangupsource": by}, where=where)
        self.line(at + SOON, "LINKEDID_END", where=where)

    def taken(self) -> list[dict[str, Any]]:
        """The lines since they were taken last."""
        rows, self.rows = self.rows, []
        return rows


@dataclass(frozen=True)
class LoggedPhone:
    """A phone that is rung for a call."""

    log: CallLog
    channel: str
    name: str

    def answers(self, at: datetime) -> None:
        """It is lifted."""
        self.log.line(at, "ANSWER", self, where=("from-agents", ""))

    def joins(self, at: datetime) -> None:
        """It talks with the caller from now on."""
        there = {"bridge_id": f"{BRIDGE}{self.channel}"}
        self.log.line(at, "BRIDGE_ENTER", self, extra=there, where=("from-agents", ""))
        self.log.line(at, "BRIDGE_ENTER", extra=there)

    def parts(self, at: datetime) -> None:
        """And no more."""
        there = {"bridge_id": f"{BRIDGE}{self.channel}"}
        self.log.line(at, "BRIDGE_EXIT", self, extra=there, where=("from-agents", ""))
        self.log.line(at, "BRIDGE_EXIT", extra=there)

    def ends(self, at: datetime, cause: int = 16, by: str = "") -> None:
        """It is put down, or given up; ``by``: the name of who ended it."""
        told = {"hangupcause": cause, "hangupsource": by}
        self.log.line(at, "HANGUP", self, extra=told, where=("from-agents", ""))
