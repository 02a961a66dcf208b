"""Every setting, declared once with its meaning; one frozen object, read at start.

Values come from the environment (``HOTLINE_SIP_PORT=5070``) or from
``settings.toml`` in ``HOTLINE_HOME``; the environment wins. All faults are
listed together, each with what to do.
"""

import os
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hotline.errors import BadSettings
from hotline.settings_words import in_words, strangers

CHECKOUT = Path(__file__).resolve().parent.parent
Port = Annotated[int, Field(ge=1, le=65535)]
Duration = Annotated[timedelta, BeforeValidator(lambda value: _seconds(value))]
"""Given as seconds (``30``) or in ISO 8601 (``PT30S``)."""
Words = Annotated[tuple[str, ...], NoDecode]


class Tunable:
    """Marks a setting that takes effect within seconds when it is set at run time (``hotline.tuning``).

    The law's own limits, what Asterisk is configured with, addresses and secrets bear no such mark.
    """


TUNABLE: Final = Tunable()
SECRETS: Final = frozenset(("database_url", "smtp_password", "twilio_tokens"))
"""Settings whose value is, or holds, a secret: it is repeated in no message."""


def _seconds(value: Any) -> Any:
    plain = isinstance(value, str) and value.strip().replace(".", "", 1).isdecimal()
    return timedelta(seconds=float(value)) if plain else value


