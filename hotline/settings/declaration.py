"""The settings, each declared once with its meaning; one frozen object, read at start.

What is declared here is how calls, promises and office hours go; places, addresses and whoever carries for us
have files of their own.

Values come from the environment (``HOTLINE_SIP_PORT=5070``) or from
``settings.toml`` in ``HOTLINE_HOME``; the environment wins. All faults are
listed together, each with what to do.
"""

import os
import re
from datetime import time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hotline.dialling import DialRules
from hotline.errors import Remark
from hotline.networks import is_loopback
from hotline.numbers import e164
from hotline.settings.addresses import AddressSettings
from hotline.settings.backup import BackupSettings
from hotline.settings.carriers import CarrierSettings
from hotline.settings.cases import CaseSettings
from hotline.settings.delivery import DeliverySettings
from hotline.settings.edge import EdgeSettings
from hotline.settings.exchange import ExchangeSettings
from hotline.settings.faults import BadSettings, UnreadableSettings, fault_of, strangers
from hotline.settings.kinds import CHECKOUT, TUNABLE, Duration, Port, Words
from hotline.settings.limits import PORTS_OF_A_CALL, PORTS_OF_A_CHANNEL, LimitSettings
from hotline.settings.places import PlaceSettings
from hotline.settings.retention import RetentionSettings
from hotline.settings.sound import SoundSettings
from hotline.settings.sso import SsoSettings
from hotline.settings.survey import SurveySettings
from hotline.settings.syslog import SyslogSettings
from hotline.settings.turn import TurnSettings
from hotline.settings.video import VideoSettings
from hotline.worktime.workdays import OfficeHours

SECRETS: Final = frozenset(("database_url", "smtp_password", "twilio_tokens"))
"""Settings whose value is, or holds, a secret: it is repeated in no message."""


