"""Parts of the sign-language service."""

from functools import cached_property

from hotline.video.line import VideoLine
from ops import limits
from ops.parts.base import BaseParts


class VideoParts(BaseParts):
    """Parts of whoever serves sign language: its pages and its job."""

    @cached_property
    def video_line(self) -> VideoLine:
        return VideoLine(lambda: limits.video(self.settings, self.worktime), self.keys)
