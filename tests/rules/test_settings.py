"""Settings given wrongly are told in words that an operator can act on, all at once."""

from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from hotline.settings import Settings, load_settings
from hotline.settings.faults import BadSettings
from hotline.settings.kinds import as_written
from wording import ENGLISH, sentence


def _refused(monkeypatch: pytest.MonkeyPatch, home: Path, **given: str) -> tuple[str, ...]:
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refused:
        load_settings()
    return tuple(sentence(fault, ENGLISH) for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HOTLINE_SIP_PORT", "99999", "HOTLINE_SIP_PORT cannot be '99999': 65535 is the most (UDP port of SIP)"),
        ("HOTLINE_SIP_PORT", "0", "HOTLINE_SIP_PORT cannot be '0': 1 is the least"),
        ("HOTLINE_SIP_PORT", "five", "it must be a whole number"),
        ("HOTLINE_NODE", "A/B", "HOTLINE_NODE cannot be 'A/B': it has not the form"),
        ("HOTLINE_AGI_PORTS", "4573", "cannot be '4573': give two values, with a comma between them"),
        ("HOTLINE_AGI_PORTS", "1,2,3", "give two values, with a comma between them"),
        ("HOTLINE_QUEUE_SLICE", "31", "cannot be '31 seconds': 30 seconds is the most"),
        ("HOTLINE_DECISION_LIMIT", "soon", "it must be a number of seconds, for example 30"),
        ("HOTLINE_OFFICE_OPENS", "nine", "it must be a time of day, for example 08:30"),
        ("HOTLINE_OFFICE_BREAK", "99:00-99:30", "hour must be in 0..23"),
        ("HOTLINE_CALLBACK_CLOCK", "AB", "it must be 'WH' or 'CAL'"),
        ("HOTLINE_NUMBERS", "1999,abc", "'abc' is not a number of digits; write for example 1999"),
        ("HOTLINE_TRUNK_MATCH", "192.0.2.1,127.0.0.1:5060", "'127.0.0.1:5060' is no address, network or name"),
        ("HOTLINE_TRUNK_MATCH", "127.1", "'127.1' is no address, network or name; write for example 192.0.2.10"),
        ("HOTLINE_TWILIO_MATCH", "192.0.2.0/33", "'192.0.2.0/33' is no address, network or name"),
        ("HOTLINE_DATABASE_URL", "nonsense", "postgresql://USER:PASSWORD@HOST/NAME"),
        ("HOTLINE_SIPPORT", "5060", "HOTLINE_SIPPORT is no setting; did you mean HOTLINE_SIP_PORT?"),
        ("HOTLINE_XYZZY", "1", "HOTLINE_XYZZY is no setting"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, told: str
) -> None:
    (fault,) = _refused(monkeypatch, tmp_path, **{name: value})
    assert told in fault and fault.startswith(name)


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    faults = _refused(monkeypatch, tmp_path, HOTLINE_SIP_PORT="0", HOTLINE_NODE="A", HOTLINE_SIPP="1")
    assert [fault.split()[0] for fault in faults] == ["HOTLINE_SIPP", "HOTLINE_NODE", "HOTLINE_SIP_PORT"]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("sip_prot = 5070", "HOTLINE_SIP_PROT is no setting; did you mean HOTLINE_SIP_PORT?"),
        ("sip_port =\n", "settings.toml cannot be read: Invalid value (at line 1"),
    ],
)
def test_the_file_is_read_as_strictly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, told: str
) -> None:
    (tmp_path / "settings.toml").write_text(file, "utf-8")
    (fault,) = _refused(monkeypatch, tmp_path)
    assert told in fault


@pytest.mark.parametrize("name", ["HOTLINE_DATABASE_URL", "HOTLINE_TWILIO_TOKENS", "HOTLINE_SMTP_PASSWORD"])
def test_a_secret_is_repeated_in_no_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv(name, "mysql://city:open-sesame@db/hotline")
    faults = _refused(monkeypatch, tmp_path, HOTLINE_SIP_PORT="0")
    assert not any("sesame" in fault for fault in faults)


def test_what_is_right_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment wins over the file; seconds, times and lists are written as people write them."""
    (tmp_path / "settings.toml").write_text('sip_port = 5070\noffice_opens = "09:00"\n', "utf-8")
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_SIP_PORT", "5071")
    monkeypatch.setenv("HOTLINE_AGI_PORTS", "1,2")
    monkeypatch.setenv("HOTLINE_DECISION_LIMIT", "2.5")
    settings = load_settings()
    assert (settings.sip_port, settings.agi_ports, settings.office_opens, settings.decision_limit) == (
        5071,
        (1, 2),
        time(9),
        timedelta(seconds=2.5),
    )


def test_the_databases_password_may_lie_in_a_file(tmp_path: Path) -> None:
    """Any character of it reaches the database; a file that cannot be read is told, and nothing of it."""
    file, url = tmp_path / "password", "postgresql://city@db:5432/hotline"
    file.write_text("open/se:s@me\n", "utf-8")
    given = Settings(home=tmp_path, database_url=url, database_password_file=file)
    assert make_url(given.database).password == "open/se:s@me"
    assert given.database == "postgresql://city:open%2Fse%3As%40me@db:5432/hotline"
    file.unlink()
    with pytest.raises(BadSettings) as refused:
        _ = given.database
    assert "HOTLINE_DATABASE_PASSWORD_FILE: " in sentence(refused.value, ENGLISH)


@pytest.mark.parametrize(
    "hours",
    [
        {"HOTLINE_OFFICE_OPENS": "09:00", "HOTLINE_OFFICE_CLOSES": "09:00"},
        {"HOTLINE_OFFICE_OPENS": "18:00"},
        {"HOTLINE_OFFICE_BREAK": "12:30-12:30"},
        {"HOTLINE_OFFICE_BREAK": "17:00-18:00"},
    ],
)
def test_row_30_a_start_with_empty_office_hours_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hours: dict[str, str]
) -> None:
    """Also when one edge alone is set; the whole sentence is told, and no fault of ours comes later."""
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    for name, value in hours.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refused:
        load_settings()
    assert "office hours must run forward within a day" in sentence(refused.value, ENGLISH)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (timedelta(seconds=0.7), "0.7"),
        (timedelta(minutes=15), "900"),
        (time(8, 30), "08:30"),
        ((4573, 4574), "4573,4574"),
        (None, ""),
        (500, "500"),
        ("postgresql://city:open-sesame@db:5432/hotline", "postgresql://city:**********@db:5432/hotline"),
        ("postgresql://city@db/hotline", "postgresql://city@db/hotline"),
        ("https://1999.city.example", "https://1999.city.example"),
    ],
)
def test_a_value_is_shown_as_it_is_set(value: object, written: str) -> None:
    """What `hotline settings` prints may be pasted back; a password is not printed."""
    assert as_written(value) == written
