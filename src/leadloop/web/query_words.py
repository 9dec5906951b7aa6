"""The search language in a person's words: fields, values, and the terms of a query as chips show them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.cart import MICROS
from leadloop.core.leads.parts import Ref, User
from leadloop.core.reading.field_values import KINDS
from leadloop.core.search import fields
from leadloop.core.search.folding import whole
from leadloop.core.search.read import ME
from leadloop.core.search.scan import Piece, ScannedTerm
from leadloop.web import labels
from leadloop.web.navigation import N_
from leadloop.web.words.language import Words
from leadloop.web.words.names import SOURCES, TYPES, stage_name

FIELD_NAMES = {
    "stage": N_("stage"),
    "status": N_("status"),
    "source": N_("source"),
    "type": N_("type"),
    "tag": N_("tag"),
    "user": N_("salesperson"),
    "unit": N_("unit"),
    "department": N_("department"),
    "interest": N_("interest"),
    "product": N_("product"),
    "loss": N_("loss reason"),
    "campaign": N_("campaign"),
    "client": N_("client"),
    "offer": N_("offer"),
    "id": N_("lead ID"),
    "external": N_("external ID"),
    "value": N_("value"),
    "created": N_("created"),
    "date": N_("date"),
    "name": N_("name"),
    "email": N_("e-mail"),
    "phone": N_("phone"),
    "has": N_("has"),
}
"""The other fields show their stored name."""
_AGO = re.compile(r"-(\d{1,4})([dw])")
_YEAR, _MONTH, _DAY = re.compile(r"\d{4}"), re.compile(r"(\d{4})-(\d\d)"), re.compile(r"\d{4}-\d\d-\d\d")


class TermWords(NamedTuple):
    """What a chip says: `field` may be empty, the values are joined."""

    field: str
    value: str

    @property
    def text(self) -> str:
        return f"{self.field} {self.value}".lstrip()


class QueryWords:
    def __init__(self, words: Words, catalogue: Catalogue) -> None:
        """Reads the catalogue, so it is used before the next `await`."""
        self._words = words
        self._catalogue = catalogue

    def field_name(self, field: str) -> str:
        return self._words.gettext(FIELD_NAMES[field]) if field in FIELD_NAMES else field

    def label(self, field: str, value: str) -> str:
        """What a person calls a value of the search; the field itself if the first is empty (`completion.Labels`)."""
        if not field:
            return self.field_name(value)
        if field in fields.MEASURES:
            return self._range(value) if ".." in value else self._point(field, value)
        return self._exact(field, Piece(value, 0, len(value)))

    def term(self, term: ScannedTerm) -> TermWords:
        """The words for a term without a mistake."""
        _ = self._words.gettext
        field = "" if term.field is None else whole(term.field.text)
        if field == fields.HAS:
            name, values = _("without") if term.is_negated else _("with"), [self._field_of(v) for v in term.values]
            return TermWords(name, self._either(values))
        name = self.field_name(field)
        if term.is_negated:
            name = _("minus %(field)s", field=name) if name else _("minus")
        if field in fields.MEASURES:
            return TermWords(name, self._measure(field, term))
        values = [self._exact(field, value) for value in term.values]
        return TermWords(name, self._either(list(dict.fromkeys(values))))

    def _either(self, values: Sequence[str]) -> str:
        if len(values) < 2:
            return "".join(values)
        return self._words.gettext("%(first)s or %(last)s", first=", ".join(values[:-1]), last=values[-1])

    def _field_of(self, value: Piece) -> str:
        return self.field_name(whole(value.text))

    def _exact(self, field: str, piece: Piece) -> str:
        """A value of a field that is compared as a whole; a text between quotes keeps them where words are searched."""
        text, language, folded = piece.text, self._words.language, whole(piece.text)
        if field == "stage":
            return stage_name(text, language)
        if field == "status":
            return labels.status_name(folded, language)
        if field == fields.HAS:
            return self.field_name(folded)
        if field == "user" and folded == ME and not piece.is_quoted:
            return self._words.gettext("you")
        word = fields.without_prefix(field, folded).upper()
        table = _TABLES.get(field, {})
        if word in table:
            return self._words.gettext(table[word])
        if field in KINDS:
            entry = _entry(self._catalogue, KINDS[field], text)
            return (entry.name if entry else None) or text
        return f"“{text}”" if piece.is_quoted and field in ("", *fields.TEXTS) else text

    def _measure(self, field: str, term: ScannedTerm) -> str:
        _, text = self._words.gettext, term.values[0].text
        if ".." in text:
            return self._range(text, field)
        if term.operator == ">=" and _AGO.fullmatch(whole(text)):
            return self._range(f"{text}..", field)
        value = self._point(field, text)
        match term.operator:
            case ">":
                return _("over %(value)s", value=value) if field == "value" else _("after %(value)s", value=value)
            case ">=":
                return _("from %(value)s on", value=value)
            case "<":
                return _("under %(value)s", value=value) if field == "value" else _("before %(value)s", value=value)
            case "<=":
                return _("up to %(value)s", value=value)
        return value

    def _range(self, text: str, field: str = "") -> str:
        _ = self._words.gettext
        low, _dots, high = text.partition("..")
        if (ago := _AGO.fullmatch(low)) and whole(high) in ("", "today"):
            days = int(ago[1]) * (7 if ago[2] == "w" else 1) + 1
            return self._words.ngettext("last day", "last %(number)d days", days)
        first, last = (self._point(field, end) if end else "" for end in (low, high))
        if not first:
            return _("up to %(value)s", value=last)
        if not last:
            return _("from %(value)s on", value=first)
        return _("%(first)s to %(last)s", first=first, last=last)

    def _point(self, field: str, text: str) -> str:
        """A number as money, or a day in words; any other time in the words of the query."""
        folded, words = whole(text), self._words
        if field == "value":
            return words.formats.money(round(float(folded) * MICROS), words.currency)
        if (fixed := _DAY_WORDS.get(folded)) is not None:
            return words.gettext(fixed)
        if ago := _AGO.fullmatch(folded):
            days = int(ago[1]) * (7 if ago[2] == "w" else 1)
            return words.ngettext("one day ago", "%(number)d days ago", days)
        if _DAY.fullmatch(folded):
            return words.formats.calendar_date(date.fromisoformat(folded))
        if month := _MONTH.fullmatch(folded):
            return words.formats.month(date(int(month[1]), int(month[2]), 1))
        return folded if _YEAR.fullmatch(folded) else self._instant(folded)

    def _instant(self, text: str) -> str:
        try:
            at = datetime.fromisoformat(text.upper())
        except ValueError:
            return text
        zone = f" {at.tzname()}" if at.tzinfo else ""
        return f"{self._words.formats.calendar_date(at.date())}, {at:%H:%M}{zone}"


_DAY_WORDS = {"today": N_("today"), "yesterday": N_("yesterday")}
_TABLES: Mapping[str, Mapping[str, str]] = {"source": SOURCES, "type": TYPES}


def _entry(catalogue: Catalogue, kind: str, text: str) -> Entry | None:
    """The entry that a value of the query names, by any of its names, or by its id."""
    part: Any = User if kind == "users" else Ref
    references = [part(name=text), *([part(email=text), part(user_id=text)] if part is User else [])]
    entries = (catalogue.find(kind, reference) for reference in references)
    return next(filter(None, entries), None) or catalogue.by_id(kind, text)
