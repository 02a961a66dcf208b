"""Roles of the staff and the actions each may do; what is not listed is refused (design law 10). Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from hotline.terms import named


@named("role")
class Role(StrEnum):
    """The roles of spec §1, in the words of its glossary."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    INTERPRETER = "interpreter"
    ADMINISTRATOR = "administrator"
    """RDEC call centre: owns configuration, reports, audits."""
    AUTHORISED = "authorised"
    """RDEC authorised person: re-lists quick cases (P5.4.7)."""
    AUDITOR = "auditor"
    """Reads records and the audit log of the whole city, and changes nothing."""
    APPROVER = "approver"
    """The mayor or the delegated level: approves special list (P7.3), referrals (P8.3), retrieval (P9)."""
    LIAISON = "liaison"
    """1999 liaison of an agency (P4.1)."""
    QUICK_LIAISON = "quick-liaison"
    MANAGER = "manager"
    """Supervising manager of an agency (督導主管)."""
    CONTROL_OFFICER = "control-officer"
    OFFICER = "officer"
    """Case officer (承辦人)."""
    DUTY_OFFICER = "duty-officer"
    SECRETARIAT = "secretariat"
    INFORMATION_CENTRE = "information-centre"


class Action(StrEnum):
    """An action that a person may be allowed to do by command or console."""

    DIRECTORY_IMPORT = "directory.import"
    DIRECTORY_CHANGE = "directory.change"
    DIRECTORY_FORWARD = "directory.forward"
    DIRECTORY_ABSENCE = "directory.absence"
    DIRECTORY_SWITCHBOARD = "directory.switchboard"
    DIRECTORY_DUTY = "directory.duty"
    CALENDAR_CHANGE = "calendar.change"
    STAFF_CHANGE = "staff.change"
    STAFF_CONFIRM = "staff.confirm"
    """Confirm or refuse a role that another administrator proposed."""
    STAFF_INVITE = "staff.invite"
    """Give somebody a link to choose a password."""
    STAFF_PASSWORD = "staff.password"
    STAFF_SECOND = "staff.second-factor"
    STAFF_SIGN_IN = "staff.sign-in"
    STAFF_SIGN_OUT = "staff.sign-out"
    """End somebody's sessions."""
    STAFF_KEY = "staff.key"
    """Make or revoke a key with which a program acts for a login."""
    SSO_CHANGE = "sso.change"
    """Bind a login to single sign-on, or change which claims give which roles."""
    KEYS_CHANGE = "keys.change"
    """Make, rotate in or give up a key by which the installation encrypts."""
    NODE_DRAIN = "node.drain"
    """Keep new calls from a node, and let them come again."""
    AGENT_BREAK = "agent.break"
    AGENT_MOVE = "agent.move"
    """Change the languages for which an agent is rung, or sign the agent off."""
    SHIFT_CHANGE = "shift.change"
    """Plan who is on duty when, and take it back."""
    AGENT_PHONE = "agent.phone"
    """Make a browser the agent's telephone, or the desk's again."""
    BULLETIN_SWITCH = "bulletin.switch"
    CALLBACK_OPEN = "callback.open"
    CALLBACK_WORK = "callback.work"
    """Claim, release, attempt, close, extend."""
    CALLBACK_HAND_OVER = "callback.hand-over"
    CALLBACK_CANCEL = "callback.cancel"
    CALL_ANSWER = "call.answer"
    """Be an agent: sign on, take calls, see what is known of the caller."""
    CALL_READ = "call.read"
    """Look up calls, numbers masked; by a number, and whole ones, for a reason that is kept (P4.12)."""
    CALL_TAG = "call.tag"
    """Say what a call was for (P3)."""
    CALL_TRANSFER = "call.transfer"
    CALL_GUIDE = "call.guide"
    CALL_ASK = "call.ask"
    """Ask the supervisor whether a call is special; mark a listed caller's "no topic"."""
    CALL_AUTHORISE = "call.authorise"
    """Authorise or refuse (P7.1)."""
    CALL_EMERGENCY = "call.emergency"
    CALL_PAUSE = "call.pause"
    """Pause, resume and stop the recording of one's own call (P4.12)."""
    CALL_LISTEN = "call.listen"
    """Listen to an agent's talk, whisper to the agent, or join the talk."""
    CALL_NOTIFY = "call.notify"
    """Phone an agency from 1999 so that it acts at once, and say who took the report (P5.3)."""
    CALL_VERIFY = "call.verify"
    """Call a petitioner back and say whether they are who they say (P8.2)."""
    SPECIAL_READ = "special.read"
    """See the special list, its numbers masked; whole ones for a reason that is kept (P7.3-a)."""
    SPECIAL_PROPOSE = "special.propose"
    SPECIAL_APPROVE = "special.approve"
    SPECIAL_REFUSE = "special.refuse"
    SPECIAL_REMOVE = "special.remove"
    NOTICE_MEND = "notice.mend"
    """Have a message sent again, or leave it."""
    FAQ_CHANGE = "faq.change"
    """Write and end entries of the book (P4.1.1)."""
    FAQ_REVIEW = "faq.review"
    FAQ_ASK = "faq.ask"
    """Ask an agency for an entry (P4.5)."""
    FAQ_REPLY = "faq.reply"
    NEWS_POST = "news.post"
    """Messages of activities and openings (P4.7)."""
    NEWS_ALERT = "news.alert"
    """An emergency bulletin to all agents (P4.8)."""
    NEWS_SURGE = "news.surge"
    """Tell of calls to come (P4.3)."""
    NEWS_MEASURE = "news.measure"
    """A new measure with its material (P4.10)."""
    NEWS_TRAIN = "news.train"
    """Write down who was trained for it."""
    TICKET_OPEN = "ticket.open"
    TICKET_ANSWER = "ticket.answer"
    TICKET_CLOSE = "ticket.close"
    CONTACT_NOTE = "contact.note"
    """Other contact with an agency (P4.1.4)."""
    FAULT_REPORT = "fault.report"
    FAULT_MEND = "fault.mend"
    """Answer and close faults of one's own queue (P11)."""
    MENU_CHANGE = "menu.change"
    """Change what callers hear and what their keys do."""
    SETTING_CHANGE = "setting.change"
    """Set a setting while calls go on."""
    TWILIO_CONFIGURE = "twilio.configure"
    """Point numbers at us."""
    REPORT_READ = "report.read"
    FLOOR_WATCH = "floor.watch"
    """Watch the call centre as it is: who waits, who talks."""
    WALLBOARD_MAKE = "wallboard.make"
    """Make or revoke the token by which a screen on a wall shows the call centre."""
    AUDIT_READ = "audit.read"
    CASE_READ = "case.read"
    """See cases: an agency its own and those it is joint in, others for a reason that is kept (P4.12)."""
    CASE_FILE = "case.file"
    """Draft and file a case for a caller (P5.0-c)."""
    CASE_INBOX = "case.inbox"
    """Be shown what waits for one's office, and who holds the offices (P5.4.6)."""
    CASE_SIGN = "case.sign"
    """Sign for a quick case, or say that it is not ours (P5.4.2)."""
    CASE_WORK = "case.work"
    """Accept, start, tell of progress, complete, reply (P5.2.3, P5.4.4)."""
    CASE_ANALYSE = "case.analyse"
    """Analyse a late case and ask for more time than stage 2 has (P5.4.8)."""
    CASE_ASSIGN = "case.assign"
    """Give a petition of no or the wrong agency to the right one, or forward it outside (P5.2.2)."""
    CASE_DECIDE = "case.decide"
    """Stage 2, conversion, extension, no action, re-routing of quick cases (P5.4.7, P5.2.5)."""
    CASE_CANCEL = "case.cancel"
    """Cancel for the holder of the telephone who did not report, and take that back (P8.1)."""
    CASE_AUDIT = "case.audit"
    """Ask for a review of a closed case, accept it, or reopen (P10.4)."""
    FEEDBACK_NOTE = "feedback.note"
    """Write down that a citizen commends an agency or complains of it (P14)."""
    CASE_IMPORT = "case.import"
    """Take over open cases of an older system."""
    REFERRAL_READ = "referral.read"
    """See referrals of false reports to the police; the complainant whole for a reason that is kept."""
    REFERRAL_WORK = "referral.work"
    """Ask for a referral, note what was handed over, end it (P8.3)."""
    REFERRAL_APPROVE = "referral.approve"
    """Approve or refuse a referral that another person asked for."""
    RETRIEVAL_ASK = "retrieval.ask"
    """Ask for recordings and records, and hear what was provided for oneself (P9)."""
    RETRIEVAL_READ = "retrieval.read"
    """See all requests, standing purposes and plays."""
    RETRIEVAL_APPROVE = "retrieval.approve"
    """Approve, refuse or revoke what another person asked for."""
    RETRIEVAL_WORK = "retrieval.work"
    """Silence parts of what was approved, and provide it."""
    RECORDING_HEAR = "recording.hear"
    """Hear calls of one's own agents under a standing purpose that another person approved."""
    CATEGORY_CHANGE = "category.change"
    """Write the categories of cases and their limits (P5.4.1)."""
    CATEGORY_PREVENT = "category.prevent"
    """Write one's agency's prevention note of a category (P5.4.9)."""
    PERSONAL_READ = "personal.read"
    """Look at a citizen's data in full; asked for a reason where the case is not one's own (P4.12)."""
    PERSONAL_ANSWER = "personal.answer"
    """Answer a person who asks for what is kept of them, or wants it erased."""
    RETENTION_READ = "retention.read"
    """See how long what is kept, what goes next and what is held (P4.12)."""
    HOLD_CHANGE = "hold.change"
    """Hold records past their period for a complaint, a review or a court, and release them."""
    VIDEO_SERVE = "video.serve"
    """Be an interpreter: serve who waits for sign language (P3.6)."""
    VIDEO_ACCOUNT = "video.account"
    """Approve, refuse, lock and close accounts of the sign-language service (P6.2)."""
    VIDEO_COUNTER = "video.counter"
    """Keep the register of counters and their devices' accounts (P6.1)."""
    VIDEO_TEST = "video.test"
    """Test counters without notice, and say which are due (P6.7)."""
    VIDEO_MISUSE = "video.misuse"
    """See incidents of misuse, and write one down (P6.5)."""
    SURVEY_READ = "survey.read"
    """See what the survey found, by agent too, and read and hear free words (P10.3)."""


