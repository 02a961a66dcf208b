"""Self-test of a device for sign-language video, which a helper understands: camera, microphone, and the way
that a session takes (P6.1).
"""

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from hotline.video.counter_rules import Measured
from hotline.video.counter_tests import keep_own
from hotline.video.store import ACCOUNT, VideoAccount
from web.console import video_visitor
from web.console.answers import render
from web.console.forms import text_of
from web.console.gate import Everyone, Pages, house, now, write_session
from web.console.language import _
from web.console.video_room import may_film
from web.console.video_self_test_words import advice, test_words

pages = Pages("video_self_test")


class Sent(BaseModel):
    """Figures as the page's script sends them."""

    seconds: float = Field(ge=-1, le=600)
    fps: float = Field(ge=0, le=240)
    width: int = Field(ge=0, le=10_000)
    kbps: float = Field(ge=0, le=1_000_000)
    lost: int = Field(ge=0, le=1_000_000)
    level: float = Field(ge=-1, le=1)
    is_by_turn: bool


@pages.read("/sign/test", Everyone.PUBLIC)
def start() -> Response:
    """The test, for whoever wants to try a device; a counter's is kept."""
    account = video_visitor.present()
    return may_film(
        render(
            "video/self_test.html",
            words=test_words(),
            ice=_turn(account),
            is_kept=account is not None and account.counter is not None,
        )
    )


@pages.change("/sign/test", Everyone.PUBLIC)
def result() -> Response:
    """What the figures mean and what to do; of a counter's device they are kept as a test of it."""
    try:
        sent = Sent.model_validate_json(text_of("measured"))
    except ValueError:
        return _told([_("測試沒有完成，請重新整理再試一次。")], 422)
    measured, account = Measured(**sent.model_dump()), video_visitor.present()
    lines: list[Any] = [{"good": one.is_good, "text": one.text} for one in advice(measured)]
    if account is not None and account.counter is not None:
        with write_session() as session:
            keep_own(
                session,
                str(account.counter),
                measured.result(),
                {name: float(value) for name, value in asdict(measured).items()},
                at=now(),
                by=f"{ACCOUNT}:{account.id}",
            )
        lines.append({"good": True, "text": _("結果已記在這個視訊點的測試紀錄。")})
    return jsonify(lines=lines)


def _turn(account: VideoAccount | None) -> list[dict[str, object]]:
    """The TURN server, if there is one, for whoever has an account: strangers would use it for themselves."""
    return house().turn.servers(f"test-{account.id}", now()) if account else []


def _told(sentences: list[str], status: int) -> Response:
    answer = jsonify(lines=[{"good": False, "text": one} for one in sentences])
    answer.status_code = status
    return answer
