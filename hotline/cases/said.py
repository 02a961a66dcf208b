"""What a program says of a move: the words of ``CaseWords`` as it may send them, beside the move itself."""

from dataclasses import fields
from typing import Annotated, Final

from pydantic import Field

from hotline.cases.words import LONG, CaseWords
from hotline.sheets.rows import Code, Instant, RequestModel, Short, SomeCode, Text

Said = Annotated[str, Field(max_length=LONG)]
_WORDS: Final = {one.name for one in fields(CaseWords)}


class MoveSays(RequestModel):
    """All that a move may carry; what it does not need may be left out."""

    version: int | None = Field(None, ge=1, description="as the case was read; it is refused after a change")
    reason: Said = ""
    note: Said = ""
    result: Said = ""
    ground: Short = Field("", description="a code: of no action, or of lateness")
    analysis: Said = ""
    days: int = Field(0, ge=0, le=14, description="of stage 2")
    until: Instant | None = None
    agency: SomeCode = ""
    section: SomeCode = ""
    agencies: list[Code] = Field([], max_length=50, description="also competent")
    authority: Short = ""
    letter: Short = ""
    channel: Short = ""
    replied_at: Instant | None = None
    officer: Short = ""
    officer_phone: Short = ""
    done_at: Instant | None = None
    doer: Short = ""
    no_photo: Text = ""
    late_ground: Short = ""
    late_reason: Said = ""
    prevention: Said = ""

    @property
    def words(self) -> CaseWords:
        """The words of the move."""
        said = self.model_dump(include=_WORDS)
        return CaseWords(**{**said, "agencies": tuple(self.agencies)})
