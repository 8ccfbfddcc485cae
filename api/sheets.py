"""Tables for spreadsheets: CSV and Excel, of which no cell is ever taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

Cell = str | int | float | bool | date | datetime | None
"""What a cell may be; a time is shown as it stands, in its own zone."""

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What makes Excel, LibreOffice or WPS read a cell as a formula, full-width forms included (OWASP,
# "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDTHS = range(8, 41)  # of columns, in characters


@dataclass(frozen=True)
class Sheet:
    """One table: at most 31 characters of name, a header, rows as long as the header."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def to_csv(sheet: Sheet) -> bytes:
    """UTF-8 with a byte order mark, without which Excel takes Chinese for something else."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(sheet.header)
    writer.writerows([_plain(cell) for cell in row] for row in sheet.rows)
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str | int | float | None:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell


def to_xlsx(*sheets: Sheet) -> bytes:
    """A workbook; every text is written as a text, whatever it looks like."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        formats: dict[type, Any] = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for column, name in enumerate(sheet.header):
                page.set_column(column, column, _width(name))
                page.write_string(0, column, name, bold)
            last = 0
            for last, row in enumerate(sheet.rows, 1):
                for column, cell in enumerate(row):
                    _write(page, last, column, cell, formats)
            page.autofilter(0, 0, last, len(sheet.header) - 1)
    return out.getvalue()


def _write(page: Any, row: int, column: int, cell: Cell, formats: dict[type, Any]) -> None:
    match cell:
        case None:
            return
        case bool():
            page.write_boolean(row, column, cell)
        case int() | float():
            page.write_number(row, column, cell)
        case datetime():
            page.write_datetime(row, column, cell.replace(tzinfo=None), formats[datetime])
        case date():
            page.write_datetime(row, column, cell, formats[date])
        case str():
            page.write_string(row, column, cell)


def _width(name: str) -> int:
    wide = sum(2 if ord(c) > 0x2E80 else 1 for c in name)  # Chinese takes two columns a character
    return min(max(wide + 4, _WIDTHS.start), _WIDTHS.stop)
