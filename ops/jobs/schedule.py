"""The clock-driven work of this node, declared once: ``python -m ops.jobs``."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import structlog

from administration import menu_phrases
from administration.day_anchors import ANCHORED, verify_log
from administration.directory_check import nightly
from calls import after_call_work
from calls.cdr import CallDetailRecord
from calls.cdr_writer import Records
from calls.in_time import InTime
from control import holds
from control.holds import Holds
from control.presence import bring_members
from control.reachability import of_asterisk
from hotline import clock, metrics
from hotline.accounts import endings
from hotline.accounts.keys import forget_answers
from hotline.accounts.service import forget_old
from hotline.allowances import forget as forget_allowances
from hotline.callbacks import restoring
from hotline.callbacks.chase import Chase
from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.journal import Marks, second
from hotline.keys.data_keys import rewrap
from hotline.keys.resealing import Resealing
from hotline.ledger.anchors import is_anchor_due
from hotline.ledger.days import DayAnchors
from hotline.ledger.moving import ChainMove
from hotline.ledger.verification import anchor, begin
from hotline.outbox import senders
from hotline.outbox.rules import MessageChannel
from hotline.outbox.service import Post
from hotline.overflow import CallLimit, count_overflow
from hotline.settings import Settings, load_settings
from hotline.sso.proofs import forget as forget_sso
from hotline.staff.store import agents
from hotline.video import entering, phone_proofs
from ivr.numerals import Language
from ops import logs, wiring
from ops.jobs import case_replies, contact_sheet, lines, outages
from ops.jobs.apart import in_a_process
from ops.jobs.cel_follower import Follower
from ops.jobs.cel_kept import KeptEvents
from ops.jobs.disks import EVERY, DiskWatch
from ops.jobs.health_checks import FaultCheck
from ops.jobs.hung_messages import EVERY as RESCUE_EVERY
from ops.jobs.hung_messages import Manager, Rescue, hangs
from ops.jobs.journal_replay import Replay
from ops.jobs.knowledge import keep_book
from ops.jobs.open_calls import EVERY as UNSEEN_EVERY
from ops.jobs.open_calls import FoundFiles, UnseenEnds, channels
from ops.jobs.pack_documents import DocumentRuns
from ops.jobs.promise_check import Comparison
from ops.jobs.queue_pace import PaceWatch
from ops.jobs.recordings import check_recordings, fetching, recordings_of, verify_recordings
from ops.jobs.refused_phones import Refusals
from ops.jobs.retention import make_deletions_good, retention_of
from ops.jobs.retention import run as run_retention
from ops.jobs.scheduler import Job, Scheduler, give_way, heartbeat
from ops.jobs.sealing import EVERY as SEALING_EVERY
from ops.jobs.sealing import SealingRuns
from ops.jobs.spoken_messages import Sweep
from ops.jobs.syslog import AuditForwarding
from ops.pbx.asterisk import running
from ops.pbx.telephones import Telephones
from ops.syslog import socket_of
from ops.wiring import House
from recordings import retrieval_service
from reporting import open_figures
from reporting.hour_sums.service import HourSums

log = structlog.get_logger()
TOLD = 20
"""So many broken places of the audit log are told one by one."""
FRESH = timedelta(seconds=5)
"""With the event log loaded up to so long ago, a call without an end is still up."""


def jobs(house: House) -> Sequence[Job]:
    """Declare the jobs of this node."""
    settings = house.settings
    in_time = InTime(settings.ring_period, settings.ring_most)
    records = Records(settings.node, house.callbacks, in_time, house.limit_rules)
    follower = Follower(
        house.factory,
        settings.cel,
        settings.node,
        records,
        keep=settings.journal_keep,
        marks=Marks(settings.journal),
        kept=KeptEvents(settings.journal / "events", house.keys),
    )
    replay = Replay(house.factory, settings.journal, house.callbacks, cases=house.cancelling, keys=house.keys)
    resealing = Resealing(house.factory, house.keys, give_way)
    sweep = Sweep(house.factory, house.messages, settings.node, house.callbacks, settings.message_longest)
    kept = recordings_of(house, lambda at: follower.lag(at).age < FRESH)

    remote = fetching(house)
    chase = Chase(house.factory, house.callbacks)
    worker = f"{settings.node}-{house.name}-{os.getpid()}"
    post = Post(house.factory, senders.sender(settings), worker, lambda: senders.night(house.settings))

    pushes = _pushes(house, worker)
    pace = PaceWatch(house.factory, house.queue_pace)
    refusals, collector = Refusals(house), socket_of(settings)
    forwarding = AuditForwarding(house.factory, settings, collector) if collector else None
    files = FoundFiles(house.factory, settings)
    comparison = Comparison(house.factory, settings.journal, house.callbacks, settings.node, house.keys)
    disks = DiskWatch(house.factory, settings)
    trunks, renewed = lines.TrunkWatch(settings), lines.CertificateWatch(settings, lambda: running(settings))
    sealing, rendering = SealingRuns(house), DocumentRuns(house.factory)
    check = FaultCheck(
        house.factory,
        lambda: running(settings).rx("pjsip show contacts"),
        settings.node,
        lambda: replay.lag().damaged,
    )

    def follow() -> None:
        seen = follower.files()
        # Turns first: no call may be closed before the rows of its last turn are there.
        with suppress(Exception):  # told by the journal's own job
            replay.run()
        for record in follower.load(clock.now(), seen).ended:
            count(record)
        metrics.cel_lag_bytes.set(follower.lag(clock.now()).size)

    def is_all_told(at: datetime) -> bool:
        follow()
        return follower.lag(at).age < FRESH

    outage_watch = outages.OutageWatch(
        house.factory,
        settings.node,
        settings.home / "run" / "outages.seen",
        lambda: outages.pages_answer(settings),
    )
    rescue = Rescue(
        house.messages,
        Manager(settings),
        lambda: hangs(settings.agi_address, settings.message_port),
        settings.message_longest.total_seconds(),
    )
    unseen = UnseenEnds(
        house.factory,
        settings,
        records,
        lambda: channels(settings),
        is_all_told,
        lambda language: timedelta(seconds=house.built_prompts.seconds("V-01", Language(language))),
    )

    def look_back() -> None:
        """Look whether an old copy of the database was put back, also while all of us were running."""
        replay.look_back()
        follower.look_back()
        if not replay.is_behind():
            with transaction(house.factory) as session:
                restoring.tell(session, clock.now())
            make_deletions_good(house, clock.now())

    def keep_members() -> None:
        follow()  # a key of a telephone that is not read yet must not be undone by its row
        bring(house)

    telephones, retention = Telephones(house, keep_members), retention_of(house)
    hour_sums = HourSums(house.factory, clock.monotonic, give_way)

    return (
        Job("event-log", "times, legs and ends of calls (P0-b)", timedelta(seconds=1), follow),
        Job("journal", "what the turns left behind becomes rows", timedelta(seconds=0.5), replay.run),
        Job("recordings", "every expected file is looked at", timedelta(seconds=5),
            lambda: check_recordings(kept, clock.now())),
        Job("pauses", "recordings that were paused go on at their limit, or when who paused has left (P4.12)", timedelta(seconds=1),
            lambda: house.recording_pauses.resume_due(clock.now())),
        Job("after-calls", "after-call work of agents begins, and ends at its limit", timedelta(seconds=1),
            lambda: work_after_calls(house)),
        Job("messages", "spoken messages come to their promises, also after a hang-up (§9.2)", timedelta(seconds=5),
            lambda: sweep.run(clock.now())),
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
        Job("contact-sheet", "whom agents phone while it is down, as a file (P5.4.3)", timedelta(hours=1),
            lambda: contact_sheet.write(house, clock.now())),
        Job("open-figures", "a month's figures for everybody are counted on the 8th", timedelta(minutes=10),
            lambda: open_figures.publish(house.factory, clock.now())),
        Job("outages", "when jobs or pages were down is written down (P5.4.3)", outages.EVERY,
            lambda: outage_watch.run(clock.now())),
        Job("put-back", "an old copy of the database is brought up to what was promised since, its owners told", timedelta(minutes=1),
            look_back),
        Job("relay", "relayed calls end with their session (§14)", timedelta(seconds=1),
            lambda: house.relay.settle(clock.now())),
        Job("video", "sign-language blocks end or go on in time (P6.4)", timedelta(seconds=1),
            lambda: settle_video(house)),
        Job("retrievals", "pages of recordings close when their time is over (P9)", timedelta(minutes=1),
            lambda: close_retrievals(house)),
        Job("promises", "every promise that was given has its row (P5.1.1)", timedelta(minutes=10),
            lambda: replay.is_behind() or comparison.run(clock.now())),
        Job("outbox", "messages are brought to the sender, each once (P0-c)", timedelta(seconds=5),
            lambda: replay.is_behind() or post.work(clock.now)),
        Job("remote-sound", "recordings that Twilio holds are fetched, then removed there", timedelta(seconds=5),
            lambda: remote.run(clock.now()) if settings.twilio_account else 0),
        Job("queue-pace", "how fast waiting callers move up (V-04)", timedelta(minutes=1),
            lambda: pace.run(clock.now())),
        Job("held-calls", "calls over Twilio whose end nobody told are closed", timedelta(minutes=10),
            lambda: house.twilio_calls.forget(clock.now())),
        Job("members", "queues hold the agents and breaks of the rows", timedelta(seconds=10),
            keep_members),
        Job("house", "the directory, the days declared and what is set at run time, as they are now",
            timedelta(seconds=1), house.refresh),
        Job("directory-check", "what is wrong or lacking in the directory is told", timedelta(hours=24),
            lambda: nightly(house.factory, clock.now(), lambda then: of_asterisk(settings, then))),
        Job("audit-anchor", "the day is anchored, the audit log verified and its head kept elsewhere (P0-a)", timedelta(hours=1),
            lambda: verify_audit(house.factory, settings, clock.now())),
        Job("syslog", "the audit log goes to the city's collector (P0-a)", timedelta(seconds=5),
            lambda: forwarding.run(clock.now()) if forwarding else 0),
        Job("audit-move", "rows of before in the audit log become pseudonymous", timedelta(seconds=10),
            lambda: move_audit(house.factory, settings, clock.now())),
        Job("faq", "replies that are late, the reminder of the month's review (P4.4, P4.5)", timedelta(minutes=1),
            lambda: keep_book(house, clock.now())),
        Job("faults", "lines and extensions that stay dead, and a damaged journal, become tickets (P11)", timedelta(minutes=1),
            lambda: check.run(clock.now())),
        Job("trunks", "calls in set-up are taken off a trunk that has died", lines.EVERY, trunks.run),
        Job("certificate", "a renewed certificate of SIP is taken up", lines.RENEWED_EVERY,
            lambda: renewed.run(clock.now())),
        Job("rescue", "who speaks to a listener that hangs hears the next words", RESCUE_EVERY,
            lambda: rescue.run(clock.monotonic())),
        Job("unseen-ends", "calls that Asterisk has no more end, also when the event log cannot be written", UNSEEN_EVERY,
            lambda: unseen.run(clock.now())),
        Job("found-files", "recorded sound without a row is found", timedelta(minutes=1),
            lambda: replay.is_behind() or files.run(clock.now())),
        Job("disks", "what calls are written to can be written, and does not fill up", EVERY,
            lambda: disks.run(clock.now())),
        Job("sealing", "kept sound is encrypted and brought to its storage (P4.12)", SEALING_EVERY,
            lambda: sealing.run(clock.now())),
        Job("backup", "database, journals, settings and sound are copied elsewhere", settings.backup_every,
            lambda: in_a_process("ops.backup") if settings.backup_folder else 0),
        Job("second", "the second copy of the journal gets what it lacks", timedelta(minutes=10),
            lambda: keep_second(settings)),
        Job("verify", "every kept file is as it was stored", timedelta(hours=24),
            lambda: verify_recordings(house, clock.now())),
        Job("telephones", "agents, and pages that are telephones, as they come and go", timedelta(seconds=1),
            lambda: telephones.bring(clock.now())),
        Job("ended-logins", "passwords, keys, links and sessions of logins whose end has come are destroyed",
            timedelta(seconds=20), lambda: end_logins(house)),
        Job("sso", "the identity provider is asked whether sessions that it began still hold",
            timedelta(seconds=15), lambda: house.sso_checks and house.sso_checks.run(clock.now())),
        Job("refusals", "telephones without a right account are put on record", timedelta(seconds=10),
            lambda: refusals.run(clock.now())),
        Job("accounts", "wrong answers and old sessions of the pages are forgotten", timedelta(hours=1),
            lambda: forget(house)),
        Job("resealing", "rows that the current key has not sealed are sealed by it", timedelta(seconds=2),
            lambda: resealing.run(clock.now())),
        Job("uploads", "files sent for an import that nobody approved are removed", timedelta(hours=1),
            lambda: house.uploads.sweep(clock.now())),
        Job("retention", "what is kept too long is announced, then deleted (P4.12)", timedelta(minutes=10),
            lambda: replay.is_behind() or run_retention(house, retention, clock.now())),
        Job("hour-sums", "calls of past hours are summed up for the history (P1-b)", timedelta(minutes=1),
            lambda: replay.is_behind() or hour_sums.work(clock.now())),
        Job("packs", "the pack of the month before, and what is asked for (P10)", timedelta(seconds=5),
            lambda: replay.is_behind() or house.packs.work(clock.now())),
        Job("documents", "a tagged PDF of each pack, in both languages (P10)", timedelta(seconds=5),
            lambda: replay.is_behind() or rendering.run(clock.now())),
        Job("phrases", "words of menus that nobody saved are removed", timedelta(hours=1),
            lambda: sweep_phrases(house)),
        Job("keys", "data keys are wrapped by the newest key", timedelta(minutes=10),
            lambda: rewrap(house.factory, house.keys, clock.now())),
        Job("tidy", "event log and journal are turned, the log is sealed, old ones go", timedelta(minutes=10),
            lambda: tidy(follower, replay, settings)),
    )  # fmt: skip


def _pushes(house: House, worker: str) -> Post | None:
    """The worker that pushes lines of cases, where somebody takes them. Raises BadSettings."""
    if not house.settings.case_push_url:
        return None
    sender = senders.push_sender(house.settings)
    return Post(house.factory, sender, worker, channels=(MessageChannel.PUSH,))


def count(record: CallDetailRecord) -> None:
    """A call that ended, as figures."""
    end = record.end.why if record.end else ""
    metrics.calls.labels(record.outcome or "", end).inc()
    if record.end and record.end.said in (CallLimit.NODE, CallLimit.VISITOR):  # the engine counts its own
        count_overflow(CallLimit(record.end.said), record.started_at)
    if record.agent and record.queue_seconds is not None:
        metrics.queue_wait_seconds.observe(record.queue_seconds)
    if record.first_prompt_seconds is not None:
        metrics.first_prompt_seconds.observe(record.first_prompt_seconds)


def tidy(follower: Follower, replay: Replay, settings: Settings) -> None:
    """Turn what has grown large; remove what was loaded long ago."""
    follower.tidy(clock.now())
    replay.tidy(clock.now() - settings.journal_keep, settings.journal_kept_most)


def keep_second(settings: Settings) -> int:
    """Bring the second copy of the journal what it lacks, and remove what is old; how many files got longer.

    Raises OSError.
    """
    if not settings.journal_second:
        return 0
    second.expire(settings.journal_second, clock.now() - settings.journal_keep)
    return second.catch_up(settings.journal, settings.journal_second)


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


def sweep_phrases(house: House) -> None:
    """Remove the phrases on this machine that no menus took."""
    with looking(house.factory) as session:
        menu_phrases.sweep(session, house.announcements, clock.now())


def forget(house: House) -> None:
    """Forget what the door of the pages need not remember."""
    with transaction(house.factory) as session:
        forget_old(session, clock.now())
        forget_allowances(session, clock.now())
        forget_answers(session, clock.now())
        forget_sso(session, clock.now())
        entering.forget(session, clock.now())
        phone_proofs.forget(session, clock.now())


def settle_video(house: House) -> None:
    """Do what is due in the sign-language line, send the codes asked for; writes only when there is any."""
    with looking(house.factory) as session:
        house.video_line.measure(session, clock.now())
        is_due = house.video_line.is_due(session, clock.now()) or entering.is_any_asked(session)
    if is_due:
        with transaction(house.factory) as session:
            house.video_line.settle(session, clock.now())
            entering.send_codes(session, clock.now())


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


def bring(house: House) -> None:
    """Members and breaks into the queues; while Asterisk is away there is nothing to bring."""
    with transaction(house.factory) as session:
        everybody = agents(session)
    try:
        bring_members(house.settings, everybody)
    except HotlineError as error:
        log.warning("members.not_brought", why=str(error))


def work_after_calls(house: House) -> None:
    """The rows first, then at once the queues."""
    limits = after_call_work.WrapUpLimits(house.settings.after_call, house.settings.recovery)
    with looking(house.factory) as session:
        if not after_call_work.is_due(session, limits, clock.now()):
            return
    with transaction(house.factory) as session:
        changed = after_call_work.bring(session, limits, clock.now())
    if changed:
        bring(house)


def main() -> None:
    """Run the jobs until SIGTERM."""
    settings = load_settings()
    logs.configure_logging(settings, "jobs")
    house = wiring.workshop(settings, "jobs")
    house.keys.load()
    heartbeat(settings, "").parent.mkdir(parents=True, exist_ok=True)
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    scheduler = Scheduler(jobs(house), lambda job: heartbeat(settings, job).touch())
    scheduler.start()
    if settings.recording_from == "person":
        holds.follow(settings, Holds(house.factory), stopping)
    log.info("jobs.running")
    stopping.wait()
    scheduler.stop()
    log.info("jobs.stopped")
