"""Settings of single sign-on. None can be set while calls go on: who changes them has the machine."""

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from hotline.networks import is_guarded
from hotline.settings.kinds import Duration, Words


class SsoSettings(BaseModel):
    """The city's identity provider, asked by OpenID Connect."""

    oidc_issuer: str = Field(
        "",
        max_length=255,
        description="the identity provider of single sign-on, exactly as it names itself: "
        "https://id.example; empty = people sign in with passwords of the hotline",
    )
    oidc_client_id: str = Field(
        "", max_length=255, description="the name under which the identity provider knows this hotline"
    )
    oidc_secret_file: Path | None = Field(
        None, description="a file with the secret that goes with oidc_client_id, in its first line"
    )
    oidc_scopes: Words = Field(
        ("openid", "profile", "email"),
        description="what the identity provider is asked for; add what its claim of groups needs, and "
        "offline_access where it gives refresh tokens only then",
    )
    oidc_second_factor: Words = Field(
        ("mfa",),
        description="words of its claims amr and acr that say that a second factor was used, without which "
        "no administrator signs in by it",
    )
    oidc_wait: Duration = Field(
        timedelta(seconds=5),
        ge=timedelta(seconds=1),
        le=timedelta(seconds=10),
        description="longest wait for one of its answers",
    )
    oidc_away: Duration = Field(
        timedelta(hours=1),
        ge=timedelta(minutes=15),
        le=timedelta(hours=12),
        description="sessions go on for so long after its latest word while it does not answer",
    )
    oidc_unconfirmed: Duration = Field(
        timedelta(days=14),
        ge=timedelta(days=1),
        le=timedelta(days=90),
        description="API keys and telephones of an account that it has not confirmed for so long stand still",
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _by_tls(cls, value: str) -> str:
        if value and (not is_guarded(value) or "?" in value):
            raise PydanticCustomError("form", "no https address", {"limit": value})
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _openid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise PydanticCustomError("form", "no OpenID", {"limit": "openid"})
        return value
