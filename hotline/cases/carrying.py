"""Write the words of a move into the columns of its case."""

from datetime import datetime

from hotline.cases.rules import CaseKind, Move
from hotline.cases.store import Case
from hotline.cases.words import CaseWords, PetitionGround


def carry(row: Case, move: Move, words: CaseWords, by: str, at: datetime) -> None:
    """Write what a move says into the columns of a case."""
    match move:
        case Move.ROUTE | Move.ASSIGN | Move.CONVERT:
            row.reply_owner = row.reply_owner if words.agency == row.agency else ""
            if move is Move.ASSIGN:  # its first agency is no passing on
                row.hops, row.sign_reminders = row.hops + bool(row.agency), 0
            row.agency, row.section, row.officer, row.is_returned = words.agency, words.section, "", False
            if move is Move.CONVERT:
                row.kind, row.petition_ground, row.stage_asked = (
                    CaseKind.PETITION,
                    PetitionGround.CONVERTED,
                    0,
                )
        case Move.FILE:
            row.is_returned = not row.agency
        case Move.UNROUTED:
            row.agency = row.section = row.officer = row.reply_owner = ""
            row.is_returned, row.sign_reminders, row.stage_asked = True, 0, 0
        case Move.NOT_OURS:
            row.is_returned, row.sign_due_at, row.sign_reminders = True, None, 0
        case Move.NOTIFY:
            row.placed_call_id = words.placed_call
        case Move.ACCEPT | Move.START:
            row.officer = row.officer or by
        case Move.SIGN:
            row.signed_at, row.signed_by, row.officer = at, by, words.officer or by
        case Move.FORWARD:
            row.authority, row.letter = words.authority, words.letter
        case Move.NO_ACTION:
            row.ground, row.result, row.closed_at = words.ground, words.result, at
        case Move.OUTCOME:
            row.result, row.closed_at = words.result, at
        case Move.ASK_STAGE2:
            row.stage_asked = 2
        case Move.APPROVE_STAGE2:
            row.stage, row.stage_asked = 2, 0
        case Move.ASK_BEYOND:
            row.stage_asked, row.late_ground = 3, words.ground
            row.late_reason, row.late_analysis = words.reason, words.analysis
        case Move.GRANT_BEYOND:
            row.stage, row.stage_asked = 3, 0
        case Move.REFUSE_STAGE2 | Move.REFUSE_BEYOND:
            row.stage_asked = 0
        case Move.COMPLETE | Move.UNFOUNDED:
            row.result, row.done_at, row.doer = words.result, words.done_at, words.doer or by
            row.is_unfounded, row.no_photo, row.stage_asked = move is Move.UNFOUNDED, words.no_photo, 0
            row.prevention = words.prevention or row.prevention
            row.late_ground, row.late_reason = (
                words.late_ground or row.late_ground,
                words.late_reason or row.late_reason,
            )
        case Move.REPLY:
            row.result, row.replied_at, row.reply_channel = words.result, words.replied_at, words.channel
            row.reply_officer, row.reply_phone = words.officer, words.officer_phone
        case Move.RECORD_RESULT:
            row.result = words.result
        case Move.ANSWERED:
            row.replied_at, row.reply_channel = row.replied_at or at, words.channel or row.reply_channel
            row.closed_at = at
        case Move.CLOSE:
            row.closed_at = at
        case Move.ACCEPT_REVIEW:
            row.closed_at = row.closed_at or at
        case Move.REOPEN:
            row.is_defect, row.closed_at, row.done_at, row.is_unfounded = True, None, None, None
        case Move.CANCEL:
            row.cancelled_at, row.cancelled_from, row.ground = at, row.state, words.ground
        case Move.TAKE_BACK:
            row.cancelled_at, row.cancelled_from, row.ground = None, "", ""
        case _:
            pass
