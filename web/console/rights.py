"""Rights and acts in the pages' words: a phrase for each action, a sentence for each role."""

from collections.abc import Mapping
from typing import Any, Final

from hotline.permissions import ALLOWED, CITY_WIDE, Action, Role
from web.console.language import _, _l

DEEDS: Final[Mapping[Action, Any]] = {
    Action.DIRECTORY_IMPORT: _l("整批匯入分機目錄"),
    Action.DIRECTORY_CHANGE: _l("更改分機目錄"),
    Action.DIRECTORY_FORWARD: _l("設定分機跟隨"),
    Action.DIRECTORY_ABSENCE: _l("登記請假或整科外出"),
    Action.DIRECTORY_SWITCHBOARD: _l("登記總機故障或恢復"),
    Action.DIRECTORY_DUTY: _l("排定市府值日人員"),
    Action.CALENDAR_CHANGE: _l("更改行事曆與上班時間"),
    Action.STAFF_CHANGE: _l("新增、更改或結束人員"),
    Action.STAFF_CONFIRM: _l("確認另一位管理員提出的角色"),
    Action.STAFF_INVITE: _l("發出設定密碼的連結"),
    Action.STAFF_PASSWORD: _l("設定密碼"),
    Action.STAFF_SECOND: _l("啟用驗證器"),
    Action.STAFF_SIGN_IN: _l("登入"),
    Action.STAFF_SIGN_OUT: _l("登出他人的瀏覽器"),
    Action.SSO_CHANGE: _l("把市府帳號對應到人員，設定哪些聲明給哪些角色"),
    Action.STAFF_KEY: _l("發出或撤銷 API 金鑰"),
    Action.KEYS_CHANGE: _l("更換系統的加密金鑰"),
    Action.NODE_DRAIN: _l("讓主機不再接新電話，或恢復接聽"),
    Action.AGENT_BREAK: _l("安排話務人員休息"),
    Action.AGENT_MOVE: _l("調派話務人員的語言佇列或請其下線"),
    Action.BULLETIN_SWITCH: _l("開關民眾聽到的語音公告"),
    Action.SHIFT_CHANGE: _l("排班與取消排班"),
    Action.AGENT_PHONE: _l("換用瀏覽器或話機接聽"),
    Action.FLOOR_WATCH: _l("看即時看板"),
    Action.WALLBOARD_MAKE: _l("開放或停用大螢幕看板"),
    Action.CALL_ANSWER: _l("接聽來電"),
    Action.CALL_READ: _l("查詢來電紀錄"),
    Action.CALL_TAG: _l("記錄來電的服務類型"),
    Action.CALLBACK_OPEN: _l("登記回電"),
    Action.CALLBACK_WORK: _l("處理回電"),
    Action.CALLBACK_HAND_OVER: _l("移交回電"),
    Action.CALLBACK_CANCEL: _l("取消回電"),
    Action.CALL_TRANSFER: _l("轉接來電"),
    Action.CALL_NOTIFY: _l("以 1999 電話通報機關"),
    Action.CALL_VERIFY: _l("回撥查證陳情人身分"),
    Action.CALL_GUIDE: _l("引導來電者"),
    Action.CALL_ASK: _l("請主管判斷來電"),
    Action.CALL_AUTHORISE: _l("授權結束來電"),
    Action.CALL_PAUSE: _l("暫停、恢復或停止自己通話的錄音"),
    Action.CALL_EMERGENCY: _l("解除來電的一切限制"),
    Action.CALL_LISTEN: _l("聆聽、耳語或加入話務人員的通話"),
    Action.SPECIAL_READ: _l("查閱特殊名單"),
    Action.SPECIAL_PROPOSE: _l("提報特殊名單"),
    Action.SPECIAL_APPROVE: _l("核定特殊名單"),
    Action.SPECIAL_REFUSE: _l("不予核定特殊名單"),
    Action.SPECIAL_REMOVE: _l("移出特殊名單"),
    Action.VIDEO_SERVE: _l("服務手語視訊的民眾"),
    Action.VIDEO_ACCOUNT: _l("審核、鎖定與停用手語視訊帳號"),
    Action.VIDEO_COUNTER: _l("登記臨櫃視訊點"),
    Action.NOTICE_MEND: _l("重送或擱置通知"),
    Action.FAQ_CHANGE: _l("撰寫常見問答"),
    Action.FAQ_REVIEW: _l("每月檢視常見問答"),
    Action.FAQ_ASK: _l("徵詢機關的答案"),
    Action.FAQ_REPLY: _l("回覆研考會的徵詢"),
    Action.NEWS_POST: _l("張貼訊息"),
    Action.NEWS_ALERT: _l("發布緊急通告"),
    Action.NEWS_SURGE: _l("預告來電量增加"),
    Action.NEWS_MEASURE: _l("登記新措施與教材"),
    Action.NEWS_TRAIN: _l("登記教育訓練"),
    Action.TICKET_OPEN: _l("開立問題單"),
    Action.TICKET_ANSWER: _l("答覆問題單"),
    Action.TICKET_CLOSE: _l("結案問題單"),
    Action.CONTACT_NOTE: _l("登記聯繫紀錄"),
    Action.FAULT_REPORT: _l("通報故障"),
    Action.FAULT_MEND: _l("處理故障"),
    Action.CASE_READ: _l("查詢案件"),
    Action.CASE_FILE: _l("受理案件"),
    Action.CASE_INBOX: _l("看待辦案件與各機關窗口"),
    Action.CASE_SIGN: _l("簽收快速案件"),
    Action.CASE_WORK: _l("辦理案件與回復民眾"),
    Action.CASE_ANALYSE: _l("分析逾期案件"),
    Action.CASE_ASSIGN: _l("改分或函轉陳情案件"),
    Action.CASE_DECIDE: _l("核定延長、改列與不予處理"),
    Action.CASE_CANCEL: _l("取消案件與撤回取消"),
    Action.CASE_AUDIT: _l("查核已結案件"),
    Action.FEEDBACK_NOTE: _l("記錄民眾的嘉許與抱怨"),
    Action.CASE_IMPORT: _l("匯入原系統的案件"),
    Action.REFERRAL_READ: _l("查閱謊報函送"),
    Action.REFERRAL_WORK: _l("謊報函送警察機關"),
    Action.REFERRAL_APPROVE: _l("核定謊報函送"),
    Action.RETRIEVAL_ASK: _l("申請調閱錄音與紀錄，聆聽核定給自己的"),
    Action.RETRIEVAL_READ: _l("查閱全部的調閱與聆聽紀錄"),
    Action.RETRIEVAL_APPROVE: _l("核定、退回或撤銷調閱"),
    Action.RETRIEVAL_WORK: _l("準備並提供調閱的錄音"),
    Action.RECORDING_HEAR: _l("依常設聆聽目的聽自己話務人員的通話"),
    Action.CATEGORY_CHANGE: _l("更改案件類別"),
    Action.CATEGORY_PREVENT: _l("填寫類別的預防措施"),
    Action.MENU_CHANGE: _l("更改語音選單"),
    Action.SETTING_CHANGE: _l("更改執行中的設定"),
    Action.TWILIO_CONFIGURE: _l("設定 Twilio 號碼"),
    Action.REPORT_READ: _l("閱讀報表"),
    Action.AUDIT_READ: _l("查閱稽核紀錄"),
    Action.PERSONAL_READ: _l("查看民眾的完整資料"),
    Action.PERSONAL_ANSWER: _l("答覆當事人查閱或刪除自己資料的請求"),
    Action.RETENTION_READ: _l("查閱保存期限與保全"),
    Action.HOLD_CHANGE: _l("保全紀錄與解除保全"),
    Action.VIDEO_TEST: _l("抽測臨櫃視訊點"),
    Action.VIDEO_MISUSE: _l("查閱與登記手語視訊的不當使用"),
    Action.SURVEY_READ: _l("看滿意度調查的結果與民眾的意見"),
}
ROLES: Final[Mapping[Role, Any]] = {
    Role.AGENT: _l("接聽 1999 來電，轉接、受理案件、登記並處理回電。"),
    Role.SUPERVISOR: _l("帶領話務現場：授權結束來電、提報特殊名單、開關通告。"),
    Role.INTERPRETER: _l("手語翻譯員：依序服務等候手語視訊的民眾，並記下事由與機關。"),
    Role.ADMINISTRATOR: _l("管理整個系統：目錄、人員、行事曆、報表與稽核。必須使用驗證器。"),
    Role.AUTHORISED: _l(
        "研考會授權人員：核定快速案件的延長與改列、陳情案件的展延與不予處理，查核已結案件，保全紀錄，謊報函送警察，核定與提供調閱。"
    ),
    Role.AUDITOR: _l(
        "稽核人員：查閱全市的來電紀錄、報表、特殊名單、謊報函送、調閱、保存期限與稽核紀錄，可以申請調閱；不能更改任何資料。"
    ),
    Role.APPROVER: _l("市長或授權層級：核定或不予核定特殊名單、謊報函送與調閱。"),
    Role.LIAISON: _l("機關的 1999 聯繫窗口：維護自己機關的目錄、常見問答和訊息，處理自己機關的回電與案件。"),
    Role.QUICK_LIAISON: _l("機關的快速案件專責窗口：簽收快速案件，登錄進度與辦理結果。"),
    Role.MANAGER: _l("機關的督導主管：看自己機關的案件與報表，處理回電。"),
    Role.CONTROL_OFFICER: _l("機關的研考人員：看自己機關的報表與案件，分析逾期案件。"),
    Role.OFFICER: _l("承辦人：辦理自己機關的案件與回電。"),
    Role.DUTY_OFFICER: _l("下班時間接聽緊急來電的值日人員。"),
    Role.SECRETARIAT: _l("秘書處：改分或函轉陳情案件，登記總機故障或恢復，處理市府大樓總機的故障單。"),
    Role.INFORMATION_CENTRE: _l("資訊中心：登記總機故障或恢復，處理網路電話的故障單。"),
}


def deed(action: str) -> str:
    """An action as people call it; what has no phrase, by its own word."""
    known = {str(one): words for one, words in DEEDS.items()}
    return str(known.get(action, action))


def role_sentence(role: Role) -> str:
    """Sentence that says what a role is for."""
    return str(ROLES[role])


def scope(role: Role) -> str:
    """Scope of a role, in words."""
    return _("全市") if role in CITY_WIDE else _("只限自己的機關")


def rights(role: Role) -> list[str]:
    """Rights of a role, in words."""
    allowed = ALLOWED.get(role, frozenset())
    return [str(words) for action, words in DEEDS.items() if action in allowed]
