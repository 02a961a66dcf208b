"""Errors of the directory's ledger in the words of the pages that change it."""

from collections.abc import Mapping

from hotline.directory.circles import Circular
from hotline.directory.service import FollowsItself, NoAlternative, NotDialable, Unknown
from hotline.errors import HotlineError
from hotline.ledger.history import EmptyPeriod
from hotline.ledger.looks import NoReason
from hotline.sheets.columns import Unfit
from web.console import words
from web.console.forms import Form
from web.console.language import _, moment
from web.console.record_links import column_name, kind_name
from web.console.sheet_words import wrong_in_words


def blame(form: Form, error: HotlineError, fields: Mapping[type[HotlineError], str]) -> None:
    """Say at its field what is wrong, or of the whole form where it has no field for it."""
    name = fields.get(type(error), "")
    form.blame(name if name in form else "", words.in_words(error))


@words.of(Unknown)
def _unknown(error: Unknown) -> str:
    return _(
        "那時沒有「%(kind)s %(key)s」；請重新整理後再看一次。", kind=kind_name(error.kind), key=error.key
    )


@words.of(NotDialable)
def _not_dialable(error: NotDialable) -> str:
    return _("「%(number)s」不是可以撥打的號碼；請寫成 0912345678 或 (02)2960-3456。", number=error.number)


@words.of(EmptyPeriod)
def _empty_period(error: EmptyPeriod) -> str:
    return _("結束時間 %(until)s 沒有晚於開始；請改晚一點。", until=moment(error.period.until))


@words.of(Unfit)
def _unfit(error: Unfit) -> str:
    why = wrong_in_words(error.why.wrong, error.why.facts)
    return _(
        "%(kind)s的「%(column)s」：%(why)s",
        kind=kind_name(error.kind), column=column_name(error.column), why=why,
    )  # fmt: skip


@words.of(NoAlternative)
def _no_alternative(_error: NoAlternative) -> str:
    return _("這個機關沒有登錄替代號碼；請填一個故障期間可以撥打的號碼。")


@words.of(FollowsItself)
def _follows_itself(error: FollowsItself) -> str:
    return _("分機 %(extension)s 不能跟隨自己；請填其他分機。", extension=error.extension)


@words.of(Circular)
def _circular(error: Circular) -> str:
    return _(
        "自 %(since)s 起會繞一圈回到自己（%(way)s），沒有人會接到；請改填其他分機，或先結束其中一個跟隨。",
        since=moment(error.circle.since), way=" → ".join(error.circle.extensions),
    )  # fmt: skip


@words.of(NoReason)
def _no_reason(_error: NoReason) -> str:
    return _("查看個人資料要先寫下原因；這會留下記錄。")
