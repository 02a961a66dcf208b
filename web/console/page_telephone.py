"""The account of a page that is rung, the board's or the interpreter's, while it is there (decision 0024)."""

from flask import Response, abort, jsonify, make_response

from control.supervisor_webrtc import user_of
from hotline.staff import listening_pages
from web.console.forms import text_of
from web.console.gate import house, me, now, write_session
from web.console.language import in_words


def sign_on() -> Response:
    """Make this page the only one of who is signed in that is rung."""
    settings = house().settings
    if not settings.browser_phones:
        abort(404)
    with write_session() as session:
        secret = listening_pages.sign_on(session, me(), now())
    return jsonify(
        user=user_of(me().login), password=secret, socket=settings.browser_socket, host=settings.sip_address
    )


def stay() -> Response:
    """The page is still there; 409 when another page or browser is the telephone now."""
    try:
        with write_session() as session:
            listening_pages.stay(session, me(), text_of("secret"), now())
    except listening_pages.PageSuperseded as error:
        return make_response(jsonify(fault=in_words(error)), 409)
    return jsonify({})


def sign_off() -> Response:
    """The page is no telephone any more; nothing when another took over."""
    with write_session() as session:
        listening_pages.sign_off(session, me(), text_of("secret"))
    return jsonify({})
