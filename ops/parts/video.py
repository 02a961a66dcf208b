"""Parts of the sign-language service."""

from functools import cached_property

from control.passwords import turn_secrets
from hotline.video.line import VideoLine
from hotline.video.turn import TurnServer
from ops import limits
from ops.parts.base import BaseParts


class VideoParts(BaseParts):
    """Parts of whoever serves sign language: its pages and its job."""

    @cached_property
    def video_line(self) -> VideoLine:
        return VideoLine(lambda: limits.video(self.settings, self.worktime), self.keys)

    @property
    def turn(self) -> TurnServer:
        return TurnServer(self.settings.turn_reached, lambda: turn_secrets(self.settings)[0])
