"""One agent, for supervisors: languages the phone rings for, breaks, off duty; each for a reason."""

from collections.abc import Callable
from typing import Final

from flask import Response, request
from sqlalchemy.orm import Session

from control.ami import ManagerGone
from control.presence import bring_members
from hotline.errors import HotlineError, existing
from hotline.permissions import Action
from hotline.staff.agent_state import LONGEST_ALIAS, NoLanguage, WhyMissing, set_alias, sign_off, speak
from hotline.staff.service import NoAgent, set_break
from hotline.staff.store import Agent, agents
from hotline.texts import UnfitText
from ivr.numerals import Language
from web.console import browser
from web.console.answers import lead_to, render
from web.console.forms import text_of
from web.console.gate import Pages, house, read_session, stamp, write_session
from web.console.language import _, in_words
from web.console.menu_words import LANGUAGES

pages = Pages("agent_state")
LONGEST: Final = 64
"""Characters of a reason that a break is shown with."""


@pages.both("/board/agent/<phone>", Action.AGENT_MOVE)
def agent(phone: str) -> Response:
    """State of an agent, and the forms that change it. Raises NoAgent."""
    found = _change(phone) if request.method == "POST" else {}
    if request.method == "POST" and not found:
        return lead_to("board.board")
    with read_session() as session:
        row = existing(session.get(Agent, phone), NoAgent(phone))
    chosen = request.form.getlist("language") if found else row.languages
    return render(
        "board/agent.html",
        422 if found else 200,
        agent=row,
        chosen=chosen,
        spoken=LANGUAGES,
        blamed=found,
        reason=text_of("reason"),
        longest=LONGEST,
        longest_alias=LONGEST_ALIAS,
        alias=text_of("alias") if found else row.alias,
    )


def _change(phone: str) -> dict[str, str]:
    """Do what was asked, or return the sentences why not, by the field that each is about."""
    reason = text_of("reason")[:LONGEST]
    deed = _deeds(phone, reason).get(text_of("deed"))
    if deed is None:
        return {"": _("請選擇要做什麼。")}
    try:
        with write_session() as session:
            deed(session)
            everybody = agents(session)
    except (NoLanguage, WhyMissing, UnfitText) as error:
        return {str(getattr(one, "field", "")): in_words(one) for one in error.together}
    _tell(phone, everybody)
    return {}


def _deeds(phone: str, reason: str) -> dict[str, Callable[[Session], object]]:
    def languages(session: Session) -> None:
        asked = set(request.form.getlist("language"))
        known = session.get(Agent, phone)
        best_first = dict.fromkeys([*(known.languages if known else ()), *Language])
        spoken = [str(one) for one in best_first if one in asked]
        speak(session, phone, spoken, **stamp(), reason=reason)

    def rest(session: Session) -> None:
        if not reason:
            raise WhyMissing(phone)
        set_break(session, phone, reason, **stamp())

    def resume(session: Session) -> None:
        if not reason:
            raise WhyMissing(phone)
        set_break(session, phone, "", **stamp(), why=reason)

    def off(session: Session) -> None:
        sign_off(session, phone, **stamp(), reason=reason)

    def alias(session: Session) -> None:
        set_alias(session, phone, text_of("alias"), **stamp())

    return {"alias": alias, "languages": languages, "break": rest, "resume": resume, "off": off}


def _tell(phone: str, everybody: list[Agent]) -> None:
    """Asterisk's queues follow; while it is away they do at its next start."""
    try:
        bring_members(house().pbx, everybody)
    except ManagerGone:
        browser.say(_("已記下；電話系統恢復後會照辦。"))
    except HotlineError as error:
        browser.say(in_words(error))
    else:
        browser.say(_("%(phone)s 已調整，立即生效。", phone=phone))
