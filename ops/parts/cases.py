"""Parts that work on cases: filed, moved, chased, told to other systems, followed by citizens."""

from functools import cached_property

from administration.declared_days import DueTimes
from hotline import places
from hotline.callbacks.chase import Chase
from hotline.cases.chase import CaseChase
from hotline.cases.digest import Digest
from hotline.cases.filing import CaseFiling
from hotline.cases.imported import ImportedCases
from hotline.cases.tracking import MissLimits, Tracking
from hotline.cases.work import CaseWork
from hotline.exchange.feed import CaseFeed
from hotline.exchange.files import LineFiles
from hotline.exchange.replies import Replies
from hotline.knowledge.rules import ReplyClock, reply_limit
from hotline.reviews.records import ReviewRecords
from hotline.survey.calling import SurveyCalls
from hotline.survey.mailing import SurveyMail
from hotline.worktime import Limit
from ops import limits
from ops.parts.decisions import DecisionParts


class CaseParts(DecisionParts):
    """Parts of whoever works on cases."""

    @cached_property
    def case_filing(self) -> CaseFiling:
        return CaseFiling(self.moving, places.parsed)

    @cached_property
    def reply_limit(self) -> Limit:
        """Time that an agency has to reply to a question for the book (P4.5)."""
        return reply_limit(self.settings.faq_reply_days, ReplyClock(self.settings.faq_clock))

    @cached_property
    def due_times(self) -> DueTimes:
        chase = Chase(self.factory, self.callbacks)
        return DueTimes(self.callbacks, chase, self.reply_limit, self.case_chase)

    @cached_property
    def case_work(self) -> CaseWork:
        return CaseWork(self.moving, ReviewRecords(self.moving, self.settings.review_days).follow)

    @cached_property
    def case_chase(self) -> CaseChase:
        return CaseChase(self.factory, self.case_work)

    @cached_property
    def case_digest(self) -> Digest:
        return Digest(self.factory, self.categories, lambda: self.case_limits, lambda: self.worktime.calendar)

    @cached_property
    def survey_mail(self) -> SurveyMail:
        return SurveyMail(self.factory, lambda: limits.survey(self.settings))

    @cached_property
    def survey_calls(self) -> SurveyCalls:
        return SurveyCalls(
            self.factory, lambda: limits.survey(self.settings), self.callbacks, lambda at: self.is_open(at)
        )

    @cached_property
    def case_feed(self) -> CaseFeed:
        folder = self.settings.case_line_folder
        return CaseFeed(self.factory, self.settings.case_receiver, LineFiles(folder) if folder else None)

    @cached_property
    def imported_cases(self) -> ImportedCases:
        return ImportedCases(self.moving, places.parsed)

    @cached_property
    def case_replies(self) -> Replies:
        return Replies(self.factory, self.case_work)

    @cached_property
    def tracking(self) -> Tracking:
        def limits() -> MissLimits:
            settings = self.settings
            return MissLimits(
                settings.track_misses_address, settings.track_misses_case, settings.track_misses_all
            )

        return Tracking(self.factory, self.cancelling, limits)
