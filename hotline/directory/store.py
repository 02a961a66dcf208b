"""The directory's tables: each row holds for a period and is never changed (design law 7)."""

from sqlalchemy import Boolean, Dialect, Float, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from hotline.db import CODE, Base
from hotline.ledger.history import DatedRow
from hotline.phones import in_e164, in_taiwan


class NumberColumn(TypeDecorator[str]):
    """A telephone number: E.164 with its extension in the database, as Taiwan prints it everywhere else."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return in_e164(value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return in_taiwan(value) if value else value


NUMBER = NumberColumn()


class AgencyRow(DatedRow, Base, kind="agency"):
    """An agency of the city (P2-a); ``off_site`` has a switchboard of its own (P2-b)."""

    __tablename__ = "agency"

    key: Mapped[str] = mapped_column("code", CODE)
    name: Mapped[str] = mapped_column(String(64))
    off_site: Mapped[bool] = mapped_column(Boolean, default=False)
    number: Mapped[str] = mapped_column(NUMBER, default="", comment="its switchboard, as printed")
    alternative: Mapped[str] = mapped_column(NUMBER, default="", comment="while the switchboard fails (P4.9)")
    emergency: Mapped[str] = mapped_column(NUMBER, default="", comment="out of office hours (§9.1)")
    parent: Mapped[str] = mapped_column(
        CODE, default="", server_default="", comment="code of the agency above it"
    )
    closed: Mapped[bool] = mapped_column(
        Boolean, default=False, server_default=false(), comment="it is no more; nobody of it answers"
    )
    successor: Mapped[str] = mapped_column(
        CODE, default="", server_default="", comment="code of the agency that has its open cases"
    )


class SectionRow(DatedRow, Base, kind="section"):
    """A section (科/組/室) of an agency."""

    __tablename__ = "section"

    key: Mapped[str] = mapped_column("code", CODE)
    agency: Mapped[str] = mapped_column(CODE, comment="code of its agency")
    name: Mapped[str] = mapped_column(String(64))
    closed: Mapped[bool] = mapped_column(Boolean, default=False, comment="nobody of it answers")
    email: Mapped[str] = mapped_column(String(128), default="")


class PersonRow(DatedRow, Base, kind="person"):
    """A member of a section, and the business in charge (業務職掌, P4.1.1)."""

    __tablename__ = "person"

    key: Mapped[str] = mapped_column("code", CODE)
    section: Mapped[str] = mapped_column(CODE, comment="code of the section")
    name: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(64), default="")
    duties: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(String(128), default="")


class DeskRow(DatedRow, Base, kind="desk"):
    """An extension: whose it is, and its place on a floor plan."""

    __tablename__ = "desk"

    key: Mapped[str] = mapped_column("extension", String(16))
    section: Mapped[str] = mapped_column(CODE, comment="code of the section")
    person: Mapped[str] = mapped_column(CODE, default="", comment="code of the person; empty = nobody's own")
    name: Mapped[str] = mapped_column(String(64), default="", comment="empty = the person's name")
    floor: Mapped[str] = mapped_column(String(32), default="", comment="floor plan; empty = place not known")
    x: Mapped[float | None] = mapped_column(Float, comment="metres on the floor plan")
    y: Mapped[float | None] = mapped_column(Float, comment="metres on the floor plan")
    number: Mapped[str] = mapped_column(NUMBER, default="", comment="outside number; empty = city's exchange")
    building: Mapped[str] = mapped_column(
        String(32), default="", server_default="", comment="of the floor plan; empty = the city hall"
    )
    neighbours: Mapped[str] = mapped_column(
        String(255), default="", server_default="", comment="extensions rung first, in this order"
    )


class BusinessRow(DatedRow, Base, kind="business"):
    """A business in charge (業務職掌, P4.1.1): which section, or whom of it, to ask."""

    __tablename__ = "business"

    key: Mapped[str] = mapped_column("code", CODE)
    section: Mapped[str] = mapped_column(CODE, comment="code of the section")
    person: Mapped[str] = mapped_column(CODE, default="", comment="code of the person; empty = the section")
    name: Mapped[str] = mapped_column(String(128))
    keywords: Mapped[str] = mapped_column(Text, default="", comment="other words that citizens use for it")


class ContactRow(DatedRow, Base, kind="contact"):
    """The holder of an office of an agency, or a deputy: liaison, manager, control officer (spec §1)."""

    __tablename__ = "contact"

    key: Mapped[str] = mapped_column("office", String(64), comment="agency/role/place")
    agency: Mapped[str] = mapped_column(CODE, comment="code of the agency")
    role: Mapped[str] = mapped_column(String(32), comment="a word of Role")
    place: Mapped[str] = mapped_column(String(8), comment="1 holds the office, 2 and on are deputies")
    person: Mapped[str] = mapped_column(CODE, comment="code of the person")


class BookingRow(DatedRow, Base, kind="booking"):
    """A section that is away as a whole for a time: a meeting, outside (P5.1.2)."""

    __tablename__ = "booking"

    key: Mapped[str] = mapped_column("section", CODE)
    cause: Mapped[str] = mapped_column(String(64))
    cover: Mapped[str] = mapped_column(String(16), default="", comment="the extension that answers meanwhile")


class HoursRow(DatedRow, Base, kind="hours"):
    """Office hours from a date on; no row = those of the settings (spec §2)."""

    __tablename__ = "office_hours"

    key: Mapped[str] = mapped_column("name", String(16), comment="office")
    opens: Mapped[str] = mapped_column(String(5), comment="HH:MM")
    closes: Mapped[str] = mapped_column(String(5), comment="HH:MM")
    pause: Mapped[str] = mapped_column(String(11), default="", comment="HH:MM-HH:MM; empty = none")


class ForwardRow(DatedRow, Base, kind="forward"):
    """An extension that follows another one for a time (跟隨, P5.1.2)."""

    __tablename__ = "forward"

    key: Mapped[str] = mapped_column("extension", String(16))
    target: Mapped[str] = mapped_column(String(16), comment="the extension that answers")


class AbsenceRow(DatedRow, Base, kind="absence"):
    """The absence of a person for a time: leave, meeting, outside."""

    __tablename__ = "absence"

    key: Mapped[str] = mapped_column("person", CODE)
    cause: Mapped[str] = mapped_column(String(64))


class DutyRow(DatedRow, Base, kind="duty"):
    """A place on the roster of the city duty officers, and who has it for a time (P5.1.3)."""

    __tablename__ = "duty"

    key: Mapped[str] = mapped_column("place", String(8), comment="rung in this order, a number from 1")
    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(NUMBER)


class SwitchboardRow(DatedRow, Base, kind="switchboard"):
    """The fault of an agency's switchboard for a time (P4.9); no row = it works."""

    __tablename__ = "switchboard_fault"

    key: Mapped[str] = mapped_column("agency", CODE)
    alternative: Mapped[str] = mapped_column(NUMBER, comment="rung instead; empty = the agency's alternative")


class CalendarRow(DatedRow, Base, kind="calendar"):
    """A day that the official calendar does not know, or knows otherwise (spec §2); holds while declared."""

    __tablename__ = "calendar_override"

    key: Mapped[str] = mapped_column("day", String(10), comment="ISO 8601")
    kind: Mapped[str] = mapped_column(String(8), comment="off or working")
    why: Mapped[str] = mapped_column(Text, comment="the reason people read")
