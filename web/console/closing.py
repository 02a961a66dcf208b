"""The form by which a call is closed: what may be chosen of it, and what was chosen (P3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

import wording
from calls.dispositions import NONE, Disposition, NoServiceGround, ServiceType, proposed_services
from calls.store import CallRow
from calls.topics import Topic, TopicKind, TopicWord, proposed, title
from calls.transfer_reasons import UNSTATED, transfer_reasons
from hotline.news.messages import messages, standing
from hotline.news.rules import NewsStatus
from transfer.reasons import TransferReason
from web.console.forms import text_of
from web.console.language import _, current, names


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call to be closed, with the topics that are proposed for it, the likeliest first, by their names.

    ``services``: chosen beforehand, since a case was filed.

    ``unstated``: the reason of a transfer is asked for, since it was put through by keys.
    """

    row: CallRow
    proposed: Mapping[str, str]
    unstated: bool
    services: frozenset[ServiceType]


@dataclass(frozen=True, slots=True)
class Choices:
    """What every call can be closed with; each value with its name."""

    types: Mapping[str, str]
    grounds: Mapping[str, str]
    messages: Mapping[str, str]
    words: Mapping[str, str]
    why: Mapping[str, str]


def open_calls(session: Session, rows: Sequence[CallRow], at: datetime) -> list[OpenCall]:
    """Calls to be closed, each with its own proposals."""
    return [
        OpenCall(
            row,
            {str(one): topic_words(session, one, at) for one in proposed(session, row.id)},
            UNSTATED in transfer_reasons(session, row.id),
            proposed_services(session, row.id),
        )
        for row in rows
    ]


def choices(session: Session, at: datetime) -> Choices:
    """Services, grounds, the messages of these days, the short list, and reasons of transfers."""
    current = [row for row in messages(session, at) if standing(row, at) is NewsStatus.CURRENT]
    return Choices(
        names(ServiceType),
        names(NoServiceGround),
        {str(Topic(TopicKind.MESSAGE, str(row.id))): row.title for row in current},
        {str(Topic(TopicKind.WORD, word)): words for word, words in names(TopicWord).items()},
        names(TransferReason),
    )


def chosen() -> Disposition:
    """What the form says. Raises UnknownTopic."""
    types = frozenset(ServiceType(one) for one in request.form.getlist("service") if one in set(ServiceType))
    ground, topic, why = text_of("ground"), text_of("topic"), text_of("why")
    return Disposition(
        types,
        NoServiceGround(ground) if ground in set(NoServiceGround) else None,
        Topic.of(topic) if topic else None,
        TransferReason(why) if why in set(TransferReason) else None,
    )


def topic_words(session: Session, topic: Topic, at: datetime) -> str:
    """A topic as it is read."""
    called = title(session, topic, at)
    match topic.kind:
        case TopicKind.WORD:
            return names(TopicWord).get(topic.key, topic.key)
        case TopicKind.CATEGORY:
            return _("案件：%(title)s", title=called or topic.key)
        case TopicKind.ENTRY:
            return _("問答：%(title)s", title=called or topic.key)
        case TopicKind.MESSAGE:
            return _("訊息：%(title)s", title=called or topic.key)
        case TopicKind.EXTENSION:
            return _("分機 %(extension)s %(title)s", extension=topic.key, title=called).rstrip()


def service_words(service: str, ground: str) -> str:
    """Words for the closing of a call; empty while it is not closed."""
    if service == NONE:
        return _("沒有服務：%(ground)s", ground=names(NoServiceGround).get(ground, ground))
    return wording.listed([names(ServiceType).get(one, one) for one in service.split()], current())
