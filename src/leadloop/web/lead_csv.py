"""Leads as CSV for spreadsheets: the columns of the list, with headings, one line a lead."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from leadloop.core.days import local, zone_of
from leadloop.core.leads.model import Lead
from leadloop.web import labels
from leadloop.web.lead_rows import ListRow, RowMaker

BOM = "\ufeff"
"""By it spreadsheets know that the file is UTF-8."""
MICROS = 1_000_000
_SEPARATORS = {"en": (",", "."), "pt-BR": (";", ",")}
"""Between cells, and before decimals, as Excel reads them in that language."""
_FORMULA = re.compile(r"^(?=[=+\-@＝＋－＠\t\r\n])|(?<=[,;\t\r\n])(?=[=@＝＠]|[+\-＋－]\S)")
"""Before what a spreadsheet runs as a formula at the beginning of a cell. With other settings it separates cells
elsewhere, so that a cell may also begin after a separator in a text."""


class LeadCsv:
    """Writes the leads of one file. Times are those of `time_zone`."""

    def __init__(
        self, maker: RowMaker, columns: Sequence[str], language: str, time_zone: str, translate: Callable[[str], str]
    ) -> None:
        self._maker = maker
        self._columns = columns
        self._zone = zone_of(time_zone)
        self._delimiter, self._point = _SEPARATORS[language]
        self._names = labels.column_names(language)
        self._translate = translate

    def headings(self) -> str:
        """With the mark at the beginning of the file."""
        _ = self._translate
        cells = [_("Name"), _("E-mail")]
        for column in self._columns:
            cells.append(self._names[column])
            if column == "next":
                cells.append(_("Due"))
            elif column == "value":
                cells.append(_("Currency"))
        return BOM + self._lines([cells])

    def lines(self, leads: Iterable[Lead]) -> str:
        return self._lines(self._cells(self._maker.row(lead)) for lead in leads)

    def _lines(self, rows: Iterable[Sequence[str]]) -> str:
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter).writerows(rows)
        return text.getvalue()

    def _cells(self, row: ListRow) -> Sequence[str]:
        cells = [plain(row.lead.name or ""), plain(row.lead.email or "")]
        for column in self._columns:
            cells += self._cell(column, row)
        return cells

    def _cell(self, column: str, row: ListRow) -> Sequence[str]:
        if column == "phone":
            return [plain(row.phone.shown if row.phone else "")]
        if column == "stage":
            return [plain(row.stage)]
        value: Any = row.cells[column]
        if column in ("arrived", "created", "updated"):
            return [self._time(value)]
        if column == "next":
            return ["", ""] if value is None else [plain(value.name), self._time(value.due_at_ms)]
        if column == "value":
            return ["", ""] if value is None else [self._amount(value[0]), plain(value[1] or "")]
        if column == "tags":
            return [plain(", ".join(name for name, _ in value))]
        return [plain(value)]

    def _time(self, at_ms: int) -> str:
        return f"{local(at_ms, self._zone):%Y-%m-%d %H:%M:%S}"

    def _amount(self, micros: int) -> str:
        whole, rest = divmod(abs(micros), MICROS)
        decimals = f"{rest:06}".rstrip("0").ljust(2, "0")
        return f"{'-' if micros < 0 else ''}{whole}{self._point}{decimals}"


def plain(text: str) -> str:
    """A text that a spreadsheet does not run as a formula: an apostrophe goes in front of what begins like one."""
    return _FORMULA.sub("'", text)
