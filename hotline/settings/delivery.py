"""Settings of those who carry for us: Twilio, the sender of SMS, the mail server."""

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

from hotline.settings.kinds import Duration, Peers, Port, Secrets, secrets_in


class DeliverySettings(BaseModel):
    """Whom we ask to carry calls and messages; a secret may stand in a file of its own."""

    public_url: str = Field(
        "",
        pattern=r"^(https://[\w.-]+(:\d{1,5})?(/[\w./-]*[\w-])?)?$",
        description="address under which Twilio reaches this hotline, without a slash at its end; empty = "
        "not",
    )
    twilio_account: str = Field(
        "", pattern=r"^(AC[0-9a-f]{32})?$", description="sid of the Twilio account; empty = there is none"
    )
    twilio_tokens: Secrets = Field(
        (), description="its secret tokens, the present one first, by commas; two while one is exchanged"
    )
    twilio_tokens_file: Path | None = Field(
        None, description="a file with the tokens instead, one a line; read anew for each use"
    )
    twilio_api: str = Field(
        "https://api.twilio.com", pattern=r"^https?://[\w.:-]+$", description="where its REST API is asked"
    )
    twilio_operator: str = Field(
        "",
        pattern=r"^(\+[1-9]\d{6,14})?$",
        description="number in E.164 of a person who answers Twilio's callers while we cannot; empty = no "
        "Twilio calls",
    )
    twilio_exchange: str = Field(
        "",
        pattern=r"^([\w.-]+(:\d{1,5})?)?$",
        description="address:port under which Twilio reaches our Asterisk; empty = no Twilio calls",
    )
    twilio_fallback: str = Field(
        "",
        pattern=r"^(https://[\w.-]+(:\d{1,5})?/[\w./-]+)?$",
        description="where the document of `hotline twilio fallback` lies, on another machine than ours",
    )
    twilio_match: Peers = Field(
        (),
        description="addresses and networks of Twilio's SIP; others are refused; empty = Asterisk knows no "
        "Twilio",
    )
    twilio_wait: Duration = Field(timedelta(seconds=10), description="longest wait for its REST API")
    sms_gateway: str = Field(
        "files",
        pattern=r"^[a-z0-9-]+$",
        description="who sends SMS: files (nobody, they are written down) or twilio",
    )
    sms_sender: str = Field(
        "",
        pattern=r"^(\+[1-9]\d{6,14}|MG[0-9a-f]{32})?$",
        description="our number in E.164 or messaging service from which Twilio sends SMS",
    )
    smtp_host: str = Field(
        "", pattern=r"^[\w.-]*$", description="mail server; empty = e-mails are written down as files"
    )
    smtp_port: Port = Field(
        587, description="its TCP port; TLS is begun by STARTTLS, without it nothing is sent"
    )
    smtp_user: str = Field("", description="our name there; empty = none is asked for")
    smtp_password: SecretStr = Field(SecretStr(""), description="the password of this name")
    smtp_password_file: Path | None = Field(
        None, description="a file with the password instead; read anew for each use"
    )
    smtp_authority: Path | None = Field(
        None, description="certificate of the authority that signed the server's; empty = this machine's list"
    )
    smtp_wait: Duration = Field(
        timedelta(seconds=10),
        le=timedelta(seconds=10),
        description="longest wait for an answer of the server; a letter asks for some ten",
    )
    mail_sender: str = Field(
        "",
        pattern=r"^([\w.+-]+@[\w.-]+)?$",
        description="address from which e-mails come; needed with smtp_host",
    )

    @property
    def smtp_secret(self) -> str:
        """The password in force now. Raises BadSettings if its file cannot be read."""
        if self.smtp_password_file is None:
            return self.smtp_password.get_secret_value()
        return next(iter(secrets_in(self.smtp_password_file, "smtp_password_file")), "")

    @property
    def twilio_secrets(self) -> tuple[str, ...]:
        """The tokens in force now, the present one first. Raises BadSettings if their file cannot be read."""
        if self.twilio_tokens_file is None:
            return tuple(token.get_secret_value() for token in self.twilio_tokens)
        return secrets_in(self.twilio_tokens_file, "twilio_tokens_file")
