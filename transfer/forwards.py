"""Call forwarding: forwards followed to their end (P5.1.2). Pure."""

from hotline.directory.rules import Desk, Directory
from transfer.neighbours import absence
from transfer.reasons import RungKind, SkippedRung, WhyNot


def followed(directory: Directory, desk: Desk) -> tuple[Desk | None, tuple[str, ...], list[SkippedRung]]:
    """The desk that answers for this one, the extensions gone through, and each forward not honoured.

    A forward chains; one that leads back to itself, to nobody, to somebody away or to a closed section is
    skipped, and the extension before it stands for itself. None: no forward, or none that helps.
    """
    target = directory.forwards.get(desk.extension)
    if target is None:
        return None, (), []
    if is_circle(directory, desk.extension):
        return None, (), [SkippedRung(RungKind.FORWARD, target, "", WhyNot.CIRCLE, desk.extension)]
    answering = directory.desks.get(target)
    if answering is None:
        return None, (), [SkippedRung(RungKind.FORWARD, target, "", WhyNot.UNKNOWN, desk.extension)]
    further, through, dropped = followed(directory, answering)
    if further:
        return further, (desk.extension, *through), dropped
    if absent := absence(directory, answering, may_follow=True):
        name = answering.name or answering.person
        return None, (), [*dropped, SkippedRung(RungKind.FORWARD, target, name, *absent)]
    return answering, (desk.extension,), dropped


def is_circle(directory: Directory, extension: str) -> bool:
    """Tell whether the forward of an extension comes back to it, at once or by others."""
    seen, at = set[str](), directory.forwards.get(extension)
    while at is not None and at not in seen:
        if at == extension:
            return True
        seen.add(at)
        at = directory.forwards.get(at)
    return False
