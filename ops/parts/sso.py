"""Parts of single sign-on, where the city has an identity provider."""

from functools import cached_property
from typing import TYPE_CHECKING

from ops import limits
from ops.parts.base import BaseParts

if TYPE_CHECKING:
    from hotline.sso.checks import SsoChecks
    from hotline.sso.mapping import SsoBook
    from hotline.sso.provider import Provider
    from hotline.sso.service import SingleSignOn

RETURN = "/sign-in/sso/return"
"""Where the identity provider sends browsers back to; it is registered there."""


class SsoParts(BaseParts):
    """Parts of whoever signs people in, imported when asked for: processes of calls do without them."""

    @cached_property
    def sso_provider(self) -> "Provider | None":
        from hotline.sso.client import client_of
        from hotline.sso.provider import Provider

        client = client_of(self.base)
        return Provider(client, self.base.console + RETURN) if client else None

    @cached_property
    def sso_book(self) -> "SsoBook | None":
        from hotline.sso.mapping import SsoBook

        return SsoBook(self.base.oidc_issuer, limits.sso(self.base)) if self.base.oidc_issuer else None

    @cached_property
    def sso(self) -> "SingleSignOn | None":
        from hotline.sso.service import SingleSignOn

        provider, book = self.sso_provider, self.sso_book
        return SingleSignOn(self.factory, provider, book, self.keys) if provider and book else None

    @cached_property
    def sso_checks(self) -> "SsoChecks | None":
        from hotline.sso.checks import SsoChecks

        provider, book = self.sso_provider, self.sso_book
        return SsoChecks(self.factory, provider, book) if provider and book else None