_CALLS = frozenset(
    (
        Action.CALL_TAG,
        Action.CALL_TRANSFER,
        Action.CALL_GUIDE,
        Action.CALL_ASK,
        Action.CALL_EMERGENCY,
        Action.CALL_NOTIFY,
        Action.CALL_VERIFY,
        Action.CALL_PAUSE,
        Action.CALLBACK_OPEN,
        Action.CALLBACK_WORK,
        Action.CALLBACK_HAND_OVER,
        Action.CALLBACK_CANCEL,
    )
)
_PROMISES = frozenset((Action.CALLBACK_OPEN, Action.CALLBACK_WORK, Action.CALLBACK_HAND_OVER))
_OWN_AGENCY = frozenset(
    (
        Action.DIRECTORY_CHANGE,
        Action.DIRECTORY_FORWARD,
        Action.DIRECTORY_ABSENCE,
        Action.DIRECTORY_SWITCHBOARD,
        Action.REPORT_READ,
        Action.FAQ_CHANGE,
        Action.FAQ_REVIEW,
        Action.FAQ_REPLY,
        Action.NEWS_POST,
        Action.NEWS_ALERT,
        Action.NEWS_SURGE,
        Action.NEWS_MEASURE,
        Action.TICKET_ANSWER,
        Action.CONTACT_NOTE,
        Action.FAULT_REPORT,
        Action.VIDEO_COUNTER,
        Action.VIDEO_MISUSE,
    )
)
_CENTRE = frozenset(
    (Action.FAQ_ASK, Action.TICKET_OPEN, Action.TICKET_CLOSE, Action.CONTACT_NOTE, Action.FAULT_REPORT)
)
_FAULTS = frozenset((Action.DIRECTORY_SWITCHBOARD, Action.FAULT_REPORT, Action.FAULT_MEND))
_NOT_THE_ADMINISTRATORS = frozenset(
    (
        Action.CALL_ANSWER,
        Action.CALL_AUTHORISE,
        Action.CALL_LISTEN,
        Action.SPECIAL_APPROVE,
        Action.SPECIAL_REFUSE,
        Action.VIDEO_SERVE,
        Action.CASE_SIGN,
        Action.CASE_WORK,
        Action.CASE_ANALYSE,
        Action.CASE_DECIDE,
        Action.REFERRAL_WORK,
        Action.REFERRAL_APPROVE,
        Action.RETRIEVAL_APPROVE,
        Action.RETRIEVAL_WORK,
        Action.RECORDING_HEAR,
    )
)
"""Judgements on callers and cases, talks, an agency's work: not for whoever configures the line."""
_AT_THE_DESK = frozenset((Action.CASE_READ, Action.CASE_FILE, Action.CASE_CANCEL, Action.FEEDBACK_NOTE))
_CASE_INBOX = frozenset((Action.CASE_READ, Action.CASE_INBOX, Action.RETRIEVAL_ASK))
_CASE_WORK = _CASE_INBOX | {Action.CASE_WORK}
_REFERRALS = frozenset((Action.REFERRAL_READ, Action.REFERRAL_WORK, Action.REFERRAL_APPROVE))
_RETRIEVALS = frozenset((Action.RETRIEVAL_READ, Action.RETRIEVAL_APPROVE, Action.RETRIEVAL_WORK))
ALLOWED: Mapping[Role, frozenset[Action]] = MappingProxyType(
    {
        Role.AGENT: _CALLS | _CENTRE | _AT_THE_DESK | {Action.CALL_ANSWER},
        Role.SUPERVISOR: _CALLS
        | _CENTRE
        | _AT_THE_DESK
        | {
            Action.CALL_AUTHORISE,
            Action.CALL_LISTEN,
            Action.CALL_READ,
            Action.FLOOR_WATCH,
            Action.WALLBOARD_MAKE,
            Action.SPECIAL_READ,
            Action.SPECIAL_PROPOSE,
            Action.AGENT_BREAK,
            Action.AGENT_MOVE,
            Action.SHIFT_CHANGE,
            Action.BULLETIN_SWITCH,
            Action.REPORT_READ,
            Action.DIRECTORY_SWITCHBOARD,
            Action.DIRECTORY_FORWARD,
            Action.NOTICE_MEND,
            Action.NEWS_POST,
            Action.NEWS_ALERT,
            Action.NEWS_TRAIN,
            Action.RETRIEVAL_ASK,
            Action.RECORDING_HEAR,
            Action.VIDEO_ACCOUNT,
            Action.VIDEO_COUNTER,
            Action.VIDEO_TEST,
            Action.VIDEO_MISUSE,
            Action.SURVEY_READ,
        },
        Role.INTERPRETER: frozenset(
            (
                Action.VIDEO_SERVE,
                Action.VIDEO_MISUSE,
                Action.CALL_NOTIFY,
                Action.CALLBACK_OPEN,
                Action.CASE_READ,
                Action.CASE_FILE,
            )
        ),
        Role.ADMINISTRATOR: frozenset(Action) - _NOT_THE_ADMINISTRATORS,
        Role.AUDITOR: frozenset(
            (
                Action.CALL_READ,
                Action.RETENTION_READ,
                Action.CASE_READ,
                Action.REPORT_READ,
                Action.AUDIT_READ,
                Action.SPECIAL_READ,
                Action.REFERRAL_READ,
                Action.RETRIEVAL_ASK,
                Action.RETRIEVAL_READ,
            )
        ),
        Role.APPROVER: frozenset(
            (
                Action.SPECIAL_READ,
                Action.SPECIAL_APPROVE,
                Action.SPECIAL_REFUSE,
                Action.SPECIAL_REMOVE,
                Action.REFERRAL_READ,
                Action.REFERRAL_APPROVE,
                Action.RETRIEVAL_ASK,
                Action.RETRIEVAL_READ,
                Action.RETRIEVAL_APPROVE,
            )
        ),
        Role.AUTHORISED: _CASE_INBOX
        | _REFERRALS
        | _RETRIEVALS
        | {
            Action.CASE_ASSIGN,
            Action.CASE_DECIDE,
            Action.CASE_AUDIT,
            Action.FEEDBACK_NOTE,
            Action.RETENTION_READ,
            Action.HOLD_CHANGE,
        },
        Role.LIAISON: _PROMISES
        | _OWN_AGENCY
        | _CASE_WORK
        | {Action.CALLBACK_CANCEL, Action.CATEGORY_PREVENT},
        Role.QUICK_LIAISON: _CASE_WORK | {Action.CASE_SIGN, Action.CATEGORY_PREVENT},
        Role.OFFICER: _PROMISES | _CASE_WORK | {Action.FAULT_REPORT},
        Role.MANAGER: _PROMISES | _CASE_INBOX | {Action.REPORT_READ, Action.FAULT_REPORT},
        Role.CONTROL_OFFICER: _CASE_INBOX | {Action.CASE_ANALYSE, Action.REPORT_READ},
        Role.SECRETARIAT: _FAULTS | _CASE_INBOX | {Action.CASE_ASSIGN},
        Role.INFORMATION_CENTRE: _FAULTS,
        Role.DUTY_OFFICER: frozenset((Action.CALLBACK_OPEN, Action.CASE_READ, Action.FAULT_REPORT)),
    }
)
CITY_WIDE = frozenset(
    (
        Role.AGENT,
        Role.INTERPRETER,
        Role.SUPERVISOR,
        Role.ADMINISTRATOR,
        Role.AUTHORISED,
        Role.AUDITOR,
        Role.APPROVER,
        Role.DUTY_OFFICER,
        Role.SECRETARIAT,
        Role.INFORMATION_CENTRE,
    )
)
"""Roles that act for the city; the others act for their own agency only (P2-a)."""
OFFICES = (Role.LIAISON, Role.QUICK_LIAISON, Role.MANAGER, Role.CONTROL_OFFICER)
"""The offices of every agency (spec §1): one that nobody holds is vacant."""
GIVEN_BY_TWO = frozenset((Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUTHORISED, Role.APPROVER))
"""Roles that approve what others do, or let others in: one administrator proposes, another confirms."""
ANY_OTHER = "*"
"""No agency's code: what is allowed for it is allowed for all."""


def may(role: Role, action: Action) -> bool:
    """Tell whether a role may do it at all."""
    return action in ALLOWED.get(role, frozenset())


def roles_of(words: Iterable[str]) -> frozenset[Role]:
    """Roles by their words. Raises ValueError with the word that is none."""
    return frozenset(Role(word) for word in words)
