"""What of a lead can be searched: the one source of every engine's index."""

from msgspec import Struct

from leadloop.core.leads.matching import Country, no_country
from leadloop.core.leads.model import Lead
from leadloop.core.search import fields
from leadloop.core.search.folding import address, whole, words
from leadloop.core.search.phones import indexed_phone

MOST_WORDS = 120
"""Of a name or an e-mail the first are searched: PostgreSQL keeps 255 places of one word, which both may have."""


class Searchable(Struct, frozen=True, kw_only=True):
    id: str
    name: tuple[str, ...]
    """Folded words in their order."""
    email: tuple[str, ...]
    """Folded words of the local part, then of the domain."""
    address: str | None
    """The whole e-mail as one word."""
    phone: str | None
    """Digits backwards, to be found by their beginning."""
    exact: frozenset[tuple[str, str]]
    """Field and folded text, as often as the field has one."""
    measures: dict[str, int]
    has: frozenset[str]
    """The optional fields with something in them."""

    @property
    def words(self) -> frozenset[str]:
        """All that a word of a query can meet."""
        return frozenset((*self.name, *self.email, *filter(None, [self.address])))


def searchable(lead: Lead, country: Country = no_country) -> Searchable:
    email = lead.email or ""
    texts = {field: exact(lead, field) for field in fields.EXACT}
    measures = {field: value for field, of in fields.MEASURES.items() if (value := of(lead)) is not None}
    contact = {"name": lead.name, "email": email, fields.PHONE: lead.phone}
    filled = [*(field for field, found in texts.items() if found), *(field for field, text in contact.items() if text)]
    return Searchable(
        id=lead.id,
        name=first_words(lead.name),
        email=first_words(lead.email),
        address=address(email),
        phone=indexed_phone(lead, country),
        exact=frozenset((field, text) for field, found in texts.items() for text in found),
        measures=measures,
        has=frozenset([*filled, *measures]).intersection(fields.OPTIONAL),
    )


def first_words(text: str | None) -> tuple[str, ...]:
    return words(text or "")[:MOST_WORDS]


def exact(lead: Lead, field: str) -> set[str]:
    """The folded texts of a field that is compared as a whole."""
    return {fields.bare(field, whole(text)) for text in fields.EXACT[field](lead) if text} - {""}
