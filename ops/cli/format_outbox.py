"""Messages of the outbox as lines of text; a citizen's number or address is masked."""

from collections.abc import Iterator
from datetime import datetime

from hotline.clock import TAIPEI
from hotline.log_masking import clean, masked
from hotline.outbox.rules import MessageChannel, Template, segments
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.outbox.templates import templates


def line(row: OutboxMessage) -> str:
    """One message: when it was written, how it stands, to whom, its text, and why it was not sent."""
    why = "" if row.state == OutboxState.SENT else clean(row.result)
    return (
        f"{row.id:>5}  {_clock(row.written_at)}  {row.template}  {standing(row):<8} "
        f"{recipient(row):<28} {clean(row.text)}  {why}"
    ).rstrip()


def standing(row: OutboxMessage) -> str:
    """Its state, and what more is known: delivered, tried so often, perhaps arrived twice."""
    words = [row.state, row.delivery if row.delivery and row.delivery != row.state else ""]
    if row.done_at is None and row.tries:
        words.append(f"tried {row.tries}x, again {row.next_try_at.astimezone(TAIPEI):%H:%M}")
    if row.doubts:
        words.append("may have arrived twice" if row.state == OutboxState.SENT else "may have arrived")
    return ", ".join(filter(None, words))


def recipient(row: OutboxMessage) -> str:
    """Staff as they are; citizens masked: ``0912***678``, ``m***@mail.example``."""
    plain = clean(row.recipient)
    if not _is_to_a_citizen(templates().get(row.template)):
        return masked(plain)
    name, at, place = plain.rpartition("@")
    return f"{name[:1]}***{at}{place}" if at else masked(plain)


def story(row: OutboxMessage) -> Iterator[str]:
    """Everything about one message."""
    yield line(row).splitlines()[0]
    yield f"  event      {clean(row.event)}"
    for text in row.text.splitlines():
        yield f"  text       {clean(text)}"
    if row.provider_id:
        yield f"  known as   {clean(row.provider_id)}"
    if row.done_at:
        yield f"  done       {_clock(row.done_at)} after {row.tries} tries"
    if row.delivered_at:
        yield f"  carrier    {_clock(row.delivered_at)} {row.delivery}"


def wording(name: str, one: Template) -> str:
    """A template with its channels; for SMS how many it takes at its longest."""
    longest = one.text.format_map({fact: "字" * most for fact, most in one.longest.items()})
    size = f"{segments(longest)} SMS" if MessageChannel.SMS in one.channels else ""
    return f"{name}  {'/'.join(one.channels):<10} {size:<6} {'by day' if one.can_wait else 'always':<7} {clean(one.text)}"


def _is_to_a_citizen(template: Template | None) -> bool:
    return template is None or MessageChannel.SMS in template.channels


def _clock(at: datetime) -> str:
    return f"{at.astimezone(TAIPEI):%m-%d %H:%M}"
