"""Tables for spreadsheets: the rows one may see, and no cell that a spreadsheet would run."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from api import exports
from api.sheets import Cell, Sheet, to_csv, to_xlsx
from tests.api.conftest import Api, assert_problem
from tests.api.network import photo
from tests.api.test_reviews import review

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x"]
DANGEROUS = '=HYPERLINK("http://example.org","click")'


def read_csv(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_xlsx(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {page.title: list(page.iter_rows(values_only=True)) for page in book}


def get(api: Api, path: str, who: str = "admin", **params: Any) -> bytes:
    answer = api.call(who, "GET", f"/v1/exports/{path}", params=params)
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    data: bytes = answer.content
    return data


@pytest.mark.parametrize("text", [*FORMULAS, DANGEROUS])
def test_no_text_becomes_a_formula(text: str) -> None:
    sheet = Sheet("one", ["heading"], [[text], ["SZ-1+1"], [-1], [-0.5]])
    assert read_csv(to_csv(sheet))[1:] == [[f"'{text}"], ["SZ-1+1"], ["-1"], ["-0.5"]]
    page = openpyxl.load_workbook(io.BytesIO(to_xlsx(sheet)))["one"]
    assert page["A2"].data_type == "s"
    assert unescape(str(page["A2"].value)) == text
    assert page["A4"].value == -1


def test_cells_keep_their_types() -> None:
    at = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    row: list[Cell] = ["合格", 3, 0.25, True, at, at.date(), None]
    sheet = Sheet("类型", [str(n) for n in range(len(row))], [row])
    assert read_csv(to_csv(sheet))[1] == [
        "合格", "3", "0.25", "true", "2026-05-04 09:30:00", "2026-05-04", "",
    ]  # fmt: skip
    (_, read) = read_xlsx(to_xlsx(sheet))["类型"]
    assert read[:4] == ("合格", 3, 0.25, True)
    assert read[4] == at.replace(tzinfo=None)
    assert read[5].date() == date(2026, 5, 4)
    assert read[6] is None


def test_checks_as_a_table(api: Api) -> None:
    good = api.check(data=photo(1))
    bad = api.check(data=photo(2, helmet=False))
    review(api, bad, changes={"helmet.worn": "UNSURE"})
    header, *rows = read_csv(get(api, "checks"))
    read = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["check"] for row in read] == [bad["id"], good["id"]]
    assert read[0]["verdict"] == "FAIL"
    assert read[0]["final_verdict"] == read[0]["helmet.worn"] == "UNSURE"
    assert (read[0]["review"], read[0]["team"]) == ("done", "Team A")
    assert read[0]["technician"] == "SZ100-a"
    assert read[0]["shoes.covers"] == ""  # not asked
    sent = datetime.fromisoformat(good["created_at"]).astimezone(api.services.settings.zone)
    assert read[1]["sent_at"] == sent.strftime("%Y-%m-%d %H:%M:%S")
    assert read[1]["day"] == str(sent.date())
    (page,) = read_xlsx(get(api, "checks", form="xlsx", lang="zh-CN")).values()
    words = dict(zip(page[0], page[1], strict=True))
    assert words["安全帽"] == words["最终结论"] == "无法判断"
    assert words["照片类型"] == "自拍"
    assert words["上传时间"].date() == sent.date()


def test_filters_and_visibility_hold(api: Api) -> None:
    mine = api.check(data=photo(1, helmet=False))
    api.check(data=photo(2))
    api.check(who="technician_b", order="ORDER-B", data=photo(3, helmet=False))
    api.check(who="technician_b", order="ORDER-B", data=photo(3, helmet=False))

    def ids(who: str, **params: Any) -> list[str]:
        header, *rows = read_csv(get(api, "checks", who, **params))
        return [row[header.index("check")] for row in rows]

    assert len(ids("admin")) == len(ids("auditor")) == 4
    assert len(ids("supervisor_a")) == len(ids("technician_a")) == 2
    assert ids("supervisor_a", verdict="FAIL") == [mine["id"]]
    assert ids("supervisor_a", team=api.world.ids["team_b"]) == []
    assert len(ids("admin", technician="SZ100-b", flag="same_photo")) == 1
    header, *rows = read_csv(get(api, "checks", "technician_b"))
    assert {row[header.index("flags")] for row in rows} == {""}
    asked = api.call("technician_b", "GET", "/v1/exports/checks", params={"flag": "same_photo"})
    assert_problem(asked, 403, "auth.role")
    listed = api.call("technician_b", "GET", "/v1/checks", params={"flag": "same_photo"})
    assert_problem(listed, 403, "auth.role")
    entries = api.get("auditor", "/v1/audit", action="checks.exported")
    assert {"form": "csv", "filters": {"verdict": "FAIL"}} in [e["facts"] for e in entries]
    assert "SZ100" not in str(entries)


def test_too_many_checks_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        api.check(data=photo(n))
    monkeypatch.setattr(exports, "BATCH", 2)
    assert len(read_csv(get(api, "checks"))) == 4
    monkeypatch.setattr(exports, "MAX_ROWS", 2)
    assert_problem(api.call("admin", "GET", "/v1/exports/checks"), 422, "export.too_large")


def test_statistics_as_tables(api: Api) -> None:
    bad = api.check(data=photo(1, helmet=False))
    review(api, bad, changes={"helmet.worn": "PASS"})
    api.check(who="technician_b", order="ORDER-B", data=photo(2))
    pages = read_xlsx(get(api, "statistics", lang="en"))
    assert list(pages) == [
        "By rule",
        "By team",
        "By technician",
        "By day",
        "By kind of photo",
        "Overruled",
    ]
    assert [row[1:3] for row in pages["By team"][1:]] == [("Team A", 1), ("Team B", 1)]
    overruled = dict(zip(*pages["Overruled"][:2], strict=True))
    assert (overruled["Rule"], overruled["Share changed"]) == ("Safety helmet", 1)
    assert overruled["Fail that became pass"] == 1
    header, *rows = read_csv(
        get(api, "statistics", "supervisor_b", form="csv", table="team", lang="zh-CN")
    )
    assert header == ["班组", "名称", "检查数", "合格", "不合格", "无法判断", "合格率"]
    assert [row[1:] for row in rows] == [["Team B", "1", "1", "0", "0", "1.0"]]
    unnamed = api.call("admin", "GET", "/v1/exports/statistics", params={"form": "csv"})
    assert_problem(unnamed, 422, "request.invalid")
