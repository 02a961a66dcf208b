"""Letters that ask agencies to improve: what they tell, whom they are for, and their document."""

import io
from datetime import date
from xml.etree import ElementTree
from zipfile import ZIP_STORED, ZipFile

from reporting.packs.letters import NO_GROUND, agencies_to_improve, letter
from reporting.packs.odt import KIND, as_odt
from reporting.packs.store import PackEdition

GROUNDS = {"weather": "天候"}


def frozen(head: str, *rows: str) -> dict[str, object]:
    return {"title": "", "left": 1, "head": head.split(","), "rows": [row.split(",") for row in rows]}


EDITION = PackEdition(
    month=date(2026, 10, 1),
    number=1,
    tables={
        "times": frozen(
            "agency,category,filed,on time,late",
            *(
                "pwd 工務局,3003 路面,5,3,1",
                "pwd 工務局,3002 路燈,2,2,0",
                "epb 環保局,1 髒,4,4,0",
                "all,,11,9,1",
            ),
        ),
        "overdue": frozen(
            "agency,category,case,due,state,late ground,answered at",
            "pwd 工務局,3003 路面,115102000001,2026-10-20 12:00,CLOSED,weather,2026-10-21 09:00",
            "pwd 工務局,3002 路燈<x>,115102000002,2026-10-22 12:00,IN_PROGRESS,,",
        ),
        "defects": frozen("agency,defects,defects of the year,cases", "pwd 工務局,1,4,115102000001"),
        "agencies": frozen(
            "agency,vacant,asked,replied in time,late,changes in time,changes late",
            *("pwd 工務局,manager,2,1,1,0,0", "epb 環保局,,0,0,0,0,0"),
        ),
    },
)


def test_P10_2_an_agency_with_nothing_to_improve_gets_no_letter() -> None:
    assert agencies_to_improve(EDITION) == {"pwd": "工務局"}


def test_P10_2_a_letter_tells_an_agency_its_own_figures() -> None:
    """Its categories together, its late cases with their grounds, defects, late replies, vacancies."""
    found = letter(EDITION, "pwd", GROUNDS)
    assert found.agency == "工務局" and "115年10月" in found.subject
    assert found.points[0] == "115年10月成案由貴機關辦理者計7件，期限內答覆5件、逾期1件，準時率83.3%。"
    assert [one[:16] for one in found.points[1:4]] == [
        "當月曾逾期之案件計2件，詳如附表",
        "退回重辦之案件當月1件，本年累計4"[:16],
        "逾期回覆之問答徵詢1件，請依規定"[:16],
    ]
    assert [row[3] for row in found.late] == ["天候", NO_GROUND]


def test_P10_2_a_document_is_whole_and_holds_no_mark_of_its_own_words() -> None:
    """Its type stands first and plain; what a name says is text; the same letter is the same file."""
    made = as_odt(letter(EDITION, "pwd", GROUNDS))
    assert made == as_odt(letter(EDITION, "pwd", GROUNDS))
    with ZipFile(io.BytesIO(made)) as file:
        first = file.infolist()[0]
        assert (first.filename, first.compress_type, file.read(first)) == (
            "mimetype",
            ZIP_STORED,
            KIND.encode(),
        )
        trees = {
            name: ElementTree.fromstring(file.read(name)) for name in file.namelist() if name.endswith("xml")
        }
    text = "".join(trees["content.xml"].itertext())
    assert "路燈<x>" in text and "一、115年10月成案" in text and "1151-0200-0002" in text
