"""SMS over Twilio. Another gateway (the government's short code 111) is another file like this one."""

from hotline.errors import HotlineError
from hotline.outbox.message import REPORTS, Letter, NotSent
from hotline.phones import phone
from hotline.twilio_rest import Twilio, TwilioFault


class TwilioSms:
    """SMS by Twilio. ``sender``: a number or messaging service's sid; ``public_url``: ours, if reachable."""

    def __init__(self, twilio: Twilio, sender: str, public_url: str = "") -> None:
        self._twilio, self._sender, self._public_url = twilio, sender, public_url

    def send(self, letter: Letter) -> str:
        """The message's sid. Raises NotSent; never sent to what is no mobile, whoever wrote it there."""
        if not phone(letter.recipient).takes_sms:
            raise NotSent("no number that surely takes an SMS", for_good=True)
        reports = f"{self._public_url}{REPORTS}?notice={letter.number}" if self._public_url else ""
        try:
            return self._twilio.send_sms(letter.recipient, letter.text, self._sender, reports)
        except TwilioFault as fault:
            raise NotSent(
                str(fault),
                for_good=fault.is_final,
                may_be_done=fault.may_be_done,
                gateway_away=not fault.is_final,
            ) from fault
        except HotlineError as error:
            raise NotSent(str(error), gateway_away=True) from error
