"""Settings of the exchange of cases with another system, by push or by file."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from hotline.settings.faults import BadSettings, SettingMissing, variable
from hotline.settings.kinds import Duration, secrets_in


class ExchangeSettings(BaseModel):
    """Where the lines of cases go, and where replies come from; without any of them nothing goes out."""

    case_push_url: str = Field(
        "",
        pattern=r"^(https://[\w.-]+(:\d{1,5})?(/[\w./~-]*)?)?$",
        description="where each event of a case is posted as JSON; empty = nowhere",
    )
    case_push_token_file: Path | None = Field(
        None, description="a file with the bearer token for it; read anew for each line"
    )
    case_push_authority: Path | None = Field(
        None, description="certificate of the authority that signed its server's; empty = this machine's list"
    )
    case_push_wait: Duration = Field(
        timedelta(seconds=10), le=timedelta(seconds=30), description="longest wait for its answer"
    )
    case_line_folder: Path | None = Field(
        None, description="folder into which the same lines are written as files; empty = none"
    )
    case_reply_folder: Path | None = Field(
        None, description="folder from which files with replies about cases are taken; empty = none"
    )
    case_reply_login: str = Field(
        "", max_length=64, description="login for which they act; needed with case_reply_folder"
    )

    @property
    def case_receiver(self) -> str:
        """The machine that lines are pushed to; empty = none."""
        return urlsplit(self.case_push_url).hostname or ""

    @property
    def case_push_token(self) -> str:
        """The token in force now. Raises BadSettings if its file cannot be read, is not named or is empty."""
        lines = (
            secrets_in(self.case_push_token_file, "case_push_token_file") if self.case_push_token_file else ()
        )
        if not lines:
            missing = SettingMissing(variable("case_push_token_file"), "case_push_url")
            raise BadSettings((missing,))
        return lines[0]
