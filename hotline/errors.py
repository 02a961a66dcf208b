"""The base of errors and remarks: facts and a code, no sentence. ``wording`` has the sentences."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import ClassVar, Final, TypeVar, dataclass_transform

T = TypeVar("T")
_OTHERS: Final = "_others"


@dataclass_transform(eq_default=False, field_specifiers=(field,))
class Remark:
    """Something that the catalogue says. A subclass is a dataclass: its fields are the facts.

    ``code`` names it in the catalogue of sentences and in the API, and never changes. ``varies_by`` is the
    fact on which its sentence depends: an enum or a Literal.
    """

    code: ClassVar[str] = ""
    varies_by: ClassVar[str] = ""

    def __init_subclass__(cls, *, code: str = "", varies_by: str = "") -> None:
        super().__init_subclass__()
        if code:
            cls.code, cls.varies_by = code, varies_by
            dataclass(eq=not issubclass(cls, Exception))(cls)

    @property
    def msgid(self) -> str:
        """The name of its sentence: the code, and what that depends on."""
        variant = str(getattr(self, self.varies_by)) if self.varies_by else ""
        return f"{self.code}.{variant}" if variant else self.code

    def __str__(self) -> str:
        """Code and facts, for logs; a person reads ``wording.sentence``."""
        if not self.code:
            return super().__str__()
        return " ".join((self.code, *(f"{one.name}={getattr(self, one.name)}" for one in fields(self))))  # type: ignore[arg-type]


class HotlineError(Remark, Exception):
    """Something a person can mend; raised by ``refuse``, it knows what else is to be mended."""

    @property
    def together(self) -> tuple["HotlineError", ...]:
        """This fault, and those that were found with it."""
        return (self, *self.__dict__.get(_OTHERS, ()))


def faults(*checks: Callable[[], object]) -> list["HotlineError"]:
    """Collect the faults that these checks raise, in their order."""
    found = list[HotlineError]()
    for check in checks:
        try:
            check()
        except HotlineError as error:
            found.append(error)
    return found


def refuse(found: Iterable["HotlineError"]) -> None:
    """Raise the first fault, if there is one, with the others in its ``together``."""
    if all_found := tuple(found):
        all_found[0].__dict__[_OTHERS] = all_found[1:]
        raise all_found[0]


def existing(found: T | None, lacking: HotlineError) -> T:
    """Return what was looked up; raise what is said where there is nothing."""
    if found is None:
        raise lacking
    return found
