"""The rows of the list of leads as HTML. A page has some five hundred cells: a template takes three times as long.

Every text that comes from a lead goes through `escape`.
"""

from collections.abc import Callable, Iterable, Sequence
from html import escape

from markupsafe import Markup

from leadloop.web.formats import Formats
from leadloop.web.lead_rows import ListRow
from leadloop.web.render import avatar, sprite_icon

Gettext = Callable[..., str]


class RowHtml:
    """Writes the rows of one page.

    `address` is that of the list, `origin` its state, as `from` in the links; `icons` is the address of the sprite.
    """

    def __init__(
        self,
        formats: Formats,
        translate: Gettext,
        icons: str,
        columns: Sequence[str],
        address: str,
        origin: str,
    ) -> None:
        _ = self._translate = translate
        self._formats = formats
        self._link = f'<a href="{escape(address)}/'
        self._link_end = f'?from={escape(origin)}"'
        self._unnamed = escape(_("without a name"))
        self._late = escape(_("Late:"))
        call, write = _("Call"), _("Write by WhatsApp")  # Babel finds no text within another
        self._call = f'aria-label="{escape(call)}">{sprite_icon(icons, "phone")}</a>'
        self._write = f'rel="noreferrer" aria-label="{escape(write)}">{sprite_icon(icons, "message-circle")}</a>'
        self._columns = [(f'<td role="cell" class="c-{column}">', column, _CELLS[column]) for column in columns]

    def rows(self, rows: Iterable[ListRow]) -> Markup:
        return Markup("".join(map(self._row, rows)))

    def row(self, row: ListRow, css: str) -> Markup:
        return Markup(self._row(row, css))

    def _row(self, row: ListRow, css: str = "") -> str:
        lead_id, marked = row.lead.id, f' class="{css}"' if css else ""
        subtitle = f'<small translate="no">{escape(row.subtitle)}</small>' if row.subtitle else ""
        title = f' translate="no">{escape(row.title)}' if row.title else f">{self._unnamed}"
        cells = "".join([f"{begin}{cell(self, row, column)}</td>" for begin, column, cell in self._columns])
        return (
            f'<tr role="row" id="l-{lead_id}"{marked}><td role="cell" class="name">'
            f"{self._link}{lead_id}{self._link_end}{title}</a>{subtitle}</td>{cells}"
            f'<td role="cell" class="acts">{self._acts(row)}</td></tr>\n'
        )

    def _acts(self, row: ListRow) -> str:
        phone = row.phone
        if phone is None or phone.e164 is None:
            return ""
        write = f'<a class="btn icon" href="https://wa.me/{phone.digits}" {self._write}'
        return f'<a class="btn icon" href="tel:{phone.e164}" {self._call}{write}'

    def phone(self, row: ListRow, column: str) -> str:
        phone = row.phone
        if phone is None:
            return ""
        if phone.e164 is None:
            return f'<span translate="no">{escape(phone.shown)}</span>'
        return f'<a href="tel:{phone.e164}" title="{phone.e164}">{escape(phone.shown)}</a>'

    def stage(self, row: ListRow, column: str) -> str:
        own = ' translate="no"' if row.mark == "own" else ""
        return f'<span class="stage {row.mark}"{own}>{escape(row.stage)}</span>{self._waiting(row)}'

    def _waiting(self, row: ListRow) -> str:
        waiting = row.waiting
        if waiting is None:
            return ""
        _, time = self._translate, self._formats.waited(waiting.length_ms, in_hours=waiting.in_office_hours)
        css, text = ' class="late"', _("Late: waiting %(time)s", time=time)
        if not waiting.is_late:
            css, text = "", _("waiting %(time)s", time=time)
        return f'<small title="{escape(self._formats.exact(waiting.since_ms))}"{css}>{escape(text)}</small>'

    def next_step(self, row: ListRow, column: str) -> str:
        step = row.cells[column]
        if step is None:
            return ""
        time = self._when(step.due_at_ms)
        due = f'<span class="late"><span class="vh">{self._late} </span>{time}</span>' if step.is_late else time
        return f'{due}<small translate="no">{escape(step.name)}</small>'

    def time(self, row: ListRow, column: str) -> str:
        return self._when(row.cells[column])

    def _when(self, at_ms: int) -> str:
        moment = self._formats.moment(at_ms)
        return f'<time datetime="{moment.iso}" title="{escape(moment.exact)}">{escape(moment.text)}</time>'

    def money(self, row: ListRow, column: str) -> str:
        value = row.cells[column]
        return "" if value is None else escape(self._formats.money(*value))

    def owner(self, row: ListRow, column: str) -> str:
        name = row.cells[column]
        if not name:
            return ""
        return f'<span class="who" translate="no">{avatar(name)}{escape(name)}</span>'

    def tags(self, row: ListRow, column: str) -> str:
        """The first, and how many more there are."""
        tags = row.cells[column]
        if not tags:
            return ""
        (name, colour), *others = tags
        dot = ""
        if colour:
            circle = f'<circle cx="4" cy="4" r="4" fill="{escape(colour)}"/>'
            dot = f'<svg viewBox="0 0 8 8" aria-hidden="true">{circle}</svg>'
        more = ""
        if others:
            names = escape(", ".join(other for other, _ in others))
            more = f'<span class="tag" title="{names}">+{len(others)}</span>'
        return f'<span class="tags" translate="no"><span class="tag">{dot}{escape(name)}</span>{more}</span>'

    def text(self, row: ListRow, column: str) -> str:
        text = row.cells[column]
        return f'<span translate="no">{escape(text)}</span>' if text else ""


_CELLS: dict[str, Callable[[RowHtml, ListRow, str], str]] = {
    "phone": RowHtml.phone,
    "stage": RowHtml.stage,
    "next": RowHtml.next_step,
    "value": RowHtml.money,
    "owner": RowHtml.owner,
    "tags": RowHtml.tags,
    **dict.fromkeys(("arrived", "created", "updated"), RowHtml.time),
    **dict.fromkeys(("source", "unit", "department", "interest", "product", "campaign", "status"), RowHtml.text),
}
