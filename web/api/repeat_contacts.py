"""Repeated calls on a case that an agency has: its officer contacts the petitioner within 4 h (P7.2)."""

from datetime import datetime

from pydantic import BaseModel, Field

from hotline.cases.repeat import ask_officer
from hotline.permissions import Action
from web.api import gate, models
from web.api.gate import Answer, Room
from wording import CHINESE, ENGLISH, sentence

room = Room("repeat_contacts", "Repeated calls on a case (P7.2)")


class CalledAgain(models.RequestModel):
    """A petitioner who calls again."""

    note: models.Text = Field("", description="what the citizen says, for the officer")
    citizen: models.Short = Field(
        "", description="telephone to be called at, where none was left, or another"
    )


class OfficerCalls(BaseModel):
    """The promise that the officer in charge contacts the petitioner."""

    callback: int = Field(description="number of the promise, among the callbacks")
    is_new: bool = Field(description="false: it stood already, and has a note more")
    due_at: datetime
    say: str = Field(description="what the caller is told (V-13), in Chinese")
    say_in_english: str


@room.do("/cases/<number>/repeat-contact", Action.CALLBACK_OPEN, OfficerCalls, 201)
def officer_calls(path: models.CasePath, body: CalledAgain) -> Answer:
    """Have the officer of a case contact who calls again; a second call adds a note, and no second task."""
    house, at = gate.house(), gate.now()
    told = ask_officer(
        gate.session(), house.callbacks, path.number, gate.me().login, at, phone=body.citizen, note=body.note
    )
    said = OfficerCalls(
        callback=told.promise.id,
        is_new=told.is_new,
        due_at=told.said.due_at,
        say=sentence(told.said, CHINESE),
        say_in_english=sentence(told.said, ENGLISH),
    )
    return Answer(said, 201 if told.is_new else 200)
