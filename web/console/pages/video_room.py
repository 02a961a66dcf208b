"""The room of the sign-language service as a citizen or a counter has it: waiting, served, over (P6.4)."""

from flask import Response, request, url_for

from hotline.video.messages import LONGEST_CHAT
from hotline.video.rules import Side
from web.console import video_relay, video_room, video_visitor
from web.console.answers import lead_to, redirect_to, render
from web.console.gate import Everyone, Pages, factory, instant, now, read_session, write_session
from web.console.pages.video_entrance import TEXT
from web.console.video_room import line, may_film, view_words
from web.console.video_words import room_words

pages = Pages("video_room")
SIDE = Side.CITIZEN


@pages.read("/sign/room", Everyone.PUBLIC)
def room() -> Response:
    """The open session of whoever is signed in; a page that is loaded anew finds it again, with its time."""
    account = video_visitor.present()
    with read_session() as session:
        mine = line().open_session(session, account) if account else None
    if mine is None:
        return lead_to("video_entrance.status")
    view = line().watch(factory(), mine.id, SIDE, instant)
    return may_film(
        render(
            "video/room.html",
            number=mine.id,
            view=view_words(view),
            last=view.last,
            path=f"{url_for('video_room.room')}/{mine.id}",
            words=room_words(),
            ice=video_room.ice(mine.id, SIDE),
            has_sound=mine.counter is not None,
            is_text=request.args.get("way") == TEXT,
            longest=LONGEST_CHAT,
        )
    )


@pages.read("/sign/room/<int:number>/state", Everyone.PUBLIC)
def state(number: int) -> Response:
    """How it stands, and what the other side sent since this page asked last."""
    mine = _mine(number)

    def photo_at(message: int) -> str:
        return url_for("video_room.picture", number=mine, message=message)

    return video_room.state(mine, SIDE, photo_at, video_relay.told(mine, SIDE))


@pages.change("/sign/room/<int:number>/message", Everyone.PUBLIC)
def write(number: int) -> Response:
    """Send what was written, or what the browsers agree their picture by."""
    return video_room.write(_mine(number), SIDE)


@pages.change("/sign/room/<int:number>/photo", Everyone.PUBLIC)
def photograph(number: int) -> Response:
    """Show the interpreter a photograph."""
    return video_room.photograph(_mine(number), SIDE)


@pages.read("/sign/room/<int:number>/photos/<int:message>.jpg", Everyone.PUBLIC)
def picture(number: int, message: int) -> Response:
    """A photograph that the interpreter showed."""
    return video_room.picture(_mine(number), SIDE, message)


@pages.change("/sign/room/<int:number>/leave", Everyone.PUBLIC)
def leave(number: int) -> Response:
    """Leave the line, or end the session."""
    mine = _mine(number)
    with write_session() as session:
        line().leave(session, mine, now())
    return redirect_to(url_for("video_entrance.status"), 303)


def _mine(number: int) -> int:
    """The number of a session, of whoever is signed in. Raises NotFound."""
    account = video_visitor.needed()
    return video_room.of_whom(number, lambda session: line().of_account(session, number, account).id)
