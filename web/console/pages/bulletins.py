"""Emergency bulletins: raised, on every open page in seconds, read, lifted; heard by callers (P4.8, V-03)."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, abort, jsonify, render_template, request, send_file, url_for
from govuk_frontend_wtf.wtforms_widgets import GovCharacterCount, GovFileInput
from werkzeug.datastructures import FileStorage
from wtforms import FileField, TextAreaField

from administration import announcements, bulletins
from administration.announcements import ANNOUNCEMENT, NotHeard, StillOn, UnfitSound
from hotline import bulletins as alerts
from hotline.bulletins import AlertRow
from hotline.errors import HotlineError, existing
from hotline.news.linked import NoNews
from hotline.news.rules import LONGEST
from hotline.permissions import Action
from hotline.staff.service import everybody
from hotline.texts import UnfitText
from ivr.bulletins import PREFIX
from ivr.numerals import Language
from ivr.speech.typed import Unspeakable, has_voices
from reporting.board import emergencies
from web.console import agencies
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, agency_choice, fits, text_area, text_line, text_of
from web.console.gate import (
    Everyone,
    Pages,
    factory,
    house,
    me,
    now,
    present,
    read_session,
    stamp,
    write_session,
)
from web.console.language import _, _l, either, in_words
from web.console.menu import KNOWLEDGE
from web.console.menu_words import LANGUAGES
from web.console.pages.news import age
from web.console.paging import page_of
from web.console.recording import may_record, recording_words
from web.console.server_sent_events import answer
from web.console.streams import name_of, streams
from web.serving import passing_over_absence

pages = Pages("bulletins")
pages.in_menu(KNOWLEDGE, _l("緊急通告"), "listed", Everyone.STAFF, place=3)


class AlertForm(Form):
    """Bulletin: what has happened, and what agents are to say."""

    agency = agency_choice(_l("發布機關"))
    title = text_line(_l("標題"), fits(LONGEST["title"]))
    words = TextAreaField(
        _l("發生什麼事，話務人員怎麼說"), [fits(LONGEST["text"])], widget=GovCharacterCount()
    )


@dataclass(frozen=True, slots=True)
class ActiveBulletin:
    """A bulletin that is on, as the top of every page shows it."""

    row: AlertRow
    agency: str
    is_seen: bool


@pages.app_context_processor
def _for_every_page() -> dict[str, object]:
    return {"alerts_on": alerts_on}


@dataclass(frozen=True, slots=True)
class Alerts:
    """What the top of every page tells at once: bulletins that are on, and calls with an emergency."""

    bulletins: Sequence[ActiveBulletin] = ()
    emergencies: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Word by which a page knows whether it shows exactly these."""
        return name_of([one.row.id for one in self.bulletins], self.emergencies)


def alerts_on() -> Alerts:
    """Bulletins that are on, the latest first; none for strangers, nor while the database is away."""
    found = present()
    if found is None or found.needs_second:
        return Alerts()
    with passing_over_absence():
        with read_session() as session:
            rows = alerts.alerts(session, is_on=True)
            seen = alerts.seen_by(session, found.staff.login, [row.id for row in rows])
            calls = emergencies(session, now())
        return Alerts([ActiveBulletin(row, agencies.name(row.agency), row.id in seen) for row in rows], calls)
    return Alerts()


@pages.read("/events", Everyone.STAFF)
def events() -> Response:
    """Stream that tells an open page which bulletins are on, whenever that changes; ends with the session."""
    return answer(streams().bulletins, lambda _: True, one_a_session=True)


@pages.read("/alerts/banner", Everyone.STAFF)
def banner() -> Response:
    """The top of every page, as it is now for whoever asks."""
    found = alerts_on()
    return jsonify({"on": found.name, "html": render_template("bulletins/banner.html", found=found)})


