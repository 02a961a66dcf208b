"""The client that we are at the identity provider, from the settings; no library is imported for it."""

from dataclasses import dataclass, field
from datetime import timedelta

from hotline.settings import Settings
from hotline.settings.faults import BadSettings, SettingMissing, variable
from hotline.settings.kinds import secrets_in


@dataclass(frozen=True, slots=True)
class OidcClient:
    """This installation, as the identity provider knows it."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...]
    wait: timedelta


def client_of(settings: Settings) -> OidcClient | None:
    """Read the client from the settings; None without a provider. Raises BadSettings where a part lacks."""
    if not settings.oidc_issuer:
        return None
    file = settings.oidc_secret_file
    secrets = secrets_in(file, "oidc_secret_file") if file else ()
    lacking = [
        SettingMissing(variable(name), "oidc_issuer")
        for name, there in (("oidc_client_id", settings.oidc_client_id), ("oidc_secret_file", secrets))
        if not there
    ]
    if lacking:
        raise BadSettings(tuple(lacking))
    return OidcClient(
        settings.oidc_issuer,
        settings.oidc_client_id,
        secrets[0],
        settings.oidc_scopes,
        settings.oidc_wait,
    )
