"""Links, sessions and second factors by which logins come in, and the keys of programs."""

from datetime import datetime

from pydantic import Field

from administration import invitations
from hotline.accounts import keys, seconds
from hotline.accounts import service as accounts
from hotline.accounts.endings import proofs
from hotline.accounts.keys import KeyScope
from hotline.accounts.rules import INVITED
from hotline.permissions import Action
from hotline.staff.service import staff
from web.api import gate, models
from web.api.gate import Answer, Room

room = Room("access", "How logins come in: links, sessions, second factors, and the keys of programs")


class AccessRecord(models.RowModel):
    """Proofs that a login has set up."""

    password: bool = Field(description="chosen")
    second: bool = Field(description="a second factor is set up")
    sessions: int = Field(description="open in browsers")
    invited_until: datetime | None = Field(description="until when a link works")


class InvitationRecord(models.RowModel):
    """A link with which a login chooses a password, once."""

    until: datetime
    mailed: bool = Field(description="it went to its owner alone")
    link: str = Field("", description="shown this once, where no e-mail goes out")


class SessionsEnded(models.RowModel):
    """Number of sessions that were ended."""

    sessions: int


class KeyRecord(models.NumberedRow):
    """A key with which a program acts for a login."""

    purpose: str
    scope: str = Field(description="all that the login may, or open311: to send reports")
    made_at: datetime
    by: str
    ends_at: datetime | None = Field(description="null = with the login")
    revoked_at: datetime | None
    used_at: datetime | None


KeyList = models.listing("KeyList", KeyRecord, "Every key made for a login.")


class KeyBody(models.RequestModel):
    """Which program it is for, and until when."""

    purpose: models.Text = Field(min_length=1, max_length=120)
    ends_at: models.Instant | None = Field(None, description="with the login, if not given")
    scope: KeyScope = Field(KeyScope.ALL, description="open311: to send reports by Open311, and nothing else")


class KeyMade(models.RowModel):
    """A new key, shown this once."""

    key: str


class KeyPath(models.LoginPath, models.NumberPath): ...


@room.read("/staff/<login>/access", Action.STAFF_CHANGE, AccessRecord)
def access(path: models.LoginPath) -> Answer:
    """Proofs that a login has set up."""
    staff(gate.session(), path.login, gate.now())
    found = proofs(gate.session(), [path.login], gate.now())[path.login]
    return Answer(AccessRecord.model_validate(found))


@room.act("/staff/<login>/invitation", Action.STAFF_INVITE, InvitationRecord, 201, secret=True)
def invite(path: models.LoginPath) -> Answer:
    """Make a link with which the login chooses a password; it goes out by e-mail where that is set up."""
    settings, until = gate.house().settings, gate.now() + INVITED
    with gate.write_session() as session:
        member = staff(session, path.login, gate.now())
        mailed = invitations.is_mailed(settings, member)
        token = accounts.invite(session, path.login, **gate.stamp(), mailed=mailed)
    link = invitations.address_of(settings, token)
    if (
        mailed
        and invitations.send(settings, member, link, until, gate.now()) is not invitations.MailResult.YES
    ):
        raise invitations.NotMailed(path.login, member.email)
    return Answer(InvitationRecord(until=until, mailed=mailed, link="" if mailed else link), 201)


@room.do("/staff/<login>/sign-out", Action.STAFF_SIGN_OUT, SessionsEnded)
def sign_out(path: models.LoginPath, body: models.Reason) -> Answer:
    """End all sessions of a login."""
    staff(gate.session(), path.login, gate.now())
    ended = accounts.end_sessions(gate.session(), path.login, **gate.stamp(), reason=body.reason)
    return Answer(SessionsEnded(sessions=ended))


@room.do("/staff/<login>/remove-second-factor", Action.STAFF_SECOND, AccessRecord)
def remove_second(path: models.LoginPath, body: models.Reason) -> Answer:
    """Take a login's authenticator and recovery codes away;
    it signs in by the password and sets up another.
    """
    seconds.remove(gate.session(), path.login, **gate.stamp(), reason=body.reason)
    return access(path)


@room.read("/staff/<login>/keys", Action.STAFF_KEY, KeyList)
def listed_keys(path: models.LoginPath) -> Answer:
    """List every key made for a login."""
    staff(gate.session(), path.login, gate.now())
    return Answer(KeyList(items=keys.keys_of(gate.session(), path.login)))


@room.act("/staff/<login>/keys", Action.STAFF_KEY, KeyMade, 201, secret=True)
def make_key(path: models.LoginPath, body: KeyBody) -> Answer:
    """Make a key with which a program acts for a login."""
    with gate.write_session() as session:
        purpose, when = body.purpose.strip(), body.ends_at
        key = keys.make(session, path.login, purpose, **gate.stamp(), ends_at=when, scope=body.scope)
    return Answer(KeyMade(key=key), 201)


@room.do("/staff/<login>/keys/<int:number>/revoke", Action.STAFF_KEY, KeyList)
def revoke_key(path: KeyPath, body: models.MaybeReason) -> Answer:
    """Revoke a key. Idempotent."""
    keys.revoke(gate.session(), path.login, path.number, **gate.stamp(), reason=body.reason)
    gate.session().flush()
    return listed_keys(models.LoginPath(login=path.login))
