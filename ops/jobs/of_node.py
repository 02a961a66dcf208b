"""Jobs of a node: what its Asterisk tells, and what it must be told."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from calls import after_call_work, recording_pause
from calls.cdr import CallDetailRecord
from calls.cdr_writer import Records
from calls.in_time import InTime
from control.presence import bring_own_members
from hotline import clock, metrics
from hotline.db import looking, transaction
from hotline.errors import HotlineError
from hotline.journal import Marks
from hotline.overflow import CallLimit, count_overflow
from hotline.staff.store import agents
from hotline.video import relay
from ops.jobs import lines, silent_nodes, waiting_line
from ops.jobs.cel_follower import Follower
from ops.jobs.cel_kept import KeptEvents
from ops.jobs.health_checks import FaultCheck
from ops.jobs.hung_messages import EVERY as RESCUE_EVERY
from ops.jobs.hung_messages import Manager, Rescue, hangs
from ops.jobs.journal_replay import Replay
from ops.jobs.of_sound import sound_jobs
from ops.jobs.open_calls import EVERY as UNSEEN_EVERY
from ops.jobs.open_calls import FoundFiles, UnseenEnds, channels, notice_of
from ops.jobs.queue_pace import PaceWatch
from ops.jobs.refused_phones import Refusals
from ops.jobs.scheduler import Job
from ops.pbx.asterisk import running
from ops.pbx.telephones import Telephones
from ops.wiring import House

log = structlog.get_logger()
FRESH = timedelta(seconds=5)
"""With the event log loaded up to so long ago, a call without an end is still up."""


def node_jobs(house: House, replay: Replay) -> Sequence[Job]:
    """Declare what belongs to the Asterisk of this machine."""
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
    trunks, renewed = lines.TrunkWatch(settings), lines.CertificateWatch(settings, lambda: running(settings))
    pace, refusals = PaceWatch(house.factory, house.queue_pace), Refusals(house)
    files = FoundFiles(house.factory, settings)
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
        notice_of(house.built_prompts),
    )

    def keep_members() -> None:
        follow()  # a key of a telephone that is not read yet must not be undone by its row
        bring(house)

    telephones, after_calls = Telephones(house, keep_members), AfterCalls(house)
    return (
        *waiting_line.jobs_of(house),
        *silent_nodes.jobs_of(house),
        Job("event-log", "times, legs and ends of calls (P0-b)", timedelta(seconds=1), follow),
        *sound_jobs(house, lambda at: follower.lag(at).age < FRESH),
        Job("pauses", "recordings that were paused go on at their limit, or when who paused has left (P4.12)", timedelta(seconds=1),
            lambda: house.recording_pauses.resume_due(clock.now()),
            is_due=lambda session, at: bool(recording_pause.held(session, at))),
        Job("after-calls", "after-call work of agents begins, and ends at its limit", timedelta(seconds=1),
            lambda: after_calls.run(clock.now()), is_due=after_calls.is_due),
        Job("relay", "relayed calls end with their session (§14)", timedelta(seconds=1),
            lambda: house.relay.settle(clock.now()),
            is_due=lambda session, at: bool(relay.with_call(session, at))),
        Job("queue-pace", "how fast waiting callers move up (V-04)", timedelta(minutes=1),
            lambda: pace.run(clock.now())),
        Job("members", "queues hold the agents and breaks of the rows", timedelta(seconds=10),
            keep_members),
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
        Job("telephones", "agents, and pages that are telephones, as they come and go", timedelta(seconds=1),
            lambda: telephones.bring(clock.now()), is_due=telephones.is_due),
        Job("refusals", "telephones without a right account are put on record", timedelta(seconds=10),
            lambda: refusals.run(clock.now())),
        Job("event-log-kept", "the event log is turned and sealed, old files of it go", timedelta(minutes=10),
            lambda: follower.tidy(clock.now())),
        Job("event-log-put-back", "what an old copy of the database lacks of the event log is loaded again",
            timedelta(minutes=1), follower.look_back),
    )  # fmt: skip


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


def bring(house: House) -> None:
    """Members and breaks into the queues; while Asterisk is away there is nothing to bring."""
    with transaction(house.factory) as session:
        everybody = agents(session)
    try:
        bring_own_members(house.pbx, everybody)
    except HotlineError as error:
        log.warning("members.not_brought", why=str(error))


class AfterCalls:
    """After-call work and breaks: the rows first, then at once the queues of this node."""

    def __init__(self, house: House) -> None:
        self._house, self._brought = house, frozenset[tuple[str, str, str]]()

    def is_due(self, session: Session, at: datetime) -> bool:
        """Tell whether ``run`` would do anything."""
        return _in_queues(session) != self._brought or after_call_work.is_due(session, self._limits, at)

    @property
    def _limits(self) -> after_call_work.WrapUpLimits:
        settings = self._house.settings
        return after_call_work.WrapUpLimits(settings.after_call, settings.recovery)

    def run(self, at: datetime) -> None:
        """Begin and end what is due; bring the queues what is not as it was."""
        with looking(self._house.factory) as session:
            is_due, now = after_call_work.is_due(session, self._limits, at), _in_queues(session)
        if is_due:
            with transaction(self._house.factory) as session:
                after_call_work.bring(session, self._limits, at)
                now = _in_queues(session)
        if now != self._brought:
            bring(self._house)
            self._brought = now


def _in_queues(session: Session) -> frozenset[tuple[str, str, str]]:
    """What the queues know of each agent."""
    return frozenset((one.phone, ",".join(one.languages), one.resting) for one in agents(session))
