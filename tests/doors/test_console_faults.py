"""Every form of the pages and the desk tells all faults of a sending at once, each at its field."""

import re
import tomllib
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, Final

import pytest

from calls.store import CallRow
from hotline.callbacks.ownership import place_of
from hotline.callbacks.wishes import Wish
from hotline.cases.store import Case
from hotline.db import looking, transaction
from hotline.numbers import ANONYMOUS
from hotline.special_callers import service as special
from tests.doors.console import Console, Visitor, console
from tests.store.cases import POTHOLE, Table, said

Door = Callable[[str], Visitor]
TALK, HIDDEN, LEFT, NUMBER = "a-1.1", "a-2.1", "a-3.1", "+886912345678"
"""Calls of the agent: of this morning, with a hidden number, left open two days ago; the number."""
PAST, LATER = "2020-01-01", "2030-01-01"
DATED = "day reason"
"""What every form of the directory asks for beside its own."""
FORMS: Final = {
    "/special/1/approve": (
        "approver-1",
        "level document approved_on review_on",
        f"approved_on={LATER}&review_on={PAST}",
    ),
    "/special/new": ("supervisor-1", "numbers reason evidence", ""),
    "/settings/transfer_ring": ("admin-1", "value reason", "value=1"),
    "/placed/notify": ("agent-1", "notify-whom notify-matter", ""),
    "/callbacks/1/extend": ("officer-5112", "extend-until extend-reason", f"until={PAST}T10:00"),
    "/callbacks/1/hand-over": ("officer-5112", "hand-over-to hand-over-reason", ""),
    "/calls/number": ("supervisor-1", "citizen reason", "citizen=x"),
    "/cases/of-phone": ("supervisor-1", "citizen reason", "citizen=x1"),
    "/case-letters/new": ("authorised-1", "case signed_by reason", "case=1"),
    "/staff/new": ("admin-1", "login name roles place reason", "place=nowhere"),
    "/staff/agent-1/change": ("admin-1", "name roles reason", "name="),
    "/staff/agent-1/keys": ("admin-1", "purpose ends_on", f"ends_on={PAST}"),
    "/shifts": ("supervisor-1", "person language until", f"since={LATER}T10:00&until={PAST}T10:00"),
    "/wallboards": ("supervisor-1", "place networks", "networks=x"),
    "/account": ("agent-1", "password old", "password=short"),
    "/sign-in": ("", "login password", ""),
    "/calendar/declare": ("admin-1", "day reason agency", "what=closed&tells=yes&agency="),
    "/calendar/hours": ("admin-1", "day opens reason", "opens=10:00&closes=09:00"),
    "/import": ("admin-1", "file only day", ""),
    "/export": ("admin-1", "only as_file headings at reason", "at=x"),
    "/alerts/new": ("supervisor-1", "agency title words", ""),
    "/alerts/voice/record": ("supervisor-1", "file words", ""),
    "/news/new": ("supervisor-1", "agency title words", ""),
    "/measures/new": ("admin-1", "agency title material", ""),
    "/surges/new": ("admin-1", "agency topic first last calls staff", ""),
    "/knowledge/new?agency=epb": ("admin-1", "question answer", ""),
    "/knowledge/requests/new": ("agent-1", "agency question asked_at", f"asked_at={LATER}T10:00"),
    "/tickets/new": ("agent-1", "agency problem subject", ""),
    "/contacts": ("agent-1", "agency words", ""),
    "/board/agent/agent-1": ("supervisor-1", "reason language", "deed=languages"),
    "/duty": ("admin-1", "place name number", ""),
    "/categories/new": ("admin-1", "key name agency reason", ""),
    "/directory/new/agency": ("admin-1", f"name {DATED}", ""),
    "/directory/new/section": ("admin-1", f"agency name {DATED}", ""),
    "/directory/new/desk": ("admin-1", f"key section {DATED}", ""),
    "/directory/new/person": ("admin-1", f"section name {DATED}", ""),
    "/directory/absence/p-5112": ("admin-1", "cause until", f"until={PAST}T10:00"),
    "/directory/forward/5112": ("admin-1", "target until", f"until={PAST}T10:00"),
    f"/untagged/{LEFT}": ("supervisor-1", "a-3-1-1 a-3-1-topic", ""),
    f"/desk/call/{TALK}/put-through": ("agent-1", "extension why", ""),
    f"/desk/call/{TALK}/consult": ("agent-1", "extension why", "extension=99999"),
    f"/desk/call/{HIDDEN}/callback": ("agent-1", "matter number", "number=5"),
    f"/desk/call/{TALK}/service": ("agent-1", "service topic", ""),
    "/verify/open": ("agent-1", "call touches", ""),
    "/cases/CASE/cancel": ("agent-1", "cancel-ground cancel-reason", "ground=x"),
    "/cases/CASE/phone-records": ("officer-5301", "phone-record-called_at phone-record-note", "called_at=x"),
    "/referrals/new": (
        "authorised-1",
        "case complainant phone wish police_unit calls",
        "case=1&phone=x&calls=x",
    ),
    "/retention/holds/new": ("admin-1", "subject reason", "kind=call&ground=complaint"),
    "/personal-data": ("admin-1", "number reason", ""),
    "/retrievals/new": ("auditor-1", "case ground person purpose", ""),
    "/switchboards/epb": ("supervisor-1", "alternative until reason", f"alternative=x&until={PAST}T10:00"),
    "/directory/booking/epb-clean": ("admin-1", "cause until", f"until={PAST}T10:00"),
    "/account/second-factor": ("agent-1", "password code", ""),
    "/feedback/new": ("agent-1", "kind words call", "call=x"),
    "/reviews/new": ("authorised-1", "case ground reason due_on", "ground=x&due_on=x"),
    "/track": ("", "number digits", ""),
    "/sign/apply": ("", "name contact own", ""),
    "/video/counters/new": ("admin-1", "agency reason", ""),
}
"""Address of each form that may have several faults: who sends it, the fields to blame, and what is wrong
beside what is empty. The forms of a case's moves are made of the tables of cases, and proved with them.
"""
FEW: Final = frozenset(
    """
    /account/recovery-codes /account/sessions/end /alerts/<int:number>/lift /alerts/<int:number>/seen
    /alerts/voice /alerts/voice/<name>/drop /alerts/voice/new /audit/citizen
    /audit/verify /board/agent/<phone>/supervise /board/call/<call_id>/emergency /board/call/<call_id>/judge
    /board/telephone /board/telephone/off /board/telephone/stay /calendar/closures/<int:number>
    /callbacks/<int:number>/attempt /callbacks/<int:number>/call /callbacks/<int:number>/cancel
    /callbacks/<int:number>/claim /callbacks/<int:number>/close /callbacks/<int:number>/give-number
    /callbacks/<int:number>/matter /callbacks/<int:number>/number /callbacks/<int:number>/release
    /reports/packs
    /calls/<call_id>/number /case-letters/<int:number>/lift /cases/<number>/again /cases/<number>/analysis
    /cases/<number>/contact /cases/<number>/notes /cases/<number>/petitioner /cases/<number>/photos
    /cases/<number>/photos/<int:photo>/release /cases/<number>/take-back /cases/<number>/take-over
    /knowledge/import /knowledge/import/<token>/bring /knowledge/import/<token>/drop
    /cases/import /cases/import/<token>/bring /cases/import/<token>/drop /categories/<code>/end
    /categories/<code>/prevention /categories/review /contact-sheet/numbers /desk/break
    /desk/call/<call_id>/answered /desk/call/<call_id>/do /desk/call/<call_id>/go-on
    /desk/call/<call_id>/recording /desk/call/<call_id>/stop-recording /desk/call/<call_id>/text
    /desk/case/<int:number>/give-up
    /desk/case/<int:number>/notify /desk/case/<int:number>/taken /desk/gone /desk/off /desk/on /desk/ready
    /desk/stay /directory/absence/<key>/end /directory/booking/<key>/end /directory/entry/<int:number>/undo
    /directory/forward/<key>/end /duty/<int:place>/end /duty/numbers /faults/<int:number>/mend /faults/new
    /import/<token>/approve /import/<token>/drop /import/<token>/try /invitation/<token>
    /knowledge/<int:number>/end /knowledge/<int:number>/review /knowledge/<int:number>/undo/<int:change>
    /knowledge/requests/<int:number> /knowledge/review /language /measures/<int:number>/trained
    /menus/versions/<int:number> /menus/versions/files /news/<int:number>/withdraw
    /notices/<int:number>/again /notices/<int:number>/leave /phone/account /phone/callback /phone/text
    /placed/<int:number>/taken /referrals/<int:number>/approve /referrals/<int:number>/complainant
    /referrals/<int:number>/calls
    /referrals/<int:number>/end /referrals/<int:number>/refuse /search
    /retention/holds/<origin>/end /reviews/<int:number>/report
    /calls/<call_id>/hear /retrievals/<int:number>/approve /retrievals/<int:number>/prepare/lift/<int:part>
    /retrievals/<int:number>/provide /retrievals/<int:number>/refuse /retrievals/<int:number>/revoke
    /standing-purposes/new /standing-purposes/draw /standing-purposes/<int:number>/approve
    /standing-purposes/<int:number>/refuse /standing-purposes/<int:number>/revoke /survey /surveys/words
    /sign-in/sso/logout /single-sign-on/bindings/<login>/end /single-sign-on/changes/<int:number>/confirm
    /single-sign-on/changes/<int:number>/refuse /single-sign-on/rules/<int:number>/end
    /settings/<name>/restore/<int:number> /settings/<name>/unset /shifts/<int:number>/cancel /shifts/file
    /shifts/file/<token>/bring /shifts/file/<token>/drop /sign-out /special/<int:number>/numbers
    /special/<int:number>/refuse /special/<int:number>/remove /staff/<login>/end /staff/<login>/invite
    /staff/<login>/keys/<int:number>/revoke /staff/<login>/second-factor/remove /staff/<login>/sign-out
    /staff/proposals/<int:number>/confirm /staff/proposals/<int:number>/refuse
    /surges/<int:number>/entries /surges/<int:number>/withdraw /theme /tickets/<int:number>/answer
    /tickets/<int:number>/close /track/cancel /track/leave /verify/<int:number>/call
    /verify/<int:number>/decide /wallboard /wallboards/<int:number>/revoke
    /sign /sign/apply/code /sign/code /sign/in /sign/out /sign/password /sign/room/<int:number>/leave
    /sign/room/<int:number>/message /sign/room/<int:number>/photo /sign/room/<int:number>/recording
    /sign/test /video/<int:number>/message /video/<int:number>/photo
    /video/<int:number>/photos/<int:message>/case /video/<int:number>/relay /video/<int:number>/relay/agents
    /video/<int:number>/relay/ask /video/<int:number>/relay/hang-up /video/accept
    /video/accounts/<int:number>/approve /video/accounts/<int:number>/close
    /video/accounts/<int:number>/lock /video/accounts/<int:number>/name /video/accounts/<int:number>/refuse
    /video/accounts/<int:number>/unlock /video/counters/<int:number>/account
    /video/counters/<int:number>/end /video/counters/<int:number>/photo /video/counters/<int:number>/tests
    /video/misuse /video/off /video/on /video/telephone /video/telephone/off /video/telephone/stay
    """.split()
)
"""What asks for nothing, or for one thing that may be wrong."""
ALIKE: Final = frozenset(
    """
    /categories/<code>/edit /directory/edit/<kind>/<path:key> /directory/end/<kind>/<path:key>
    /knowledge/<int:number>/edit /measures/<int:number>/edit /news/<int:number>
    /referrals/<int:number>/hand-over /desk/case /desk/case/<int:number>/file /menus/edit/<menu> /menus/text
    /cases/<number>/moves/<move> /retrievals/<int:number>/prepare/<int:item>/<track>
    /personal-data/erase /video/<int:number>/end /video/<int:number>/promise /video/counters/<int:number>/edit
    /single-sign-on/people/<int:number> /single-sign-on/rules /survey/answer /callbacks/<int:number>/survey
    """.split()
)
"""Forms of the table under another address, and those with a list of faults of their own: a draft says all it
lacks, menus every line, a move of a case what its row and guards refuse, a survey each question.
"""
PLAIN: Final = ("/special/1/approve", "/placed/notify")
"""Proved in every run: one by a page, one by the desk's script too."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    made = console(tmp_path_factory.mktemp("faults") / "home", browser_phones=True)
    made.house.moving.categories = Table(POTHOLE)  # type: ignore[assignment]
    at = made.clock.at
    with transaction(made.house.factory) as session:
        for call, number, ago in ((TALK, NUMBER, 0), (HIDDEN, ANONYMOUS, 0), (LEFT, NUMBER, 2)):
            then = at - timedelta(days=ago)
            session.add(CallRow(id=call, caller=number, started_at=then, agent="agent-1", agent_at=then))
        session.flush()
        special.propose(session, [NUMBER], "三日內來電四十通", [TALK], by="supervisor-1", at=at)
        wish = Wish(NUMBER, "zh-TW", "desk", place_of(session, "5112", at), "路燈不亮", "")
        made.house.callbacks.open(session, wish, "agent-1", at)
        row = made.house.case_filing.draft(session, said(), "agent-1", at)
        filed = made.house.case_filing.file(session, row.id, "agent-1", at, is_another=True)
        made.house.case_work.open_contact(session, filed.number or "", at=at, by="officer-5301")
    return made


@pytest.fixture(scope="module")
def door(pages: Console) -> Door:
    """Somebody who comes in once for all forms; nobody of the staff by an empty login."""
    return cache(lambda login: pages.signed_in(login) if login else pages.stranger())


def blamed(page: str) -> list[str]:
    """Where the lines of the list of faults lead; each of them to a place that is there."""
    listed = re.search(r'govuk-error-summary__list">(.*?)</ul>', page, re.DOTALL)
    assert listed, "no list of faults"
    places = [unescape(one) for one in re.findall(r'href="#([^"]*)"', listed[1])]
    assert all(f' id="{one}"' in page for one in places), places
    return places


@pytest.mark.parametrize(
    "path", [p if p in PLAIN else pytest.param(p, marks=pytest.mark.matrix) for p in FORMS]
)
def test_all_faults_of_a_sending_are_told_at_once(pages: Console, door: Door, path: str) -> None:
    """As many as there are wrong fields, each once and at its field; nothing is written."""
    who, fields, typed = FORMS[path]
    sent: dict[str, Any] = dict(one.split("=") for one in typed.split("&") if one)
    script = {"Accept": "application/json"} if path.startswith(("/desk", "/verify")) else {}
    with looking(pages.house.factory) as session:
        there = path.replace("CASE", session.query(Case).one().number or "")
    answer = door(who).post(there, sent, page="" if who else "/sign-in", headers=script)
    assert answer.status_code == 422
    told = list(answer.json["fields"]) if answer.is_json else blamed(answer.text)  # type: ignore[index]
    assert sorted(told) == sorted(fields.split())


def test_every_form_of_the_house_is_in_the_table(pages: Console) -> None:
    """A new one is given its line here: what may be wrong with it, or that nothing or one thing may be."""
    rights = tomllib.loads(Path("tests/house/rights.toml").read_text("utf-8"))["pages"]
    posts = {one.removeprefix("POST ") for one in rights if one.startswith("POST ")}
    there = pages.app.url_map.bind("")
    sent = {there.match(one.partition("?")[0], method="POST", return_rule=True)[0].rule for one in FORMS}
    assert posts - sent == FEW | ALIKE


def test_the_desk_s_script_is_told_all_faults_too(door: Door) -> None:
    """With the field of each, so that they stand where one mends them."""
    answer = door("agent-1").post("/placed/notify", {}, headers={"Accept": "application/json"})
    assert answer.json and sorted(answer.json["fields"]) == ["matter", "whom"]


def test_the_library_s_own_sentences_are_those_of_taiwan(door: Door) -> None:
    """Not of another country that writes Chinese."""
    answer = door("officer-5112").post("/callbacks/1/attempt", {"outcome": "none of them"})
    assert answer.status_code == 422 and "不是有效的選擇" in answer.text


@pytest.mark.matrix
def test_nobody_chooses_for_who_wrote_a_name_that_several_bear(door: Door) -> None:
    """They are offered by name, section and agency; one is chosen in the next sending."""
    sent = {"whom": "示範", "matter": "瓦斯外洩"}
    page = door("agent-1").post("/placed/notify", sent)
    assert page.status_code == 422 and blamed(page.text) == ["notify-whom"]
    offered = re.findall(r'name="extension" type="radio" value="(\d+)"', page.text)
    assert len(offered) > 1 and 'value="示範"' in page.text
    chosen = door("agent-1").post("/placed/notify", {**sent, "sought": "示範", "extension": offered[0]})
    assert "電話系統沒有回應" in chosen.text
    other = door("agent-1").post("/placed/notify", {**sent, "sought": "別人", "extension": offered[0]})
    assert blamed(other.text) == ["notify-whom"]
