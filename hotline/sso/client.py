"""Who we are at the identity provider, as it is set. Knows no library, so that whoever starts can look."""

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
    """What is set; None where nothing is. Raises BadSettings for what lacks a part."""
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