@pages.read("/alerts", Everyone.STAFF)
def listed() -> Response:
    """Bulletins, those that are on first; and what callers hear."""
    with read_session() as session:
        rows = alerts.alerts(session)
    rows.sort(key=lambda row: row.lifted_at is not None)
    return render(
        "bulletins/listed.html",
        page=page_of(rows),
        at=now(),
        age=age,
        voices=bulletins.recorded(house().catalogue, either(Language.MANDARIN, Language.ENGLISH)),
        heard=bulletins.heard(house().bulletins),
        own=[one.removeprefix(PREFIX) for one in house().announcements.all()],
    )


@pages.both("/alerts/new", Action.NEWS_ALERT)
def new() -> Response:
    """Raise a bulletin to all agents, within seconds."""
    form = AlertForm()
    agencies.speak_for(form.agency, Action.NEWS_ALERT)
    if form.is_fit():
        given = [form.text(name) for name in ("agency", "title", "words")]
        if row := form.writes(lambda session: alerts.raise_alert(session, *given, **stamp())):
            return lead_to("bulletins.one", _("已發布；所有開著的頁面幾秒內就會看到。"), number=row.id)
    return render_form("bulletins/new.html", form)


@pages.read("/alerts/<int:number>", Everyone.STAFF)
def one(number: int) -> Response:
    """A bulletin, and who has read it."""
    with read_session() as session:
        row = existing(session.get(AlertRow, number), NoNews(alerts.KIND, number))
        seen, unseen = alerts.seen(session, number), alerts.unseen(session, number, now())
        people = {member.login: member.name for member in everybody(session, now())}
    is_mine = me().login in {one.login for one in seen}
    return render(
        "bulletins/one.html",
        row=row,
        seen=seen,
        unseen=unseen,
        is_mine=is_mine,
        age=age,
        at=now(),
        people=people,
    )


@pages.change("/alerts/<int:number>/seen", Everyone.STAFF)
def seen(number: int) -> Response:
    """Put on record that who is signed in has read it."""
    with write_session() as session:
        alerts.see(session, number, **stamp())
    return lead_to("bulletins.one", _("已記下：您看過這則緊急通告。"), number=number)


@pages.change("/alerts/<int:number>/lift", Action.NEWS_ALERT)
def lift(number: int) -> Response:
    """Lift a bulletin that is over."""
    with write_session() as session:
        alerts.lift(session, number, **stamp(), reason=text_of("reason"))
    return lead_to("bulletins.one", _("已解除；所有頁面會跟著收起。"), number=number)


class TypedForm(Form):
    """Announcement to be spoken: its words in each language; Mandarin is heard where another is empty."""

    mandarin = text_area(_l("國語"), fits(ANNOUNCEMENT.longest_text))
    english = text_area(_l("英語"), fits(ANNOUNCEMENT.longest_text, needed=False))
    japanese = text_area(_l("日語"), fits(ANNOUNCEMENT.longest_text, needed=False))

    def texts(self) -> dict[Language, str]:
        """What was typed, by language."""
        return {language: self.text(name) for language, name in FIELDS.items()}


class RecordedForm(Form):
    """Announcement that somebody has recorded, and its words."""

    file = FileField(_l("錄音檔"), widget=GovFileInput())
    words = text_area(_l("錄音的內容"), fits(ANNOUNCEMENT.longest_text))

    def is_fit(self) -> bool:
        """Check the words, and that there is a file."""
        is_fit = super().is_fit()
        if self.is_submitted() and not (isinstance(self.file.data, FileStorage) and self.file.data.filename):
            self.blame("file", _("請選擇檔案"))
            return False
        return is_fit


CLOSURE: Final = "closure"
"""Word in the address (``for``) of who makes an announcement on the path of a closure."""

TAKEN: Final = frozenset("for what day since reason announcement tells agency title words".split())
"""Fields of that path."""


def _on_path() -> dict[str, Any]:
    """What was filled in on the path of a closure, to be taken along; nothing elsewhere."""
    if request.args.get("for") != CLOSURE:
        return {}
    return {name: word for name, word in request.args.items() if name in TAKEN}


