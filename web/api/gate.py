"""Checks that every request passes: whose key, how often, who may, in which transaction,
and whether it was done already.

Each route names an action or says that any key will do; whatever names none is closed. A view runs in one
transaction, which also keeps its answer when the program gave the deed a name (Idempotency-Key).
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models import Tag
from pydantic import BaseModel
from sqlalchemy.orm import Session

from hotline.accounts import keys
from hotline.accounts.store import ApiAnswerRow
from hotline.db import add_once, looking, transaction
from hotline.ledger import looks
from hotline.ledger.looks import Reading
from hotline.permissions import Action
from hotline.staff.service import require
from web.api.problems import MEDIA, Problem, RequestRefused
from web.api.rates import Rates, address_of
from web.serving import allow as allow
from web.serving import factory as factory
from web.serving import house as house
from web.serving import me as me
from web.serving import now as now
from web.serving import read_session as read_session
from web.serving import scope as scope
from web.serving import stamp as stamp
from web.serving import today as today
from web.serving import write_session as write_session

ANY_KEY: Final = "any key"
Allowed = Action | str
VERSION: Final = re.compile(r'"([1-9][0-9]{0,8})\.[0-9]+"', re.ASCII)
"""An ETag of ours: the entry of the ledger that last touched the key, and the row that holds."""
CLOSED: Final = "allowed"
"""The attribute of a view that tells who may; without it nobody may."""
LARGEST: Final = "largest"
"""The attribute of a view whose bodies may be larger than those of others: bytes."""
PROBLEMS: Final = {
    401: "No key that works",
    403: "The key's login may not",
    422: "Unfit",
    429: "Too many requests",
    503: "The database or Asterisk does not answer",
}
SECURITY: Final[list[dict[str, list[Any]]]] = [{"key": []}]


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer of a view; ``version`` becomes the ETag, which an edit sends back."""

    body: BaseModel | None
    status: int = 200
    version: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class OtherRequest(RequestRefused, code="other-deed"):
    """An Idempotency-Key that was used for another request."""


class NotKept(RequestRefused, code="secret"):
    """A request whose answer may not be kept, sent with an Idempotency-Key."""


class InDoubt(RequestRefused, code="in-doubt"):
    """A request of this Idempotency-Key has begun, and its end is not known."""

    status = 409


class NoKey(RequestRefused, code="no-key"):
    """No key that works."""

    status = 401

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="hotline"'}


class ClosedToAll(RequestRefused, code="closed-to-all"):
    """A route that names nobody who may use it."""

    status = 403


class TooManyRequests(RequestRefused, code="too-many"):
    """A key or an address that asks more often than it may."""

    seconds: int
    status = 429

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.seconds)}


class VersionMissing(RequestRefused, code="no-version"):
    """An edit that does not say which version it was made from."""

    status = 428


class UnknownVersion(RequestRefused, code="unknown-version"):
    """An ETag that is none of ours."""

    status = 412


View = Callable[..., Answer]
Declares = Callable[[View], View]
Served = Callable[..., Response]
Serves = Callable[[View], Served]