class Settings(
    DeliverySettings,
    EdgeSettings,
    ExchangeSettings,
    CaseSettings,
    LimitSettings,
    AddressSettings,
    CarrierSettings,
    PlaceSettings,
    BackupSettings,
    RetentionSettings,
    SoundSettings,
    SsoSettings,
    SurveySettings,
    SyslogSettings,
    VideoSettings,
    TurnSettings,
    BaseSettings,
):
    """The settings of an installation."""

    model_config = SettingsConfigDict(env_prefix="HOTLINE_", frozen=True, extra="forbid")

    decision_limit: Duration = Field(timedelta(seconds=3), description="a decision's limit in Asterisk")
    decision_database_wait: Duration = Field(
        timedelta(milliseconds=700), description="longest wait for the database inside a decision"
    )
    job_database_wait: Duration = Field(timedelta(seconds=5), description="the same for jobs")
    queue_slice: Duration = Field(
        timedelta(seconds=30),
        ge=timedelta(seconds=1),
        le=timedelta(seconds=30),
        description="music between two announcements in the queue",
    )
    queue_ring: Duration = Field(timedelta(seconds=15), description="how long one agent's phone rings")
    queue_talk: Annotated[Duration, TUNABLE] = Field(
        timedelta(minutes=4),
        ge=timedelta(seconds=10),
        le=timedelta(hours=1),
        description="mean length of a talk, for the expected wait until one is measured",
    )
    after_call: Annotated[Duration, TUNABLE] = Field(
        timedelta(seconds=60),
        ge=timedelta(0),
        le=timedelta(minutes=30),
        description="longest after-call work of an agent, before calls come again; 0 = none",
    )
    phone_silence: Duration = Field(
        timedelta(seconds=30),
        ge=timedelta(seconds=5),
        description="the phone of an agent or a page that sends no sound for so long in a talk is given up "
        "(rtp_timeout)",
    )
    recovery: Annotated[Duration, TUNABLE] = Field(
        timedelta(minutes=3),
        ge=timedelta(0),
        le=timedelta(minutes=30),
        description="pause of an agent after a special call or an emergency; 0 = as after any other",
    )
    service_level_goal: Annotated[int, TUNABLE] = Field(
        80, ge=1, le=100, description="percent of calls to be answered in time: the goal of the service level"
    )
    wait_warning: Annotated[Duration, TUNABLE] = Field(
        timedelta(seconds=20),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="a caller who waits so long is shown as waiting long",
    )
    wait_alarm: Annotated[Duration, TUNABLE] = Field(
        timedelta(seconds=60),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="a caller who waits so long is shown as waiting too long",
    )
    talk_alerts: Annotated[str, TUNABLE] = Field(
        "5,10",
        pattern=r"^$|^\d{1,3}(,\d{1,3})*$",
        description="minutes of a talk at which the agent's page says how long it lasts; empty = never",
    )
    office_opens: time = Field(time(8, 30), description="office hours begin (hours.office)")
    office_closes: time = Field(time(17, 30), description="office hours end (hours.office)")
    office_break: str = Field(
        "",
        pattern=r"^$|^\d\d:\d\d-\d\d:\d\d$",
        validate_default=True,
        description="a break in which office hours pause, for example 12:30-13:30; empty = none "
        "(hours.break)",
    )
    city: Literal["small", "whole"] = Field(
        "small", description="the fictional city of a fresh installation: 70 desks, or 3,000"
    )
    change_notice_days: Annotated[int, TUNABLE] = Field(
        2, ge=1, le=30, description="working days before its effect by which a change must be told (P4.6)"
    )
    faq_reply_days: int = Field(
        2, ge=1, le=30, description="days within which an agency replies to a question for the book (P4.5)"
    )
    faq_clock: Literal["WD", "CAL"] = Field(
        "WD", description="the clock of faq_reply_days: working days, or all days (faq.clock)"
    )
    callback_hours: Duration = Field(timedelta(hours=4), description="office hours within which we call back")
    callback_clock: Literal["WH", "CAL"] = Field(
        "WH", description="the clock of callback_hours and callback_remind: office hours, or all hours"
    )
    callback_remind: Annotated[Duration, TUNABLE] = Field(
        timedelta(hours=3),
        ge=timedelta(0),
        description="office hours after which the owner is reminded (callback.remind_at_h)",
    )
    callback_given_daily: int = Field(
        3,
        ge=0,
        description="numbers that one caller may leave a day to be called at, instead of the own number",
    )
    callback_given_open: int = Field(
        2, ge=1, description="callbacks that may be open to a number that callers left instead of their own"
    )
    callback_attempts: Annotated[int, TUNABLE] = Field(
        3, ge=1, le=20, description="failed attempts that close a callback as unreached"
    )
    callback_lease: Annotated[Duration, TUNABLE] = Field(
        timedelta(minutes=10),
        ge=timedelta(minutes=1),
        le=timedelta(days=1),
        description="a worker that holds a callback so long without a word loses it",
    )
    callback_ring: Duration = Field(
        timedelta(seconds=30), description="how long officer's and citizen's phones ring for a callback"
    )
    verify_attempts: Annotated[int, TUNABLE] = Field(
        1,
        ge=1,
        le=3,
        description="how often a petitioner is called back to confirm who they are (verify.attempts)",
    )
    message_port: Port = Field(
        4575, description="TCP port of the listener of spoken messages, on agi_address"
    )
    message_longest: Duration = Field(timedelta(seconds=120), description="longest spoken message")
    ring_period: Duration = Field(
        timedelta(seconds=3), description="length of one ring, for counting rings (ring.period_s)"
    )
    ring_most: int = Field(3, ge=1, description="an answer within so many rings is in time (ring.max_rings)")
    transfer_ring: Annotated[Duration, TUNABLE] = Field(
        timedelta(seconds=15),
        ge=timedelta(seconds=3),
        le=timedelta(minutes=2),
        description="how long the desk asked for rings (transfer.ring_timeout_s)",
    )
    transfer_neighbour_ring: Annotated[Duration, TUNABLE] = Field(
        timedelta(seconds=12),
        ge=timedelta(seconds=3),
        le=timedelta(minutes=2),
        description="how long a neighbour rings (transfer.neighbour_timeout_s)",
    )
    transfer_neighbours: Annotated[int, TUNABLE] = Field(
        2, ge=0, le=9, description="neighbours rung at most (transfer.max_neighbours)"
    )
    transfer_hunt: Duration = Field(
        timedelta(seconds=60), description="longest hunt for one extension (transfer.hunt_max_s)"
    )
    special_cap: Duration = Field(
        timedelta(minutes=15),
        description="longest special call, from the first agent's answer (special.cap_min)",
    )
    special_guidances: int = Field(3, ge=1, le=9, description="guidances before a special call ends")
    special_answer: Duration = Field(
        timedelta(seconds=10), description="a guidance has failed when no topic appears within this time"
    )
    special_spoken_warning: Duration = Field(
        timedelta(minutes=1), description="how long before the cap the caller hears that the call ends soon"
    )
    supervisors: Words = Field(
        ("supervisor-1",), description="SIP phones of supervisors, rung in an emergency (P7.1)"
    )
    supervisor_ring: Annotated[Duration, TUNABLE] = Field(
        timedelta(seconds=30),
        ge=timedelta(seconds=3),
        le=timedelta(minutes=2),
        description="how long the supervisors' phones ring in an emergency",
    )
    call_longest: Duration = Field(
        timedelta(0), description="longest of all calls, from the caller's answer; 0 = off (call.max_minutes)"
    )
    outbound_abroad: Words = Field(
        (),
        description="beginnings of other countries' numbers that are dialled too, as +81; none = Taiwan only",
    )
    outbound_access: str = Field(
        "002", pattern=r"^[0-9]{0,6}$", description="what the carrier wants dialled before a number abroad"
    )
    outbound_daily: int = Field(
        500,
        ge=0,
        description="calls to outside numbers a day, at most; 110, 119 and who is on duty are exempt",
    )
    outbound_at_once: int = Field(
        30, ge=0, description="the same at one moment; who is over either hears so, and it is an alarm"
    )
    outbound_person: int = Field(
        100, ge=1, description="calls a day that 1999 places for one agent or officer, at most"
    )
    drain_minutes: float = Field(
        20,
        ge=0,
        le=24 * 60,
        description="when Asterisk is to end, calls that are up go on for so long at most; new ones are "
        "refused",
    )
    recording_from: Literal["person", "answer"] = Field(
        "person",
        description="calls are recorded while a person talks with the caller (person), or from the notice "
        "on, menus and music too (answer)",
    )
    recording_pause: Annotated[Duration, TUNABLE] = Field(
        timedelta(seconds=60),
        ge=timedelta(seconds=5),
        le=timedelta(minutes=10),
        description="a recording that an agent paused goes on by itself after so long (P4.12)",
    )
    recording_refused: Annotated[str, TUNABLE] = Field(
        "市政信箱、線上陳情、書信，或親自到各區公所",
        max_length=200,
        description="the other channels, as agents name them to a caller who refuses to be recorded (P4.12)",
    )
    recording_alarm: Duration = Field(
        timedelta(seconds=60), description="a missing recording raises an alarm within this time"
    )
    recording_minimum_free: int = Field(
        5 << 30, ge=0, description="bytes of free disk, wherever calls leave traces, under which health warns"
    )
    notice_night: Annotated[str, TUNABLE] = Field(
        "21:00-09:00",
        pattern=r"^$|^\d\d:\d\d-\d\d:\d\d$",
        description="messages that can wait are not sent in these hours; empty = they are",
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least level logged")

    @field_validator("office_break", "notice_night")
    @classmethod
    def _times_of_day(cls, value: str) -> str:
        _from_to(value)
        return value

    @field_validator("office_break")
    @classmethod
    def _office_hours_run_forward(cls, value: str, given: ValidationInfo) -> str:
        """Check the break by the hours declared before it; without office hours no promise falls due."""
        if {"office_opens", "office_closes"} <= given.data.keys():
            OfficeHours(given.data["office_opens"], given.data["office_closes"], _from_to(value))
        return value

    @field_validator("outbound_abroad")
    @classmethod
    def _beginnings(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if not re.fullmatch(r"\+[1-9][0-9]{0,6}", code) or code.startswith("+886"):
                raise PydanticCustomError("country", "no country", {"limit": code})
        return value

    @field_validator("callback_remind")
    @classmethod
    def _before_it_is_due(cls, value: timedelta, given: ValidationInfo) -> timedelta:
        due = given.data.get("callback_hours")
        if due is not None and value >= due:
            raise PydanticCustomError("sooner", "too late", {"limit": due})
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(os.environ.get("HOTLINE_HOME", CHECKOUT / ".hotline"))
        file = TomlConfigSettingsSource(settings_cls, home / "settings.toml")
        return init_settings, env_settings, file

    @property
    def dialling(self) -> DialRules:
        """The rule for outside numbers that are dialled."""
        return DialRules(self.outbound_abroad)

    @property
    def is_demo(self) -> bool:
        """Tell whether calls come from this machine alone, so that what comes from it is a trial of ours."""
        return is_loopback(self.sip_address)

    @property
    def free_of_caller_calls(self) -> frozenset[str]:
        """Numbers in E.164 that may call any number of times at once: those listed and the trunk's own."""
        return _in_e164((*self.caller_calls_free, *self.numbers))

    @property
    def calls_at_once(self) -> int:
        """Citizens' calls at once that this node takes: as many as are set, and as its RTP ports bear."""
        return max(1, min(self.node_calls, self._rtp_ports // PORTS_OF_A_CALL))

    @property
    def channels_at_once(self) -> int:
        """Calls at which Asterisk itself refuses: above the citizens', below the last RTP port."""
        return max(self.calls_at_once + 1, self._rtp_ports // PORTS_OF_A_CHANNEL)

    @property
    def _rtp_ports(self) -> int:
        return self.rtp_to - self.rtp_from + 1

    @property
    def office_pause(self) -> tuple[time, time] | None:
        """The break of office hours, if there is one."""
        return _from_to(self.office_break)

    @property
    def night(self) -> tuple[time, time] | None:
        """The hours without messages that can wait, if there are any."""
        return _from_to(self.notice_night)


@lru_cache(4)
def _in_e164(numbers: tuple[str, ...]) -> frozenset[str]:
    """Convert numbers to E.164; asked at every turn of every call."""
    return frozenset(map(e164, numbers))


def load_settings() -> Settings:
    """Read the settings once. Raises BadSettings that lists every fault and what to do."""
    fields = Settings.model_fields
    faults: list[Remark] = list(strangers(os.environ, fields))
    try:
        settings = Settings()
    except ValidationError as error:
        told = [fault_of(fault, fields, SECRETS) for fault in error.errors()]
        raise BadSettings((*faults, *told)) from error
    except ValueError as error:
        raise BadSettings((UnreadableSettings(str(error)),)) from error
    if faults:
        raise BadSettings(tuple(faults))
    return settings


def _from_to(hours: str) -> tuple[time, time] | None:
    start, _, end = hours.partition("-")
    return (time.fromisoformat(start), time.fromisoformat(end)) if end else None
