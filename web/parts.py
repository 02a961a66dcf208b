"""Interface of a process to pages and API: the parts that they are handed, made elsewhere."""

from datetime import datetime
from typing import Protocol

from administration.closures import Closures
from administration.declared_days import DueTimes
from administration.import_runs import Imports
from administration.overview import Lookout
from administration.personal_data import PersonalData
from administration.runtime_settings import RuntimeChanges
from administration.uploads import Uploads
from control.blind_transfer import Transfers
from control.caller_outlook import CallerOutlook
from control.live_state import LiveState
from control.originate import Calling
from control.outbound_calls import Placing
from control.page_calls import PageCalls
from control.pbx import Pbx
from control.recording_pause import RecordingPauses
from control.recording_stop import RecordingStops
from control.relay import RelayCalls
from control.special_calls import SpecialSteps
from hotline.callbacks.service import Callbacks
from hotline.cases.cancelling import Cancelling
from hotline.cases.filing import CaseFiling
from hotline.cases.imported import ImportedCases
from hotline.cases.tracking import Tracking
from hotline.cases.work import CaseWork
from hotline.categories.proposals import Categories
from hotline.db import Sessions
from hotline.directory.atlas import Atlas
from hotline.directory.snapshot import Snapshot
from hotline.knowledge.service import Finder
from hotline.retention.kinds import Periods
from hotline.settings import Settings
from hotline.special_callers.service import SpecialList
from hotline.sso.checks import SsoChecks
from hotline.sso.mapping import SsoBook
from hotline.sso.service import SingleSignOn
from hotline.video.line import VideoLine
from hotline.video.turn import TurnServer
from hotline.worktime import Limit, Worktime
from ivr.announcements import Announcements
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.limits import Rules
from ivr.prompts import Shelf
from recordings.archive import Archive
from recordings.messages import Messages
from reporting.office_reports import Yardstick
from transfer.ladder import HuntRules


class Parts(Protocol):
    """The parts of a process that pages and API use."""

    @property
    def base(self) -> Settings:
        """The settings as they were at the start."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        ...

    @property
    def turn(self) -> TurnServer:
        """The TURN server."""
        ...

    @property
    def factory(self) -> Sessions: ...

    @property
    def sso(self) -> SingleSignOn | None:
        """Sign-ins by the city's identity provider; None where there is none."""
        ...

    @property
    def sso_book(self) -> SsoBook | None:
        """Who is whom there, and which roles its claims give."""
        ...

    @property
    def sso_checks(self) -> SsoChecks | None:
        """What it says later."""
        ...

    @property
    def periods(self) -> Periods:
        """How long each kind of what is kept of people is kept."""
        ...

    @property
    def personal_data(self) -> PersonalData: ...

    @property
    def pbx(self) -> Pbx: ...

    @property
    def city(self) -> Snapshot: ...

    @property
    def callbacks(self) -> Callbacks: ...

    @property
    def case_filing(self) -> CaseFiling: ...

    @property
    def case_work(self) -> CaseWork: ...

    @property
    def imported_cases(self) -> ImportedCases: ...

    @property
    def cancelling(self) -> Cancelling: ...

    @property
    def tracking(self) -> Tracking: ...

    @property
    def calling(self) -> Calling: ...

    @property
    def placing(self) -> Placing: ...

    @property
    def relay(self) -> RelayCalls: ...

    @property
    def special_steps(self) -> SpecialSteps: ...

    @property
    def video_line(self) -> VideoLine: ...

    @property
    def transfers(self) -> Transfers: ...

    @property
    def recording_pauses(self) -> RecordingPauses: ...

    @property
    def recording_stops(self) -> RecordingStops: ...

    @property
    def runtime_settings(self) -> RuntimeChanges: ...

    @property
    def hunt_rules(self) -> HuntRules: ...

    @property
    def limit_rules(self) -> Rules: ...

    @property
    def shelf(self) -> Shelf: ...

    def is_open(self, at: datetime) -> bool: ...

    @property
    def atlas(self) -> Atlas: ...

    @property
    def bulletins(self) -> Bulletins: ...

    @property
    def announcements(self) -> Announcements: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def closures(self) -> Closures: ...

    @property
    def due_times(self) -> DueTimes: ...

    @property
    def reply_limit(self) -> Limit: ...

    @property
    def built_prompts(self) -> Shelf:
        """Prompts as they are built, whatever Asterisk has copied; nobody is told of one that is missing."""
        ...

    @property
    def page_calls(self) -> PageCalls: ...

    @property
    def finder(self) -> Finder: ...

    @property
    def categories(self) -> Categories: ...

    @property
    def imports(self) -> Imports: ...

    @property
    def live_state(self) -> LiveState: ...

    @property
    def caller_outlook(self) -> CallerOutlook: ...

    @property
    def lookout(self) -> Lookout: ...

    @property
    def books(self) -> Books: ...

    @property
    def messages(self) -> Messages: ...

    @property
    def archive(self) -> Archive: ...

    @property
    def special_list(self) -> SpecialList: ...

    @property
    def uploads(self) -> Uploads: ...

    @property
    def worktime(self) -> Worktime: ...

    @property
    def yardstick(self) -> Yardstick:
        """What offices are measured by in a month."""
        ...