class Room(APIBlueprint):
    """Routes of one family, each with who may use it."""

    def __init__(self, name: str, about: str) -> None:
        super().__init__(name, "web.api", abp_tags=[Tag(name=name, description=about)], abp_security=SECURITY)

    def read(self, rule: str, allowed: Allowed, says: type[BaseModel], *, writes: bool = False) -> Declares:
        """A look (GET). ``writes``: that somebody looked is on record."""
        answers = {200: says, **_problems(404, 304)}
        return self._open("get", rule, allowed, answers, _in_one_transaction(writes))

    def ask(self, rule: str, allowed: Allowed, says: type[BaseModel]) -> Declares:
        """A look (GET) for which Asterisk is asked, so that no transaction is open meanwhile."""
        return self._open("get", rule, allowed, {200: says, **_problems(404)}, _in_its_own(False))

    def edit(self, rule: str, allowed: Allowed, says: type[BaseModel]) -> Declares:
        """A row written anew from an instant on (PUT), of the version that was read."""
        answers = {200: says, 201: says, **_problems(404, 409, 412, 428)}
        return self._open("put", rule, allowed, answers, _in_one_transaction(True))

    def end(self, rule: str, allowed: Allowed) -> Declares:
        """A row that ends (DELETE), of the version that was read."""
        answers = {204: None, **_problems(404, 409, 412, 428)}
        return self._open("delete", rule, allowed, answers, _in_one_transaction(True))

    def do(self, rule: str, allowed: Allowed, says: type[BaseModel], status: int = 200) -> Declares:
        """A deed (POST); one with an Idempotency-Key is done once, however often it is sent."""
        answers = {status: says, **_problems(404, 409, 412)}
        return self._open("post", rule, allowed, answers, _in_one_transaction(True))

    def act(
        self,
        rule: str,
        allowed: Allowed,
        says: type[BaseModel],
        status: int = 200,
        *,
        secret: bool = False,
        largest: int | None = None,
    ) -> Declares:
        """A deed (POST) that keeps its own transactions, since telephones, files or mail are in between.

        ``secret``: its answer is kept nowhere, so it cannot have an Idempotency-Key. ``largest``: bytes of a
        body that holds a file.
        """
        answers = {status: says, **_problems(404, 409, 412)}
        return self._open("post", rule, allowed, answers, _in_its_own(secret), largest)

    def _open(
        self,
        method: str,
        rule: str,
        allowed: Allowed,
        answers: dict[int, Any],
        serves: Serves,
        largest: int | None = None,
    ) -> Declares:
        def declared(view: View) -> View:
            served: Any = serves(view)
            summary = (view.__doc__ or "").partition("\n")[0]
            getattr(self, method)(rule, responses=answers, summary=summary)(served)
            setattr(served.view, CLOSED, allowed)
            setattr(served.view, LARGEST, largest)
            return view

        return declared


def _problems(*statuses: int) -> dict[int, Any]:
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    told: dict[int, Any] = {
        status: {"description": words, "content": {MEDIA: {"schema": schema}}}
        for status, words in {**PROBLEMS, **_MORE}.items()
        if status in PROBLEMS or status in statuses
    }
    return told | ({304: {"description": "As it was"}} if 304 in statuses else {})


_MORE: Final = {
    404: "No such thing",
    409: "Its state does not allow it",
    412: "Somebody changed it meanwhile",
    428: "Without If-Match, nobody knows what would be replaced",
}


def _in_one_transaction(writes: bool) -> Serves:
    def serves(view: View) -> Served:
        @wraps(view)
        def served(**given: Any) -> Response:
            with (transaction if writes else looking)(factory()) as session:
                g.session = session
                if not (name := _name()):
                    return _answered(view(**given))
                kept, is_new = _named(session, name)
                return _kept(kept, _answered(view(**given))) if is_new else _again(kept)

        return served

    return serves


def _in_its_own(secret: bool) -> Serves:
    def serves(view: View) -> Served:
        @wraps(view)
        def served(**given: Any) -> Response:
            if not (name := _name()):
                return _answered(view(**given))
            if secret:
                raise NotKept
            with transaction(factory()) as g.session:
                kept, is_new = _named(session(), name)
                if not is_new:
                    return _again(kept)
            try:
                answer = _answered(view(**given))
            except Exception:
                with transaction(factory()) as after:
                    after.delete(kept)
                raise
            with transaction(factory()) as after:
                return _kept(after.merge(kept), answer)

        return served

    return serves


def _name() -> str:
    """Name that a program gives its request; empty = none, and for a look."""
    return request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""


