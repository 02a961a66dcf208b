"""Writing a category of cases from a date of effect on: its agency, limits, questions and words (P5.4.1)."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from hotline.cases.rules import CaseKind
from hotline.categories import service
from hotline.categories.rules import KIND, LONGEST, joined, split
from hotline.clock import midnight
from hotline.directory.rules import Directory
from hotline.ledger.periods import Period
from hotline.ledger.versions import ChangedMeanwhile, expect, expect_none
from hotline.permissions import Action
from hotline.places import DISTRICTS
from hotline.sheets import rows
from hotline.sheets.faults import Unreadable
from web.console import name_choices
from web.console.answers import lead_to, render_form
from web.console.change_warnings import version_of
from web.console.date_fields import DayField
from web.console.forms import Form, fits, number_of, radios, text_area, text_line, tick_box
from web.console.gate import Pages, house, now, read_session, stamp
from web.console.language import _, _l, in_words, names
from web.console.name_choices import named

pages = Pages("category_edit")
KEPT: Final = ("prevention", "prevention_at", "reviewed_at")
"""Words of a row that are written elsewhere."""


class CategoryForm(Form):
    """A category; ``expected`` is the version that was shown. Who is in charge where is said by name."""

    key = text_line(
        _l("代碼"), InputRequired(_l("請輸入代碼")), hint=_l("小寫英文字母、數字和連字號，例如 3003。")
    )
    name = text_line(_l("名稱"), InputRequired(_l("請輸入名稱")))
    case_kind = radios(_l("案件種類"), lambda: names(CaseKind), CaseKind.QUICK)
    agency = named(_l("主管機關"), InputRequired(_l("請選擇機關")))
    section = named(_l("承辦科室"), hint=_l("各區不同時，在下面分區指定。"))
    manager = named(_l("這項業務的督導主管"), hint=_l("不指定就是機關的督導主管。"))
    stage1_hours = text_line(_l("第一階段（小時）"), hint=_l("快速案件才填，4 到 24。"))
    stage2_days = text_line(_l("第二階段（日）"), hint=_l("快速案件才填，1 到 14。"))
    safety = tick_box(_l("屬於公共安全或公共資源，不具名也受理"))
    questions = text_area(_l("要問民眾的問題"), fits(LONGEST, needed=False), hint=_l("一行一題。"))
    keywords = text_area(
        _l("民眾的其他說法"),
        fits(LONGEST, needed=False),
        hint=_l("用頓號分開；聽到這些說法就會提示這個類別。"),
    )
    placeholder = tick_box(_l("暫定資料，還不是市府核定的內容"))
    day = DayField(_l("生效日"), description=_l("空白就是現在。"))
    reason = text_line(_l("異動原因"), InputRequired(_l("請寫下異動原因，日後查得到")))
    expected = HiddenField()

    def says(self, before: Mapping[str, Any], known: Directory) -> dict[str, Any]:
        """The words of the row; what cannot be read is said at its field."""
        return {name: before.get(name) for name in KEPT} | {
            "prevention": before.get("prevention", ""),
            **{
                name: self.text(name).strip()
                for name in ("name", "case_kind", "agency", "section", "manager")
            },
            "stage1_hours": self._limit("stage1_hours"),
            "stage2_days": self._limit("stage2_days"),
            "safety": bool(self.safety.data),
            "questions": joined(split(self.text("questions"))),
            "keywords": " ".join(self.text("keywords").split()),
            "placeholder": bool(self.placeholder.data),
            "sections": self._sections(known),
        }

    def _limit(self, name: str) -> int:
        typed = self.text(name).strip()
        try:
            return rows.hours(typed or "0") if name == "stage1_hours" else rows.days(typed or "0")
        except Unreadable as error:
            self.blame(name, in_words(error))
            return 0

    def _sections(self, known: Directory) -> str:
        codes, found = {name: code for code, name in in_charge(known).items()}, []
        for number, district in enumerate(DISTRICTS):
            typed = self.text(f"district_{number}").strip()
            if typed and typed not in codes:
                self.blame(f"district_{number}", _("請從名單選一個機關或科室"))
            elif typed:
                found.append(f"{district}={codes[typed]}")
        return " ".join(found)


@cache
def form_class() -> type[CategoryForm]:
    """The form with a field for each district."""
    fields = {f"district_{number}": StringField(name) for number, name in enumerate(DISTRICTS)}
    return type("DistrictsForm", (CategoryForm,), fields)


def in_charge(known: Directory) -> dict[str, str]:
    """Names of agencies and sections by the words of the column ``sections``."""
    found = {code: one.name for code, one in known.agencies.items() if not one.closed}
    for code, section in known.sections.items():
        if agency := known.agencies.get(section.agency):
            found[f"{section.agency}/{code}"] = f"{agency.name} {section.name}"
    return found


@pages.both("/categories/new", Action.CATEGORY_CHANGE)
def new() -> Response:
    """A new category."""
    return _edited(form_class()(), "", {})


@pages.both("/categories/<code>/edit", Action.CATEGORY_CHANGE)
def edit(code: str) -> Response:
    """A category written otherwise; cases that run keep what it said. Raises UnknownCategory."""
    with read_session() as session:
        says = service.category(session, code, now()).says()
    called = in_charge(house().atlas.at(now()))
    shown = {
        **says,
        "questions": "\n".join(split(says["questions"])),
        "expected": str(version_of(KIND, code)),
    }
    shown |= {name: shown[name] or "" for name in ("stage1_hours", "stage2_days")}
    who = rows.by_district(says["sections"])
    shown |= {
        f"district_{number}": called.get(who[name], who[name])
        for number, name in enumerate(DISTRICTS)
        if name in who
    }
    return _edited(form_class()(data={**shown, "key": code}), code, says)


def _edited(form: CategoryForm, code: str, before: Mapping[str, Any]) -> Response:
    known = house().atlas.at(now())
    if code:
        form.key.data = code
    if form.is_submitted():
        form.is_fit()
        says = form.says(before, known)
        since = midnight(form.day.data) if form.day.data else now()
        key = form.text("key").strip()
        if not form.errors and form.writes(
            lambda session: _written(session, form, key, says, since, bool(code))
        ):
            return lead_to("categories.one", _("已儲存；進行中的案件仍照原來的內容辦理。"), code=key)
    _offer(form, known)
    return render_form(
        "categories/edit.html",
        form,
        code=code,
        districts=list(enumerate(DISTRICTS)),
        in_charge=in_charge(known),
    )


def _written(
    session: Session, form: CategoryForm, key: str, says: dict[str, Any], since: datetime, is_there: bool
) -> bool:
    found = list(service.wrong(session, key, says, since))
    for name, error in found:
        name = "key" if name == "code" else name
        form.blame(name if name in form else "", in_words(error))
    if found:
        return False
    try:
        if is_there:
            expect(session, KIND, key, number_of(form.text("expected")), since)
        else:
            expect_none(session, KIND, key, since)
    except ChangedMeanwhile as error:
        form.expected.data = str(error.change.number)
        raise
    service.write(session, key, says, Period(since), **stamp(), reason=form.text("reason").strip())
    return True


def _offer(form: CategoryForm, known: Directory) -> None:
    """Offer the names that the fields may mean."""
    agency = form.text("agency")
    name_choices.offer(form.agency, name_choices.agencies(known))
    name_choices.offer(form.section, name_choices.sections(known, agency), nothing=_("整個機關"))
    people = name_choices.persons(known, agency) if agency else {}
    name_choices.offer(form.manager, people, nothing=_("機關的督導主管"))
