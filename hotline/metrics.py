"""The metrics, each declared once. Names follow Prometheus; seconds are seconds."""

import os
from functools import partial
from pathlib import Path
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""Variable naming the folder in which processes share what they count; to be set before they begin."""
FAST = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 0.7, 1.0, 3.0)
PATIENT = (1, 5, 10, 20, 30, 60, 120, 300, 600, 1200)

_latest: Final = partial(Gauge, multiprocess_mode="mostrecent")
"""A figure that one process tells for all."""

calls = Counter("hotline_calls_total", "Calls that ended, by outcome and end reason", ["outcome", "reason"])
decisions = Counter("hotline_decisions_total", "Decisions, by what became of them", ["result"])
decision_seconds = Histogram("hotline_decision_seconds", "From connection to answer", buckets=FAST)
sessions = Gauge("hotline_sessions", "Decisions under way now", multiprocess_mode="livesum")
first_prompt_seconds = Histogram(
    "hotline_first_prompt_seconds", "From the call's arrival to the first words", buckets=FAST
)
queue_wait_seconds = Histogram(
    "hotline_queue_wait_seconds", "Waited for an agent, calls that were answered", buckets=PATIENT
)
missing_prompts = Counter(
    "hotline_missing_prompts_total", "Prompt files not found when asked for", ["prompt"]
)
refused_menus = Counter("hotline_refused_menus_total", "Menus on disk that were not fit to answer")
recordings_bad = _latest("hotline_recordings_bad", "Recordings that are short or missing")
recording_alarms = Counter("hotline_recording_alarms_total", "Alarms about recordings", ["state"])
sound_waiting = _latest("hotline_sound_waiting", "Files of sound that wait to be sealed, 1000 = or more")
journalled = Counter("hotline_journalled_total", "Promises that only the journal took: the database was away")
untraced = Counter(
    "hotline_untraced_total",
    "Changes of promises that the journal had no room for: only the database has them",
)
uncopied = Counter(
    "hotline_uncopied_total",
    "Promises that were told before the second machine had their copy: it did not answer in time",
)
promises_restored = Counter(
    "hotline_promises_restored_total", "Promises made anew: a database that was put back did not know them"
)
promises_lacking = _latest(
    "hotline_promises_lacking", "What the last comparison found promised and could not make good"
)
retention_deleted = Counter(
    "hotline_retention_deleted_total", "Records whose period was over and that were deleted", ["kind"]
)
journal_waiting = _latest("hotline_journal_waiting", "Journal entries not yet in the database")
journal_damaged = _latest(
    "hotline_journal_damaged", "Damaged places in the journal that nobody has looked at yet"
)
journal_kept_bytes = _latest("hotline_journal_kept_bytes", "Bytes of journal files that are applied and kept")
directory_findings = _latest(
    "hotline_directory_findings", "What the nightly check of the directory found", ["severity"]
)
audit_broken = _latest(
    "hotline_audit_broken", "Places where the audit log is not as it was written, when it was last verified"
)
syslog_waiting = _latest("hotline_syslog_waiting", "Rows of the audit log not yet sent to the collector")
syslog_lost = Counter(
    "hotline_syslog_lost_total", "Lines of the security log that could not be sent to the collector"
)
city_seen = _latest(
    "hotline_city_seen_timestamp_seconds", "When a process last found the directory it knows to be up to date"
)
cel_lag_bytes = _latest("hotline_cel_lag_bytes", "Bytes of the event log not yet loaded")
messages = Counter("hotline_messages_total", "Spoken messages, by what ended them", ["ended"])
reviews_asked = Counter(
    "hotline_reviews_asked_total", "Calls that an agent asked a supervisor to judge (P7.1)"
)
promises = Counter("hotline_promises_total", "Callbacks promised, by who asked", ["origin"])
job_runs = Counter("hotline_job_runs_total", "Runs of the clock-driven jobs", ["job", "result"])
sign_ins = Counter(
    "hotline_sign_ins_total", "Sign-ins and passwords asked for at the pages, by result", ["result"]
)
video_sessions = Counter("hotline_video_sessions_total", "Video sessions by their end", ["reason"])
video_waiting = _latest("hotline_video_waiting", "Persons who wait for a sign-language interpreter")
video_interpreters = _latest("hotline_video_interpreters", "Interpreters by state", ["state"])
sip_refused = Counter(
    "hotline_sip_refused_total", "SIP requests without a right account, by what was wrong", ["why"]
)
over_limit = Counter(
    "hotline_over_limit_total",
    "Calls, accounts and callbacks that were one too many, by the limit's setting",
    ["limit"],
)
over_limit_latest = Gauge(
    "hotline_over_limit_latest_timestamp_seconds",
    "When the latest of them was",
    ["limit"],
    multiprocess_mode="max",
)
refers_refused = Counter(
    "hotline_refers_refused_total", "REFER that a line may not send, refused (SIP 603), by line", ["line"]
)
trunk_failovers = Counter(
    "hotline_trunk_failovers_total",
    "Calls to outside numbers that the first trunk did not take and the second was given, by Q.850 cause",
    ["cause"],
)
security_events = Counter("hotline_security_events_total", "Input refused as hostile", ["kind"])
callbacks_overdue = _latest(
    "hotline_callbacks_overdue",
    "Callbacks to be kept whose due time had passed before the citizen was first called",
)
callbacks_pending = _latest("hotline_callbacks_pending", "Callbacks to be kept, by state", ["state"])
callback_alarms = Counter(
    "hotline_callback_alarms_total", "Callbacks reminded of, found overdue, escalated", ["kind"]
)
notices = Counter(
    "hotline_notices_total", "Messages given to a sender, by template and result", ["template", "result"]
)
sms_segments = Counter(
    "hotline_sms_segments_total", "SMS that were sent, in the segments that are paid for (P13)"
)
notices_unsent = _latest("hotline_notices_unsent", "Messages that wait or were given up", ["state"])
callbacks_without_number = _latest(
    "hotline_callbacks_without_number",
    "Callbacks to be kept whose citizen cannot be called at the number: a person hears the message and finds one",
)
outbound_refused = Counter(
    "hotline_outbound_refused_total",
    "Calls to outside numbers that were not placed, by the limit that was reached: daily, at-once, person",
    ["limit"],
)
callbacks_closed = Counter(
    "hotline_callbacks_closed_total", "Callbacks that are no longer to be kept, by state", ["state"]
)
cases_open = _latest("hotline_cases_open", "Cases that are filed and not over, by state", ["state"])
cases_overdue = _latest(
    "hotline_cases_overdue", "Cases whose due time passed before the citizen was answered"
)
case_alarms = Counter(
    "hotline_case_alarms_total",
    "Cases found unsigned, overdue, to be tracked, passed on three times, or with a reply that was not sent",
    ["kind"],
)
cases_closed = Counter(
    "hotline_cases_closed_total", "Cases that are over, by kind and state", ["kind", "state"]
)
lease_held = _latest(
    "hotline_lease_held", "Whether this machine does what is done once in the cluster: 1 at one, 0 at others"
)
readiness = _latest(
    "hotline_readiness",
    "A part when readiness was last asked: 0 = fine, 1 = degraded, calls are served, 2 = missing",
    ["part"],
)
disk_free_bytes = _latest(
    "hotline_disk_free_bytes",
    "Free where recordings, messages, the event log, the journal and other state are written",
    ["place"],
)
unwritable = _latest(
    "hotline_unwritable",
    "1 = nothing can be written to this place of recordings, messages, event log or journal",
    ["place"],
)
unseen_ends = Counter(
    "hotline_unseen_ends_total", "Calls whose end the event log did not tell, closed by what their turns told"
)
found_files = Counter("hotline_found_files_total", "Files of recorded sound that had no row")


def begin(folder: Path) -> None:
    """Empty the folder: what an earlier start counted is no part of this one."""
    folder.mkdir(exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()


def forget(folder: Path, pid: int) -> None:
    """Forget what a process that is gone had under way."""
    mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def of_all_processes() -> CollectorRegistry:
    """Collect the counts of all processes of this node; where they do not share it, this one."""
    if SHARED not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
