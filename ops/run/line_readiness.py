"""What is amiss with lines although calls are served: a trunk away, a certificate near its end."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from control.ami import AMI, ManagerAccount
from control.trunks import away
from hotline.errors import HotlineError
from hotline.settings import Settings
from ops.pbx import certificate
from ops.starting import CertificateUnfit
from wording import ENGLISH, sentence

PATIENCE: Final = 1.0
RENEWED_BY: Final = timedelta(days=21)
"""Who renews by itself has done so long before."""


def trunks(settings: Settings) -> Iterator[str]:
    """The trunks that answer no OPTIONS, and what becomes of calls meanwhile."""
    if not settings.trunk_asked:
        return
    with suppress(HotlineError):  # told as the part asterisk
        with AMI.of(settings, ManagerAccount.LOOKS, patience=PATIENCE) as ami:
            gone = away(ami, settings.trunks)
        left = [trunk.contact for trunk in settings.trunks if trunk not in gone]
        way = f"go by {left[0]}" if left else "fail at once"
        for trunk in gone:
            yield f"{trunk.name}: {trunk.contact} does not answer (OPTIONS); calls to outside numbers {way}"


def certificates(settings: Settings, at: datetime) -> Iterator[str]:
    """The certificate of SIP: unfit, over, or soon over."""
    if not settings.sip_certificate_file:
        return
    try:
        left = certificate.ends_at(settings, at) - at
    except CertificateUnfit as error:
        yield f"certificate: {sentence(error, ENGLISH)} Asterisk keeps the one before."
        return
    if left < RENEWED_BY:
        file = settings.sip_certificate_file
        yield f"certificate: {file} ends in {left.days} days; renew it, it is taken up by itself"