class Settings(BaseSettings):
    """All that an operator may set. Addresses are loopback until somebody says otherwise."""

    model_config = SettingsConfigDict(env_prefix="HOTLINE_", frozen=True, extra="forbid")

    home: Path = Field(CHECKOUT / ".hotline", description="the one directory that holds all state")
    cache: Path = Field(Path("/var/cache/hotline"), description="downloads kept between installations")
    menus: Path = Field(CHECKOUT / "ivr" / "dialplans", description="the folder of the menu files (*.toml)")
    database_url: str = Field(
        "",
        pattern=r"^(postgresql(\+psycopg)?://\S+|sqlite:///\S+)?$",
        description="postgresql://USER:PASSWORD@HOST/NAME of a shared database; empty = SQLite in HOTLINE_HOME",
    )
    database_password_file: Path | None = Field(
        None, description="a file with the password of database_url's user, for a URL that holds none"
    )
    node: str = Field(
        "ntpc1", pattern=r"^[a-z0-9]{1,16}$", description="this Asterisk's name in call ids, of a-z and 0-9"
    )

    sip_address: str = Field("127.0.0.1", description="address Asterisk's SIP and RTP listen on")
    sip_port: Port = Field(5060, description="UDP port of SIP")
    rtp_from: Port = Field(10000, description="first UDP port of RTP")
    rtp_to: Port = Field(10999, description="last UDP port of RTP")
    trunk_match: Words = Field(
        ("127.0.0.1", "127.0.0.2"), description="addresses of the carrier's trunk; others are refused"
    )
    trunk_contact: str = Field(
        "127.0.0.2:5060",
        pattern=r"^[\w.-]+:\d{1,5}$",
        description="address:port of the carrier, for calls to outside numbers",
    )
    numbers: Words = Field(
        ("1999", "29603456", "0229603456", "+886229603456"),
        description="numbers that reach the hotline, as the carrier sends them",
    )
    agi_address: str = Field("127.0.0.1", description="address of both AGI processes")
    agi_ports: Annotated[tuple[Port, Port], NoDecode] = Field(
        (4573, 4574), description="TCP ports of the two AGI processes"
    )
    agi_peers: Words = Field(("127.0.0.0/8",), description="networks that may ask for a decision")
    agi_sessions: int = Field(400, ge=1, description="decisions under way at once, at most")
    agi_rate: int = Field(
        1000, ge=1, description="decisions a second, at most, before callers go to the queue"
    )
    ami_port: Port = Field(5038, description="TCP port of Asterisk's manager, on 127.0.0.1")
    web_address: str = Field("127.0.0.1", description="address of health and metrics")
    web_port: Port = Field(8000, description="TCP port of health and metrics")

    console_address: str = Field("127.0.0.1", description="address of the pages for people")
    console_port: Port = Field(8001, description="TCP port of the pages for people")
    console_url: str = Field(
        "",
        pattern=r"^(https://[^\s/]+)?$",
        description="how browsers reach the pages, for links in messages: https://console.example; empty = as it listens",
    )
    api_rate: int = Field(
        300, ge=1, description="requests a minute that each key may make at /api/v1 of the pages' port"
    )
    console_hops: int = Field(
        0,
        ge=0,
        le=5,
        description="proxies of ours before the pages, whose X-Forwarded-* headers are believed",
    )

    browser_phones: bool = Field(
        False,
        description="whether browsers may telephone: Asterisk's WebSocket is open and /phone dials 1999",
    )
    browser_port: Port = Field(8088, description="TCP port of Asterisk's WebSocket, on 127.0.0.1 alone")
    browser_url: str = Field(
        "",
        pattern=r"^(wss://[^\s/]+\S*|ws://127\.0\.0\.1:\d+/\S*)?$",
        description="how browsers reach the WebSocket: wss://console.example/ws (ws only on this machine); empty = as it listens",
    )

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
    office_opens: time = Field(time(8, 30), description="office hours begin (hours.office)")
    office_closes: time = Field(time(17, 30), description="office hours end (hours.office)")
    office_break: str = Field(
        "",
        pattern=r"^$|^\d\d:\d\d-\d\d:\d\d$",
        description="a break in which office hours pause, for example 12:30-13:30; empty = none (hours.break)",
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
    officers_contact: str = Field(
        "127.0.0.4:5060", description="address:port of the exchange that holds the officers' extensions"
    )
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
        timedelta(minutes=1), description="V-20 is spoken so long before the cap (special.spoken_warn_min)"
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
    outbound_daily: int = Field(
        500, ge=0, description="calls to outside numbers a day, at most; 110 and 119 are exempt"
    )
    recording_alarm: Duration = Field(
        timedelta(seconds=60), description="a missing recording raises an alarm within this time"
    )
    recording_minimum_free: int = Field(
        1 << 30, ge=0, description="bytes of free disk under which readiness warns"
    )
    public_url: str = Field(
        "",
        pattern=r"^(https://[\w.-]+(:\d{1,5})?(/[\w./-]*[\w-])?)?$",
        description="address under which Twilio reaches this hotline, without a slash at its end; empty = not",
    )
    twilio_account: str = Field(
        "", pattern=r"^(AC[0-9a-f]{32})?$", description="sid of the Twilio account; empty = there is none"
    )
    twilio_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="its secret tokens, the present one first, by commas; two while one is exchanged"
    )
    twilio_tokens_file: Path | None = Field(
        None, description="a file with the tokens instead, one a line; read anew for each use"
    )
    twilio_api: str = Field(
        "https://api.twilio.com", pattern=r"^https?://[\w.:-]+$", description="where its REST API is asked"
    )
    twilio_operator: str = Field(
        "",
        pattern=r"^(\+[1-9]\d{6,14})?$",
        description="number in E.164 of a person who answers Twilio's callers while we cannot; empty = no Twilio calls",
    )
    twilio_exchange: str = Field(
        "",
        pattern=r"^([\w.-]+(:\d{1,5})?)?$",
        description="address:port under which Twilio reaches our Asterisk; empty = no Twilio calls",
    )
    twilio_fallback: str = Field(
        "",
        pattern=r"^(https://[\w.-]+(:\d{1,5})?/[\w./-]+)?$",
        description="where the document of `hotline twilio fallback` lies, on another machine than ours",
    )
    twilio_match: Words = Field(
        (),
        description="addresses and networks of Twilio's SIP; others are refused; empty = Asterisk knows no Twilio",
    )
    twilio_wait: Duration = Field(timedelta(seconds=10), description="longest wait for its REST API")
    sms_gateway: str = Field(
        "files",
        pattern=r"^[a-z0-9-]+$",
        description="who sends SMS: files (nobody, they are written down) or twilio",
    )
    sms_sender: str = Field(
        "",
        pattern=r"^(\+[1-9]\d{6,14}|MG[0-9a-f]{32})?$",
        description="our number in E.164 or messaging service from which Twilio sends SMS",
    )
    smtp_host: str = Field(
        "", pattern=r"^[\w.-]*$", description="mail server; empty = e-mails are written down as files"
    )
    smtp_port: Port = Field(
        587, description="its TCP port; TLS is begun by STARTTLS, without it nothing is sent"
    )
    smtp_user: str = Field("", description="our name there; empty = none is asked for")
    smtp_password: SecretStr = Field(SecretStr(""), description="the password of this name")
    smtp_password_file: Path | None = Field(
        None, description="a file with the password instead; read anew for each use"
    )
    smtp_authority: Path | None = Field(
        None, description="certificate of the authority that signed the server's; empty = this machine's list"
    )
    smtp_wait: Duration = Field(
        timedelta(seconds=10),
        le=timedelta(seconds=10),
        description="longest wait for an answer of the server; a letter asks for some ten",
    )
    mail_sender: str = Field(
        "",
        pattern=r"^([\w.+-]+@[\w.-]+)?$",
        description="address from which e-mails come; needed with smtp_host",
    )
    audit_anchors: Path | None = Field(
        None,
        description="directory of the audit log's daily anchors, best on another machine; empty = HOTLINE_HOME/anchors",
    )
    notice_night: Annotated[str, TUNABLE] = Field(
        "21:00-09:00",
        pattern=r"^$|^\d\d:\d\d-\d\d:\d\d$",
        description="messages that can wait are not sent in these hours; empty = they are",
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least level logged")

    @field_validator(
        "trunk_match", "numbers", "agi_peers", "supervisors", "twilio_match", "twilio_tokens", mode="before"
    )
    @classmethod
    def _by_commas(cls, value: Any) -> Any:
        return tuple(v.strip() for v in value.split(",") if v.strip()) if isinstance(value, str) else value

    @field_validator("agi_ports", mode="before")
    @classmethod
    def _two_ports(cls, value: Any) -> Any:
        return tuple(value.split(",")) if isinstance(value, str) else value

    @field_validator("numbers")
    @classmethod
    def _dialable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number in value:
            if not number.removeprefix("+").isdigit():
                raise ValueError(f"{number!r} is not a number of digits; write for example 1999")
        return value

    @field_validator("office_break", "notice_night")
    @classmethod
    def _times_of_day(cls, value: str) -> str:
        _from_to(value)
        return value

    @field_validator("callback_remind")
    @classmethod
    def _before_it_is_due(cls, value: timedelta, given: ValidationInfo) -> timedelta:
        due = given.data.get("callback_hours")
        if due is not None and value >= due:
            raise ValueError(f"it must be less than callback_hours ({due.total_seconds():g} seconds)")
        return value

    @field_validator("home", "cache", "menus")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

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
    def browser_socket(self) -> str:
        """How browsers' phones reach Asterisk."""
        return self.browser_url or f"ws://127.0.0.1:{self.browser_port}/ws"

    @property
    def console(self) -> str:
        """How browsers reach the pages."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.console_address, self.console_address)
        return self.console_url or f"http://{host}:{self.console_port}"

    @property
    def office_pause(self) -> tuple[time, time] | None:
        """The break of office hours, if there is one."""
        return _from_to(self.office_break)

    @property
    def night(self) -> tuple[time, time] | None:
        """The hours without messages that can wait, if there are any."""
        return _from_to(self.notice_night)

    @property
    def smtp_secret(self) -> str:
        """The password in force now. Raises BadSettings if its file cannot be read."""
        if self.smtp_password_file is None:
            return self.smtp_password.get_secret_value()
        return next(iter(_secrets(self.smtp_password_file, "smtp_password_file")), "")

    @property
    def twilio_secrets(self) -> tuple[str, ...]:
        """The tokens in force now, the present one first. Raises BadSettings if their file cannot be read."""
        if self.twilio_tokens_file is None:
            return tuple(token.get_secret_value() for token in self.twilio_tokens)
        return _secrets(self.twilio_tokens_file, "twilio_tokens_file")

    @property
    def messages(self) -> Path:
        """Spoken messages, one file each."""
        return self.home / "messages"

    @property
    def outbox(self) -> Path:
        """Where messages are written as files while mail or SMS is not connected."""
        return self.home / "outbox"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force. Raises BadSettings if its password's file cannot be read."""
        if not self.database_url:
            return f"sqlite:///{self.home / 'hotline.db'}"
        if self.database_password_file is None:
            return self.database_url
        secret = next(iter(_secrets(self.database_password_file, "database_password_file")), "")
        kind, _, rest = self.database_url.partition("://")
        user, _, place = rest.rpartition("@")
        return f"{kind}://{user}:{quote(secret, safe='')}@{place}"

    @property
    def journal(self) -> Path:
        """Where facts wait while the database is away."""
        return self.home / "journal"

    @property
    def recordings(self) -> Path:
        """Where Asterisk writes the sound of calls, one wav a direction."""
        return self.home / "recordings"

    @property
    def reports(self) -> Path:
        """The figures of months that are over, a folder each."""
        return self.home / "reports"

    @property
    def anchors(self) -> Path:
        """Where the head of the audit log's chain is written once a day."""
        return self.audit_anchors or self.home / "anchors"

    @property
    def cel(self) -> Path:
        """The directory of Asterisk's event log (the second witness)."""
        return self.home / "cel"

    @property
    def metrics(self) -> Path:
        """Where the processes share their metrics."""
        return self.home / "metrics"

    @property
    def sounds(self) -> Path:
        """Where Asterisk plays its copies of the prompts from."""
        return self.home / "asterisk" / "sounds"

    @property
    def prompts(self) -> Path:
        """The rendered prompts, one folder a language."""
        return CHECKOUT / "ivr" / "dialplans" / "prompts" / "build"


def load_settings() -> Settings:
    """Read the settings once. Raises BadSettings that lists every fault and what to do."""
    fields = Settings.model_fields
    faults = strangers(os.environ, fields)
    try:
        settings = Settings()
    except ValidationError as error:
        told = [in_words(fault, fields, SECRETS) for fault in error.errors()]
        raise BadSettings((*faults, *told)) from error
    except ValueError as error:
        raise BadSettings((f"settings.toml in HOTLINE_HOME cannot be read: {error}",)) from error
    if faults:
        raise BadSettings(tuple(faults))
    return settings


def _from_to(hours: str) -> tuple[time, time] | None:
    start, _, end = hours.partition("-")
    return (time.fromisoformat(start), time.fromisoformat(end)) if end else None


def _secrets(file: Path, setting: str) -> tuple[str, ...]:
    try:
        return tuple(line.strip() for line in file.read_text("utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(
            (f"HOTLINE_{setting.upper()}: {file} cannot be read ({type(error).__name__})",)
        ) from error
