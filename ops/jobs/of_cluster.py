"""Jobs that run once in the cluster, on the machine that holds their lease: what is due for all."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from administration.day_anchors import ANCHORED, verify_log
from administration.directory_check import NightlyCheck
from calls.cdr_writer import Records
from control.reachability import of_asterisk
from hotline import clock, metrics
from hotline.accounts import endings
from hotline.accounts.keys import forget_answers
from hotline.accounts.service import forget_old
from hotline.allowances import forget as forget_allowances
from hotline.callbacks.chase import Chase
from hotline.db import Sessions, looking, transaction
from hotline.keys.data_keys import rewrap
from hotline.keys.resealing import Resealing
from hotline.ledger.anchors import is_anchor_due
from hotline.ledger.days import DayAnchors
from hotline.ledger.moving import ChainMove
from hotline.ledger.verification import anchor, begin
from hotline.outbox import senders
from hotline.outbox.rules import MessageChannel
from hotline.outbox.service import Post, drop_secrets
from hotline.settings import Settings
from hotline.sso.proofs import forget as forget_sso
from hotline.video import entering, phone_proofs
from ops.jobs import case_replies
from ops.jobs.journal_replay import Replay
from ops.jobs.knowledge import keep_book
from ops.jobs.lost_nodes import LostNodes
from ops.jobs.open_calls import notice_of
from ops.jobs.pack_documents import DocumentRuns
from ops.jobs.recordings import fetching
from ops.jobs.scheduler import Job, give_way
from ops.jobs.syslog import AuditForwarding
from ops.syslog import socket_of
from ops.wiring import House
from recordings import retrieval_service
from reporting import open_figures
from reporting.hour_sums.service import HourSums

log = structlog.get_logger()
TOLD = 20
"""So many broken places of the audit log are told one by one."""


def cluster_jobs(house: House, replay: Replay) -> Sequence[Job]:
    """Declare what one machine does for all."""
    settings = house.settings
    remote = fetching(house)
    chase = Chase(house.factory, house.callbacks)
    worker = f"{settings.node}-{house.name}-{os.getpid()}"
    post = Post(
        house.factory, senders.sender(settings, house.keys), worker, lambda: senders.night(house.settings)
    )

    pushes = _pushes(house, worker)
    resealing = Resealing(house.factory, house.keys, give_way)
    rendering, collector = DocumentRuns(house.factory), socket_of(settings)
    forwarding = AuditForwarding(house.factory, settings, collector) if collector else None
    lost = LostNodes(house.factory, Records(settings.node, house.callbacks), notice_of(house.built_prompts))
    directory = NightlyCheck(house.factory, lambda then: of_asterisk(house.pbx, then))
    hour_sums = HourSums(house.factory, clock.monotonic, give_way)
    return (
        Job("callbacks", "reminders, overdue, escalation, ended leases (§9.2); what closed agencies owe (P2-a)", timedelta(seconds=20),
            lambda: replay.is_behind() or chase.run(clock.now())),
        Job("cases", "cases: sign-off, overdue, tracking, closing (P5.4.2)", timedelta(seconds=20),
            lambda: house.case_chase.run(clock.now())),
        Job("case-digest", "late quick cases, to three people of each agency (P5.4.5)", timedelta(minutes=1),
            lambda: house.case_digest.run(clock.now())),
        Job("survey", "petitioners of closed cases are asked how it was (P10.3)", timedelta(minutes=1),
            lambda: ask_petitioners(house)),
        Job("case-lines", "each event of a case becomes a line for another system", timedelta(seconds=5),
            lambda: house.case_feed.run(clock.now())),
        Job("case-push", "those lines are pushed to it, in their order", timedelta(seconds=5),
            lambda: pushes.work(clock.now) if pushes else 0),
        Job("case-replies", "files with its replies are taken", timedelta(seconds=10),
            lambda: case_replies.run(house, clock.now())),
        Job("case-lines-kept", "lines that are kept long enough are removed", timedelta(hours=1),
            lambda: house.case_feed.forget(clock.now())),
        Job("open-figures", "a month's figures for everybody are counted on the 8th", timedelta(minutes=10),
            lambda: open_figures.publish(house.factory, clock.now())),
        Job("video", "sign-language blocks end or go on in time (P6.4)", timedelta(seconds=1),
            lambda: settle_video(house), is_due=partial(is_video_due, house)),
        Job("retrievals", "pages of recordings close when their time is over (P9)", timedelta(minutes=1),
            lambda: close_retrievals(house)),
        Job("outbox", "messages are brought to the sender, each once (P0-c)", timedelta(seconds=5),
            lambda: replay.is_behind() or post.work(clock.now), is_due=post.is_due),
        Job("notice-codes", "codes of messages that went are dropped", timedelta(hours=1),
            lambda: drop_codes(house)),
        Job("remote-sound", "recordings that Twilio holds are fetched and removed", timedelta(seconds=5),
            lambda: remote.run(clock.now()) if settings.twilio_account else 0),
        Job("held-calls", "calls over Twilio whose end nobody told are closed", timedelta(minutes=10),
            lambda: house.twilio_calls.forget(clock.now())),
        Job("lost-nodes", "calls of a node that does not come back are closed", timedelta(minutes=1),
            lambda: lost.run(clock.now())),
        Job("directory-check", "what is wrong or lacking in the directory is told", timedelta(minutes=1),
            lambda: directory.run(clock.now())),
        Job("audit-anchor", "the day is anchored, the audit log verified and its head kept elsewhere (P0-a)", timedelta(hours=1),
            lambda: verify_audit(house.factory, settings, clock.now())),
        Job("syslog", "the audit log goes to the city's collector (P0-a)", timedelta(seconds=5),
            lambda: forwarding.run(clock.now()) if forwarding else 0),
        Job("audit-move", "rows of before in the audit log become pseudonymous", timedelta(seconds=10),
            lambda: move_audit(house.factory, settings, clock.now())),
        Job("faq", "late replies, the reminder of the month's review (P4.4, P4.5)", timedelta(minutes=1),
            lambda: keep_book(house, clock.now())),
        Job("ended-logins", "passwords, keys, links and sessions of logins whose end has come are destroyed",
            timedelta(seconds=20), lambda: end_logins(house)),
        Job("sso", "the identity provider is asked whether sessions that it began still hold",
            timedelta(seconds=15), lambda: house.sso_checks and house.sso_checks.run(clock.now())),
        Job("accounts", "wrong answers and old sessions of the pages are forgotten", timedelta(hours=1),
            lambda: forget(house)),
        Job("resealing", "rows that the current key has not sealed are sealed by it", timedelta(seconds=2),
            lambda: resealing.run(clock.now())),
        Job("hour-sums", "calls of past hours are summed up for the history (P1-b)", timedelta(minutes=1),
            lambda: replay.is_behind() or hour_sums.work(clock.now())),
        Job("packs", "the pack of the month before, and what is asked for (P10)", timedelta(seconds=5),
            lambda: replay.is_behind() or house.packs.work(clock.now()), computes_long=True,
            is_due=house.packs.is_due),
        Job("documents", "a tagged PDF of each pack, in both languages (P10)", timedelta(seconds=5),
            lambda: replay.is_behind() or rendering.run(clock.now()), is_due=rendering.is_due),
        Job("keys", "data keys are wrapped by the newest key", timedelta(minutes=10),
            lambda: rewrap(house.factory, house.keys, clock.now())),
    )  # fmt: skip


def _pushes(house: House, worker: str) -> Post | None:
    """The worker that pushes lines of cases, where somebody takes them. Raises BadSettings."""
    if not house.settings.case_push_url:
        return None
    sender = senders.push_sender(house.settings)
    return Post(house.factory, sender, worker, channels=(MessageChannel.PUSH,))


def verify_audit(factory: Sessions, settings: Settings, at: datetime) -> int:
    """Once a day anchor the rows of the day before, verify the audit log, with an alarm if it was changed,
    and keep its head elsewhere.

    How many places are broken. Raises BadAnchor, OSError.
    """
    folder = _anchors(settings)
    if not is_anchor_due(folder, at):
        return 0
    begin(factory)
    DayAnchors(factory, ANCHORED).run(at)
    found = list(verify_log(factory, folder))
    metrics.audit_broken.set(len(found))
    for one in found[:TOLD]:
        log.error("audit.broken", what=one.what, of=len(found))
    head = anchor(factory, folder, at)
    log.info("audit.anchored", position=head.position, broken=len(found))
    return len(found)


def move_audit(factory: Sessions, settings: Settings, at: datetime) -> int:
    """Move rows of the audit log on that releases of before wrote; how many. Raises BadAnchor, OSError."""
    return ChainMove(factory, _anchors(settings), give_way).run(at)


def _anchors(settings: Settings) -> Path:
    """The folder of the anchors; that of another machine must be there."""
    if settings.audit_anchors is None:
        settings.anchors.mkdir(exist_ok=True)
    return settings.anchors


def forget(house: House) -> None:
    """Forget what the door of the pages need not remember."""
    with transaction(house.factory) as session:
        forget_old(session, clock.now())
        forget_allowances(session, clock.now())
        forget_answers(session, clock.now())
        forget_sso(session, clock.now())
        entering.forget(session, clock.now())
        phone_proofs.forget(session, clock.now())


def drop_codes(house: House) -> None:
    """Drop codes of messages that went under a release which kept them."""
    dropped = 1
    while dropped:
        with transaction(house.factory) as session:
            dropped = drop_secrets(session)


def settle_video(house: House) -> None:
    """Do what is due in the sign-language line, send the codes asked for; writes only when there is any."""
    with looking(house.factory) as session:
        is_due = is_video_due(house, session, clock.now())
    if is_due:
        with transaction(house.factory) as session:
            house.video_line.settle(session, clock.now())
            entering.send_codes(session, clock.now())


def is_video_due(house: House, session: Session, at: datetime) -> bool:
    """Tell whether ``settle_video`` would write."""
    return house.video_line.is_due(session, at) or entering.is_any_asked(session)


def ask_petitioners(house: House) -> int:
    """Ask the petitioners of closed cases who were drawn, by e-mail or by a callback; how many."""
    return house.survey_mail.run(clock.now()) + house.survey_calls.run(clock.now())


def close_retrievals(house: House) -> None:
    """Write down which pages have closed by themselves."""
    with transaction(house.factory) as session:
        retrieval_service.expire(session, clock.now())


def end_logins(house: House) -> None:
    """Destroy passwords, keys, links and sessions of logins that have ended."""
    with looking(house.factory) as session:
        if not endings.is_due(session, clock.now()):
            return
    with transaction(house.factory) as session:
        endings.destroy_ended(session, clock.now())
