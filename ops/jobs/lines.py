"""Lines kept up: calls in set-up leave a trunk that has died, a renewed certificate is taken up."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from control.ami import AMI, ManagerAccount
from control.trunks import away, release
from hotline.errors import HotlineError
from hotline.settings import Settings
from ops.pbx import certificate
from ops.pbx.home import AsteriskHome

log = structlog.get_logger()
EVERY: Final = timedelta(seconds=2)
RENEWED_EVERY: Final = timedelta(seconds=10)
PATIENCE: Final = 1.0
MODULE: Final = "res_pjsip.so"


class TrunkWatch:
    """Watch over calls in set-up, where there is a second trunk to take."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def run(self) -> int:
        """Look once; how many calls go by the other trunk now."""
        if len(self._settings.trunks) < 2 or not self._settings.trunk_asked:
            return 0
        first, second = self._settings.trunks
        try:
            with AMI.of(self._settings, ManagerAccount.RESCUES, patience=PATIENCE) as ami:
                return release(ami, first) if away(ami, (first, second)) == [first] else 0
        except HotlineError as error:
            log.warning("trunks.not_looked", why=str(error))
            return 0


class CertificateWatch:
    """Watch over the files of the certificate: what renewed them tells nobody."""

    def __init__(self, settings: Settings, asterisk: Callable[[], AsteriskHome]) -> None:
        self._settings, self._asterisk = settings, asterisk
        self._brought = True

    def run(self, at: datetime) -> bool:
        """Look once; True if Asterisk took up another one. Calls go on, also those over TLS."""
        if not self._settings.sip_certificate_file:
            return False
        try:
            home = self._asterisk()
            if changed := certificate.write(self._settings, home.etc, at):
                self._brought = False
            if self._brought:
                return False
            home.reload(MODULE)
        except HotlineError as error:
            log.warning("certificate.not_brought", why=str(error))
            return False
        self._brought = True
        log.info("certificate.renewed", files=changed)
        return True
