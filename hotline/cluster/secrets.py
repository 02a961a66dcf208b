"""Secrets that the machines of a house share: what one signs or configures another one must accept."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import Base, add_once
from hotline.keys.columns import Sealed


class HouseSecret(Base):
    """A secret of the house, by the name that it has on every machine."""

    __tablename__ = "house_secret"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Sealed("house_secret.value"))


def shared(session: Session, name: str, own: str) -> str:
    """The secret of the house: that of the machine which told it first, ``own`` where none did."""
    add_once(session, HouseSecret, [{"name": name, "value": own}])
    return session.get_one(HouseSecret, name, populate_existing=True).value