def _back_to_path(name: str) -> str:
    """Address of the path of a closure with this announcement chosen; empty for who did not come from it."""
    taken = _on_path()
    asked: dict[str, Any] = {**taken, "for": None, "announcement": name}
    return url_for("workdays.declare", **asked) if taken else ""


FIELDS: Final = {Language.MANDARIN: "mandarin", Language.ENGLISH: "english", Language.JAPANESE: "japanese"}


@pages.both("/alerts/voice/new", Action.BULLETIN_SWITCH)
def typed() -> Response:
    """Type an announcement; the synthesiser speaks it."""
    form = TypedForm()
    if form.is_fit():
        try:
            name = announcements.speak(factory(), house().announcements, form.texts(), **stamp())
            return lead_to("bulletins.own", _("已產生語音；請聽過再播放。"), **{**_on_path(), "name": name})
        except UnfitText as error:
            form.blame(FIELDS[Language(error.field)], in_words(error))
        except Unspeakable as error:
            form.blame(FIELDS[error.language], in_words(error))
        except HotlineError as error:
            form.blame_for(error)
    return render_form("bulletins/typed.html", form, has_voices=has_voices(), on_path=_on_path())


@pages.both("/alerts/voice/record", Action.BULLETIN_SWITCH)
def recorded() -> Response:
    """Send an announcement that somebody has recorded."""
    form = RecordedForm()
    if form.is_fit():
        try:
            with closing(form.file.data) as sent:
                sound = sent.read()
            words = form.text("words")
            name = announcements.record(factory(), house().announcements, words, sound, **stamp())
            said = _("已收下錄音；請聽過再播放。")
            return lead_to("bulletins.own", said, **{**_on_path(), "name": name})
        except UnfitText as error:
            form.blame("words", in_words(error))
        except UnfitSound as error:
            form.blame("file", in_words(error))
    return may_record(render_form("bulletins/recorded.html", form, recording_words=recording_words()))


@pages.read("/alerts/voice/<name>", Action.BULLETIN_SWITCH)
def own(name: str, fault: str = "") -> Response:
    """One of the call centre's own: its words, its sound, and whether it is on. Raises NoAnnouncement."""
    one = announcements.known(house().announcements, name)
    return render(
        "bulletins/own.html",
        422 if fault else 200,
        one=one,
        name=name,
        spoken=LANGUAGES,
        is_on=one.name in house().bulletins.on(),
        was_heard=one.was_heard_by(me().login),
        fault=fault,
        back_to_path=_back_to_path(name),
    )


@pages.read("/alerts/voice/<name>/<language>.wav", Action.BULLETIN_SWITCH)
def sound(name: str, language: str) -> Response:
    """Sound of an announcement as callers hear it; each listener is on record before the first byte."""
    if language not in set(Language):
        abort(404)
    one = announcements.hear(factory(), house().announcements, name, Language(language), **stamp())
    file = house().announcements.file(one.name, Language(language))
    if not file.is_file():
        abort(404)
    return send_file(file, mimetype="audio/wav", conditional=True)


@pages.change("/alerts/voice/<name>/drop", Action.BULLETIN_SWITCH)
def drop(name: str) -> Response:
    """Remove an announcement that is off."""
    try:
        announcements.drop(factory(), house().announcements, house().bulletins, name, **stamp())
    except StillOn as error:
        return own(name, in_words(error))
    return lead_to("bulletins.listed", _("已刪除這則語音公告。"), _anchor="voice")


@pages.change("/alerts/voice", Action.BULLETIN_SWITCH)
def voice() -> Response:
    """Switch what every caller hears before the menu on or off: the call centre's own."""
    is_on = text_of("switch") == "on"
    name, here = text_of("name"), house()
    try:
        heard = bulletins.switch(
            factory(), here.catalogue, here.bulletins, name, is_on, **stamp(), own=here.announcements
        )
    except NotHeard as error:
        return own(name, in_words(error))
    return lead_to(
        "bulletins.listed",
        _("民眾一秒內就會聽到新的公告。") if heard else _("民眾現在聽不到任何公告。"),
        _anchor="voice",
    )
