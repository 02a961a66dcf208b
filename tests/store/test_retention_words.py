"""Free words that go with their period: of retrieval, of letters, of why recording stopped (P4.12)."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from calls.recording_stop import STOPPED
from calls.store import CallEvent, add_event
from calls.transfer_reasons import STATED
from hotline import legal_holds
from hotline.cases.store import ViolationLetter
from hotline.db import Sessions, transaction
from hotline.legal_holds import HeldRecord
from recordings.retrieval_store import (
    ChosenCall,
    Retrieval,
    RetrievalItem,
    SilencedPart,
    StandingPurpose,
)
from tests.retaining import CALLED, DAY, NAME, NIGHT, PLACE, WORDS, YEAR, RetentionScene

pytestmark = pytest.mark.dialects


@pytest.fixture
def scene(factory: Sessions, tmp_path: Path) -> RetentionScene:
    return RetentionScene(factory, tmp_path / "deletions")


def asked_for(scene: RetentionScene, call: str, ended_at: datetime | None) -> int:
    """A request for a call, with a silenced part; and the same call chosen by a supervisor."""
    row = Retrieval(state="REFUSED", agency="", person="mei", ground="警察職權行使法", asked_by="rdec-1")
    row.purpose = row.end_reason = WORDS
    row.asked_at, row.ended_at, row.token = CALLED, ended_at, None
    part = {"item": 1, "track": "caller", "begins": 0.0, "ends": 1.0, "at": CALLED, "by": "rdec-1"}
    with transaction(scene.factory) as session:
        purpose = StandingPurpose(state="APPROVED", login="boss", purpose="抽聽", asked_at=CALLED)
        session.add_all((row, purpose))
        session.flush()
        session.add(RetrievalItem(retrieval_id=row.id, number=1, call_id=call))
        session.add(SilencedPart(retrieval_id=row.id, reason=NAME, **part))
        chosen = {"purpose_id": purpose.id, "login": "boss", "call_id": call, "at": CALLED, "until": CALLED}
        session.add(ChosenCall(reason=WORDS, **chosen))
        return row.id


def words_of_retrieval(scene: RetentionScene) -> set[str]:
    with transaction(scene.factory) as session:
        columns = Retrieval.purpose, Retrieval.end_reason, SilencedPart.reason, ChosenCall.reason
        return {word for column in columns for word in session.scalars(select(column))}


def test_words_of_retrieval_go_and_the_proof_stays(scene: RetentionScene) -> None:
    """Who asked, by which law and about which call; a request that is not over keeps its words."""
    number = asked_for(scene, scene.call(), CALLED)
    scene.nights()
    row = scene.row(Retrieval, number)
    assert words_of_retrieval(scene) == {""} and row.masked_at == NIGHT
    assert (row.ground, row.asked_by, row.person, row.asked_at) == ("警察職權行使法", "rdec-1", "mei", CALLED)
    with transaction(scene.factory) as session:
        assert session.scalars(select(RetrievalItem.call_id)).all() == ["n1-1795600000.12"]
    still = asked_for(scene, "n1-1795600000.12", None)
    scene.nights(until=NIGHT + 2 * DAY)
    assert scene.row(Retrieval, still).purpose == WORDS


def test_words_of_retrieval_stay_while_its_call_is_held(scene: RetentionScene) -> None:
    """A procedure may ask why it was heard."""
    call = scene.call()
    asked_for(scene, call, CALLED)
    with transaction(scene.factory) as session:
        legal_holds.hold(session, "court:1", HeldRecord.CALL, [call], by="rdec-1", at=CALLED)
    scene.nights()
    assert words_of_retrieval(scene) == {WORDS, NAME}


def test_a_letter_about_a_place_goes_after_it_was_lifted(scene: RetentionScene) -> None:
    """While it works it stays, however old it is."""
    letter = {"category": "3003", "agency": "pwd", "signed_by": "局長", "registered_at": CALLED}
    with transaction(scene.factory) as session:
        for lifted_at in (None, CALLED):
            row = ViolationLetter(place_key=PLACE, reason=WORDS, registered_by="pwd-1", **letter)
            row.latitude, row.lifted_at = 25.0, lifted_at
            session.add(row)
    scene.nights(until=NIGHT + 5 * YEAR)
    with transaction(scene.factory) as session:
        rows = session.scalars(select(ViolationLetter).order_by(ViolationLetter.id)).all()
        assert [(row.place_key, row.reason, row.latitude) for row in rows] == [
            (PLACE, WORDS, 25.0),
            ("", "", None),
        ]


def test_why_a_recording_was_stopped_goes_and_why_a_call_was_put_through_stays(scene: RetentionScene) -> None:
    """An agent's own words; a reason of the list (P5.1.1) is a figure."""
    call = scene.call()
    with transaction(scene.factory) as session:
        add_event(session, "s", call, CALLED, STOPPED, {"by": "agent-1", "reason": f"{NAME}不願錄音"})
        add_event(session, "t", call, CALLED, STATED, {"by": "agent-1", "reason": "competence"})
    scene.nights()
    with transaction(scene.factory) as session:
        told = {one.kind: one.detail for one in session.scalars(select(CallEvent))}
    assert told[STOPPED] == {"by": "agent-1", "reason": ""} and told[STATED]["reason"] == "competence"
