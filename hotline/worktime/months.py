"""Calendar months in Taipei: the month of an instant; the instants where a month begins and ends. Pure."""

from datetime import date, datetime, timedelta

from hotline.clock import TAIPEI, midnight


def month_of(at: datetime) -> date:
    """The first day of the month of Taipei that an instant lies in."""
    return at.astimezone(TAIPEI).date().replace(day=1)


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """Its first instant in Taipei, and the first of the next month."""
    following = (month.replace(day=1) + timedelta(days=31)).replace(day=1)
    return midnight(month.replace(day=1)), midnight(following)
