"""Replies of another system, taken from the folder that the settings name."""

from datetime import datetime

from hotline.exchange.intake import ReplyFiles
from hotline.settings.faults import BadSettings, SettingMissing, variable
from ops.wiring import House
from wording import CHINESE, sentence


def run(house: House, at: datetime) -> int:
    """Take the files that are there; how many. Raises BadSettings, OSError."""
    folder, login = house.settings.case_reply_folder, house.settings.case_reply_login
    if folder is None:
        return 0
    if not login:
        raise BadSettings((SettingMissing(variable("case_reply_login"), "case_reply_folder"),))
    return ReplyFiles(folder, house.case_replies, login, lambda error: sentence(error, CHINESE)).run(at)
