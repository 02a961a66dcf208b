"""The register changed: agencies, sections, persons, desks, business and offices,
from a date of effect on (P2-a, P4.6).

Whoever opens a form gets the version of what it shows; when somebody else wrote meanwhile, both are laid side
by side and nothing is lost. A change that is told late is said so before it is saved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, request, url_for
from sqlalchemy.orm import Session
from wtforms import Field, SelectField

from hotline.directory import register
from hotline.directory.circles import Circular
from hotline.directory.files.importing import end_row
from hotline.directory.owners import agency_of
from hotline.directory.register import Register
from hotline.directory.rows import KINDS
from hotline.directory.service import Unknown
from hotline.errors import HotlineError, existing
from hotline.ledger.periods import Period
from hotline.ledger.versions import ChangedMeanwhile, expect, expect_none
from hotline.numbers import EXTENSION
from hotline.permissions import Action
from hotline.sheets.rows import CODE, OFFICE
from web.console import directory_presenters
from web.console.answers import redirect_to, render
from web.console.as_of import instant, is_now, staying, then
from web.console.change_warnings import Lateness, first_in_time, lateness, version_of, watched
from web.console.date_fields import for_input
from web.console.gate import allow, house, now, read_session, stamp, write_session
from web.console.language import _, in_words
from web.console.record_links import name_of
from web.console.register_forms import FORMS, DatedForm, offer, own_fields, row_of, words_of

pages = staying("register")


@dataclass
class FormDraft:
    """A form on its way: what it is of, and what is to be said before it is saved."""

    kind: str
    key: str
    form: DatedForm
    fault: str = ""
    since: datetime | None = None
    """Date of effect that was given."""
    late: Lateness | None = None
    conflict: ChangedMeanwhile | None = None

    @property
    def versions(self) -> list[tuple[str, str, str, str]]:
        """Tuples (column, as shown, as it is now, as typed here) of every word not the same in all."""
        if self.conflict is None:
            return []
        was, is_now = self.conflict.before or {}, self.conflict.now or {}
        rows = [
            (
                name,
                _plain(self.form[name], was.get(name)),
                _plain(self.form[name], is_now.get(name)),
                _plain(self.form[name], self.form[name].data),
            )
            for name in own_fields(self.form)
        ]
        return [row for row in rows if len(set(row[1:])) > 1]

    @property
    def status(self) -> int:
        """Status of its page."""
        return 422 if self.fault or self.late or self.conflict else self.form.status


@pages.both("/directory/edit/<kind>/<path:key>", Action.DIRECTORY_CHANGE)
def edit(kind: str, key: str) -> Response:
    """Change a row from a date of effect on. Raises Unknown, NotPermitted."""
    row = _row(kind, key)
    allow(Action.DIRECTORY_CHANGE, agency_of(then(), kind, key))
    form = FORMS[kind](data={**words_of(row), "expected": version_of(kind, key), "day": _day()})
    draft = FormDraft(kind, key, form)
    if _is_fit(draft) and _saved(draft, _change, _("已儲存。")):
        return redirect_to(_page_of(kind, key))
    return _shown("directory/edit.html", draft, row=row, planned=_planned(kind, key))


@pages.both("/directory/new/<kind>", Action.DIRECTORY_CHANGE)
def new_row(kind: str) -> Response:
    """A new row, from a date of effect on. Raises Unknown, NotPermitted."""
    if kind not in FORMS:
        raise Unknown(kind, "")
    given = {name: request.args.get(name, "") for name in ("agency", "section", "key")}
    form = FORMS[kind](data={**given, "day": _day()})
    draft = FormDraft(kind, given["key"] if kind == "contact" else form.text("key").strip(), form)
    if _is_fit(draft) and _saved(draft, _add, _("已新增。")):
        return redirect_to(_page_of(kind, draft.key))
    return _shown("directory/new.html", draft, office=given["key"])


@pages.both("/directory/end/<kind>/<path:key>", Action.DIRECTORY_CHANGE)
def end(kind: str, key: str) -> Response:
    """End a row from a date of effect on. Raises Unknown, NotPermitted."""
    row = _row(kind, key)
    allow(Action.DIRECTORY_CHANGE, agency_of(then(), kind, key))
    form = DatedForm(data={"expected": version_of(kind, key), "day": _day()})
    draft = FormDraft(kind, key, form)
    above = _page_of(kind, key, ended=True)
    if _is_fit(draft) and _saved(draft, _end, _("已結束。")):
        return redirect_to(above)
    return _shown("directory/end.html", draft, row=row, planned=_planned(kind, key))


def _is_fit(draft: FormDraft) -> bool:
    """Check a form that was sent: its fields, its key, and what they say together, all told at once."""
    form = draft.form
    if not form.is_submitted():
        return False
    form.is_fit()
    draft.since = form.since(now())
    _check_key(draft)
    if type(form) is not DatedForm and not (draft.kind == "contact" and draft.fault):
        row = row_of(draft.kind, draft.key, form)
        with read_session() as session:
            for name, error in register.wrong(session, row, draft.since or now()):
                name = "key" if name in ("code", "extension") and "key" in form else name
                if not (name in form and form[name].errors):
                    form.blame(name if name in form else "", in_words(error))
    return not (form.errors or draft.fault)


Deed = Callable[[Session, FormDraft, datetime], None]


def _saved(draft: FormDraft, deed: Deed, done: str) -> bool:
    """Write what a form says, unless it is late and nobody said yes to that; False when it is not written."""
    since = existing(draft.since, Unknown(draft.kind, draft.key))
    draft.late = lateness(since)
    if draft.late and request.form.get("late") != draft.late.mark:
        return False
    try:
        with watched(since, done), write_session() as session:
            deed(session, draft, since)
    except ChangedMeanwhile as error:
        draft.conflict, draft.form.expected.data = error, str(error.change.number)
    except HotlineError as error:
        _blame(draft, error)
    else:
        return True
    return False


def _change(session: Session, draft: FormDraft, since: datetime) -> None:
    expect(session, draft.kind, draft.key, draft.form.version, since)
    _write(session, draft, since)


def _add(session: Session, draft: FormDraft, since: datetime) -> None:
    if not draft.key:
        draft.key = register.free_code(session, draft.kind, row_of(draft.kind, "", draft.form))
    expect_none(session, draft.kind, draft.key, since)
    _write(session, draft, since)


def _write(session: Session, draft: FormDraft, since: datetime) -> None:
    row = row_of(draft.kind, draft.key, draft.form)
    for agency in register.agencies_of(session, draft.kind, draft.key, row, since):
        allow(Action.DIRECTORY_CHANGE, agency)
    register.set_row(session, row, Period(since), **stamp(), reason=draft.form.text("reason").strip())


def _end(session: Session, draft: FormDraft, since: datetime) -> None:
    kind, key = draft.kind, draft.key
    expect(session, kind, key, draft.form.version, since)
    row = existing(register.present(session, kind, key, since), Unknown(kind, key))
    for agency in register.agencies_of(session, kind, key, row, since):
        allow(Action.DIRECTORY_CHANGE, agency)
    end_row(session, kind, key, since, **stamp(), reason=draft.form.text("reason").strip())


def _check_key(draft: FormDraft) -> None:
    """Check that a key may be one; an empty code is made of the name. What is wrong is told at its field."""
    pattern = {"desk": EXTENSION, "contact": OFFICE}.get(draft.kind, CODE)
    if pattern.fullmatch(draft.key) or (not draft.key and pattern is CODE):
        return
    if "key" in draft.form:
        draft.form.blame("key", str(draft.form["key"].description))
    else:
        draft.fault = _("網址不完整；請從機關的頁面重新進入。")


def _blame(draft: FormDraft, error: HotlineError) -> None:
    """At the field that it is about, else at the top."""
    match error:
        case Circular() if "section" in draft.form:
            draft.form.blame("section", in_words(error))
        case Unknown(kind=name) if name in draft.form:
            draft.form.blame(name, in_words(error))
        case _:
            draft.fault = in_words(error)


def _shown(template: str, draft: FormDraft, **more: Any) -> Response:
    known = then()
    chosen = agency_of(known, draft.kind, draft.key) or request.args.get("agency", "")
    chosen = chosen or agency_of(known, "section", request.args.get("section", ""))
    offer(draft.form, draft.kind, draft.key, chosen, known)
    return render(
        template,
        draft.status,
        draft=draft,
        form=draft.form,
        kind=draft.kind,
        key=draft.key,
        known=known,
        fields=own_fields(draft.form),
        agency=chosen,
        first=first_in_time(),
        marks=directory_presenters,
        notice_days=house().settings.change_notice_days,
        thing=name_of(known, draft.kind, draft.key) or draft.key,
        back=_page_of(draft.kind, draft.key) if draft.key else url_for("directory.search"),
        **more,
    )


def _plain(field: Field, word: object) -> str:
    """A word as a form shows it, so that the same is seen as the same."""
    if isinstance(field, SelectField):
        return next(
            (str(name) for code, name, *_more in field.iter_choices() if code and code == word),
            str(word or ""),
        )
    match word:
        case None | False:
            return ""
        case True:
            return _("是")
        case float():
            return f"{word:g}"
        case _:
            return str(word).strip()


def _row(kind: str, key: str) -> Register:
    found: Register = existing(_found(kind, key), Unknown(kind, key))
    if kind != "desk":
        return found
    with read_session() as session:  # its own words: on pages it bears its person's name
        own: Register | None = register.present(session, kind, key, instant())
    return own or found


def _day() -> Any:
    """The day of effect that is offered: the one that is looked at, else the first that is told in time."""
    return first_in_time() if is_now() else datetime.fromisoformat(for_input(instant())).date()


def _planned(kind: str, key: str) -> list[directory_presenters.Stretch]:
    """Changes planned after the instant that is shown: a change holds until then only."""
    known = then()
    rows = directory_presenters.stretches(house().atlas.city(instant()), KINDS[kind].place, key, known)
    return [row for row in rows if row.is_planned]


def _page_of(kind: str, key: str, *, ended: bool = False) -> str:
    """Address where a row is looked at; of one that ended, where it was listed."""
    known = then()
    agency, section = agency_of(known, kind, key), getattr(_found(kind, key), "section", "")
    if kind == "desk" and not ended:
        return url_for("desk.one", extension=key)
    if kind in ("agency", "section", "person") and not ended:
        return url_for(f"directory.{kind}", code=key)
    if section:
        return url_for("directory.section", code=section)
    if kind == "contact" or (agency and kind != "agency"):
        return url_for("directory.agency", code=agency)
    return url_for("directory.search")


def _found(kind: str, key: str) -> Any:
    return getattr(then(), KINDS[kind].place).get(key) if kind in FORMS else None
