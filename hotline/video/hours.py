"""Opening hours of the service: Monday to Friday, hours of its own, closed where the city is (P6.3). Pure."""

from dataclasses import replace
from datetime import date

from hotline.worktime import OfficeHours, Worktime


def service_hours(hours: OfficeHours, offices: Worktime) -> Worktime:
    """The service's clock, by the calendar of the offices: make-up Saturdays are closed, holidays and days
    declared off too; on a day on which the offices end early, the service does.
    """
    calendar = replace(offices.calendar, weekdays_only=True)

    def declared(day: date) -> OfficeHours | None:
        shortened = offices.declared(day)
        return hours.until(shortened.closes) if shortened else None

    return Worktime(calendar, hours, declared)
