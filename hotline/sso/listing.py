"""The identity provider's own list of accounts: who is bound and not on it is shut out, signed in or not."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.bindings import withdraw
from hotline.accounts.store import BindingRow
from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.staff.service import permitted


class ListUnfit(HotlineError, code="list-unfit"):
    """A list that lacks more than half of who is bound: it is of something else, or cut short."""

    lacking: int
    bound: int


def withdraw_unlisted(
    session: Session, issuer: str, subjects: Collection[str], *, at: datetime, by: str
) -> list[str]:
    """Take it as the provider's refusal that an account is not on its list: sessions end, keys and
    telephones stand still until somebody signs in with it again. List the logins that are new to it. Audited.

    Raises NotPermitted, ListUnfit.
    """
    permitted(session, by, Action.SSO_CHANGE, at)
    chosen = select(BindingRow).where(BindingRow.issuer == issuer).order_by(BindingRow.login)
    bound = list(session.scalars(chosen))
    gone = [row for row in bound if row.subject not in subjects]
    if len(gone) * 2 > len(bound):
        raise ListUnfit(len(gone), len(bound))
    new = [row for row in gone if row.holds_until > at]
    for row in new:
        withdraw(session, row, f"not on the list of accounts that {by} gave", at)
    return [row.login for row in new]