def _answered(answer: Answer) -> Response:
    text = answer.body.model_dump_json() if answer.body else ""
    response = Response(text, answer.status, content_type="application/json")
    if answer.body is None:
        response.headers.pop("Content-Type", None)
    response.headers.update(answer.headers)
    if answer.version:
        response.set_etag(answer.version)
        if request.method == "GET":
            response.make_conditional(request)
    return response


def _named(session: Session, name: str) -> tuple[ApiAnswerRow, bool]:
    """Row of a named deed, and whether it is new. Raises RequestRefused for another deed of that name."""
    number, named = g.holder.key, hashlib.sha256(name.encode()).hexdigest()
    asked = hashlib.sha256(b"\0".join((request.full_path.encode(), request.get_data()))).hexdigest()
    row = {"key": number, "name": named, "asked": asked, "at": now()}
    unanswered = {"status": 0, "headers": {}, "body": "", "readings": []}
    is_new = add_once(session, ApiAnswerRow, [row | unanswered]) == 1
    kept = session.get_one(ApiAnswerRow, (number, named))
    if kept.asked != asked:
        raise OtherRequest
    return kept, is_new


def _again(kept: ApiAnswerRow) -> Response:
    """Repeat the first answer, however often it is asked for. Raises RequestRefused where there is none."""
    if not kept.status:
        raise InDoubt
    for subject, reason, what in kept.readings:
        look(subject, reason, what)
    return Response(kept.body, kept.status, kept.headers)


def _kept(kept: ApiAnswerRow, response: Response) -> Response:
    """The answer, kept for whoever asks again."""
    kept.readings = readings()
    kept.status, kept.body = response.status_code, response.get_data(as_text=True)
    kept.headers = {
        name: response.headers[name]
        for name in ("Content-Type", "ETag", "Location")
        if name in response.headers
    }
    return response


def come_in(rates: Rates) -> None:
    """Admit a request: find its key, count it, and ask whether its login may. Raises RequestRefused."""
    if request.endpoint is None or request.endpoint in ("document", "static"):
        return
    if largest := getattr(current_app.view_functions[request.endpoint], LARGEST, None):
        request.max_content_length = largest
    at = now()
    key = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    with looking(factory()) as session:
        found = keys.holder(session, key, at) if key.startswith(keys.MARK) else None
    wait = rates.wait(f"key {found.key}" if found else address_of(request), at)
    if wait is not None:
        raise TooManyRequests(int(wait.total_seconds()) + 1)
    if found is None or found.scope is not keys.KeyScope.ALL:
        raise NoKey
    g.holder = found
    g.named = dict(request.view_args or {})
    allowed = allowed_of(request.endpoint)
    if allowed is None:
        raise ClosedToAll
    if isinstance(allowed, Action):
        require(found.staff, allowed)
    if found.is_due_a_note:
        with transaction(factory()) as session:
            keys.note_use(session, found.key, at)


def allowed_of(endpoint: str) -> Allowed | None:
    """Right that an endpoint asks for; None = nobody may."""
    found: Allowed | None = getattr(current_app.view_functions[endpoint], CLOSED, None)
    return found


def expected() -> int:
    """The version that an edit was made from; 0 for what is to be new. Raises RequestRefused."""
    if request.headers.get("If-None-Match") == "*":
        return 0
    given = request.headers.get("If-Match", "")
    if not given:
        raise VersionMissing
    version = VERSION.fullmatch(given)
    if version is None:
        raise UnknownVersion
    return int(version[1])


def look(subject: str, reason: str, what: str) -> Reading:
    """Put on record that this login is told a citizen's data. Raises NoReason."""
    readings().append([subject, reason, what])
    return looks.look(session(), now(), me().login, subject, reason, what)


def readings() -> list[list[str]]:
    """Readings of citizens' data in this answer, as ``look`` was given them."""
    told: list[list[str]] = g.setdefault("readings", [])
    return told


def session() -> Session:
    """The one transaction of this request."""
    found: Session = g.session
    return found
