"""Recording with the microphone: the words of its script, and a page's right to use it."""

from flask import Response

from web.console.browser import HEADERS
from web.console.language import _


def recording_words() -> dict[str, str]:
    """What the buttons that record say."""
    return {
        "record": _("用麥克風錄音"),
        "stop": _("停止錄音"),
        "again": _("重新錄音"),
        "recording": _("正在錄音…"),
        "done": _("錄好了，會和表單一起送出；送出後可以聽。"),
        "refused": _("沒有麥克風，或瀏覽器沒有允許使用。"),
    }


def may_record(answer: Response) -> Response:
    """Let a page use the microphone."""
    policy = HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self)")
    answer.headers["Permissions-Policy"] = policy
    return answer
