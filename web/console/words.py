"""Errors in the words of the page: each class of error takes facts, and here they become a sentence.

A room of pages adds the sentences of the errors it may meet with ``@words.of(Error)``. An error without any
is said as the commands say it, so that nothing is ever left unsaid.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from hotline.accounts.rules import LONGEST, SHORTEST, WeakPassword
from hotline.accounts.service import BadInvitation
from hotline.errors import HotlineError
from hotline.permissions import ANY_OTHER, Role
from hotline.staff.service import NotPermitted, UnknownStaff
from web.console.gate import Closed, Strangers
from web.console.language import _

Error = TypeVar("Error", bound=HotlineError)
Sentence = Callable[[Any], str]
_SENTENCES: dict[type[HotlineError], Sentence] = {}


def of(*kinds: type[HotlineError]) -> Callable[[Sentence], Sentence]:
    """Declare the sentence of errors."""

    def declared(sentence: Sentence) -> Sentence:
        _SENTENCES.update(dict.fromkeys(kinds, sentence))
        return sentence

    return declared


def in_words(error: HotlineError) -> str:
    """One sentence in the page's language that says what to do."""
    for kind in type(error).__mro__:
        if sentence := _SENTENCES.get(kind):
            return sentence(error)
    return str(error)


def has_words(kind: type[HotlineError]) -> bool:
    """Whether an error is said in the page's language."""
    return any(one in _SENTENCES for one in kind.__mro__)


def role_name(role: Role | str) -> str:
    """A role of spec §1 as people call it."""
    return {
        Role.AGENT: _("話務人員"),
        Role.SUPERVISOR: _("授權主管"),
        Role.INTERPRETER: _("手語翻譯員"),
        Role.ADMINISTRATOR: _("研考會管理員"),
        Role.AUTHORISED: _("研考會授權人員"),
        Role.APPROVER: _("核定人"),
        Role.LIAISON: _("1999 聯繫窗口"),
        Role.QUICK_LIAISON: _("快速案件專責窗口"),
        Role.MANAGER: _("督導主管"),
        Role.CONTROL_OFFICER: _("研考人員"),
        Role.OFFICER: _("承辦人"),
        Role.DUTY_OFFICER: _("市府值日人員"),
        Role.SECRETARIAT: _("秘書處"),
        Role.INFORMATION_CENTRE: _("資訊中心"),
    }.get(Role(role), str(role))


@of(WeakPassword)
def _weak(error: WeakPassword) -> str:
    return {
        "short": _("密碼至少要 %(least)d 個字元；建議用幾個不相干的詞組成一句話。", least=SHORTEST),
        "long": _("密碼最多 %(most)d 個字元。", most=LONGEST),
        "easy": _("這個密碼太容易猜到；請換成幾個不相干的詞。"),
        "named": _("專線、新北市、您的帳號或姓名這些詞，別人一定先猜；請換成幾個不相干的詞。"),
        "typed": _("這是用注音按鍵打出來的短句，別人猜得到；請換成幾個不相干的詞。"),
    }[error.why]


@of(BadInvitation)
def _bad_invitation(_error: BadInvitation) -> str:
    return _("這個連結已使用過、已過期，或不是本系統發出的；請向管理員索取新的連結。")


@of(Strangers)
def _strangers(_error: Strangers) -> str:
    return _("請先登入。")


@of(Closed)
def _closed(_error: Closed) -> str:
    return _("您的角色不能開啟這一頁；需要的話，請洽研考會管理員。")


@of(NotPermitted)
def _not_permitted(error: NotPermitted) -> str:
    if error.agency not in ("", ANY_OTHER):
        return _("您的角色不能為機關「%(agency)s」做這件事；請洽該機關的聯繫窗口。", agency=error.agency)
    return _("您的角色不能做這件事；請洽研考會管理員。")


@of(UnknownStaff)
def _unknown_staff(error: UnknownStaff) -> str:
    return _("沒有帳號「%(login)s」；請到「人員與角色」查詢。", login=error.login)
