"""Contact sheet as a file: rewritten hourly, for when no page can be opened (P5.4.3)."""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Final

from hotline import disk
from hotline.clock import TAIPEI
from hotline.db import looking
from hotline.directory.contact_sheet import ContactSheet, SheetAgency, contact_sheet
from hotline.staff.service import everybody
from ops.wiring import House
from wording import CHINESE, name

FILE: Final = "contacts.html"
"""Its group may read it, others may not: it holds telephones of people."""
HEAD: Final = """<!doctype html>
<html lang="zh-Hant-TW"><head><meta charset="utf-8"><title>1999 緊急聯絡表</title>
<style>
body{font:11pt/1.4 sans-serif;margin:1.5cm}h1{font-size:16pt}table{border-collapse:collapse;width:100%}
td,th{border:1px solid;padding:2pt 4pt;text-align:left;vertical-align:top}thead{display:table-header-group}
tr{break-inside:avoid}
</style></head><body>
"""


def write(house: House, at: datetime) -> Path:
    """Write the sheet as of now, whole or not at all; others read the last one until then."""
    with looking(house.factory) as session:
        staff = everybody(session, at)
    sheet = contact_sheet(house.atlas.at(at), staff)
    return keep(house.settings.home / "contacts", document(sheet))


def keep(folder: Path, text: str) -> Path:
    """Keep a sheet in a folder that only its group enters."""
    return disk.keep(folder / FILE, text)


def document(sheet: ContactSheet) -> str:
    """The sheet as a page that prints by itself, without anything from elsewhere."""
    return "".join((HEAD, *_body(sheet), "</body></html>\n"))


def _body(sheet: ContactSheet) -> Iterator[str]:
    yield f"<h1>1999 緊急聯絡表</h1><p>系統停擺時，請以電話通知快速案件窗口立即派員，並記下通話時間，恢復後補登。製表時間：{sheet.at.astimezone(TAIPEI):%Y-%m-%d %H:%M}</p>"
    yield "<h2>市府值日人員</h2><ol>"
    for officer in sheet.duty:
        yield f'<li value="{officer.order}">{escape(officer.name)} {escape(officer.number)}</li>'
    yield "</ol><table><thead><tr><th>機關</th><th>機關電話</th><th>職務</th><th>姓名</th><th>電話</th></tr></thead><tbody>"
    for agency in sheet.agencies:
        yield from _rows(agency)
    yield "</tbody></table>"


def _rows(agency: SheetAgency) -> Iterator[str]:
    lines = [
        (
            name(one.role, CHINESE) + (f"（代理人{one.place - 1}）" if one.place > 1 else ""),
            one.name,
            one.phones,
        )
        for one in agency.contacts
    ] or [("未設窗口", "", ())]
    span = f' rowspan="{len(lines)}"' if len(lines) > 1 else ""
    head = f"<td{span}>{escape(agency.name)}</td><td{span}>{escape('、'.join(agency.phones))}</td>"
    for office, who, phones in lines:
        yield f"<tr>{head}<td>{escape(office)}</td><td>{escape(who)}</td><td>{escape('、'.join(phones))}</td></tr>"
        head = ""
