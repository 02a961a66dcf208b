"""The audit log's tables, and the triggers that let nobody change them."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import JSON, Date, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import Base, Instant, only_added_to


class AuditRow(Base):
    """One deed."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "subject", "at"), Index(None, "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(String(64), comment="login, or the name of the process that did it")
    action: Mapped[str] = mapped_column(String(48), comment="room.verb, for example directory.forward")
    subject: Mapped[str] = mapped_column(String(96), comment="kind:key, for example desk:5112")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str] = mapped_column(Text, default="")


class LinkRow(Base):
    """A link of the chain over the log: the row it covers, told together with the link before."""

    __tablename__ = "audit_chain"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="1 is the first")
    row: Mapped[int] = mapped_column(unique=True, comment="id of the row in audit_log")
    hash: Mapped[str] = mapped_column(String(64))


class FormerLink(Base):
    """A link of the chain of earlier releases, whose rows told of citizens in clear; gone once they do
    not.
    """

    __tablename__ = "audit_link"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="1 is the first")
    row: Mapped[int] = mapped_column(unique=True, comment="id of the row in audit_log")
    hash: Mapped[str] = mapped_column(String(64))


class HeadRow(Base):
    """A place in a chain: its newest link, or how far the former chain is sealed, or moved."""

    __tablename__ = "audit_head"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class AnchoredRow(Base):
    """A row of another room as it was when its day was anchored: a digest of what never changes of it."""

    __tablename__ = "audit_anchored"
    __table_args__ = (Index(None, "day", "kind"),)

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    day: Mapped[date] = mapped_column(Date, comment="of Taipei, whose row of the log covers it")
    digest: Mapped[str] = mapped_column(String(64))


class EntryRow(Base):
    """An entry of a ledger: all that was changed at once, which can be undone as a whole."""

    __tablename__ = "ledger_entry"
    __table_args__ = (Index(None, "effective_at"), Index(None, "undoes"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, comment="when it was said")
    by: Mapped[str] = mapped_column(String(64), comment="login, or the name of the process that did it")
    action: Mapped[str] = mapped_column(String(48), comment="room.verb, for example directory.import")
    reason: Mapped[str] = mapped_column(Text, default="")
    effective_at: Mapped[datetime] = mapped_column(
        Instant, comment="the first instant that is other than before"
    )
    undoes: Mapped[int | None] = mapped_column(comment="the entry that this one takes back")


class EntryLine(Base):
    """A row with a history that an entry wrote, or replaced."""

    __tablename__ = "ledger_entry_line"
    __table_args__ = (Index(None, "kind", "key"),)

    entry: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, comment="id of the row in the table of its kind")
    key: Mapped[str] = mapped_column(String(64))
    written: Mapped[bool] = mapped_column(comment="else replaced")


only_added_to(EntryRow, "entries of a ledger are only added to")
only_added_to(EntryLine, "entries of a ledger are only added to")
LINKS_KEPT: Final = "links of the audit log are only added to"
ROWS_KEPT: Final = "the audit log is only added to"
only_added_to(LinkRow, LINKS_KEPT)
only_added_to(FormerLink, LINKS_KEPT)
only_added_to(AnchoredRow, "what was anchored is only added to")
only_added_to(AuditRow, ROWS_KEPT)
