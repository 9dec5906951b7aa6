"""The searchable content of a lead: the only source of every engine's index."""

from msgspec import Struct

from leadloop.core.leads.matching import Country, no_country
from leadloop.core.leads.model import Lead
from leadloop.core.search import fields
from leadloop.core.search.folding import address, whole, words
from leadloop.core.search.phones import indexed_phone

MOST_WORDS = 120
"""How many words of a name and of an e-mail are indexed: PostgreSQL stores 255 positions of a word, which both
share."""


class SearchDocument(Struct, frozen=True, kw_only=True):
    id: str
    name: tuple[str, ...]
    """Folded words in order."""
    email: tuple[str, ...]
    """Folded words of the local part, then those of the domain."""
    address: str | None
    """The whole e-mail as one word."""
    phone: str | None
    """Digits in reverse order, so that a prefix search finds the last digits."""
    exact: frozenset[tuple[str, str]]
    """Pairs of field and folded text."""
    measures: dict[str, int]
    has: frozenset[str]
    """The optional fields that have a value."""

    @property
    def words(self) -> frozenset[str]:
        """Everything that a word of a query can match."""
        return frozenset((*self.name, *self.email, *filter(None, [self.address])))


def search_document(lead: Lead, country: Country = no_country) -> SearchDocument:
    email = lead.email or ""
    texts = {field: exact(lead, field) for field in fields.EXACT}
    measures = {field: value for field, read in fields.MEASURES.items() if (value := read(lead)) is not None}
    contact = {"name": lead.name, "email": email, fields.PHONE: lead.phone}
    filled = [
        *(field for field, texts_of_field in texts.items() if texts_of_field),
        *(field for field, text in contact.items() if text),
    ]
    return SearchDocument(
        id=lead.id,
        name=first_words(lead.name),
        email=first_words(lead.email),
        address=address(email),
        phone=indexed_phone(lead, country),
        exact=frozenset((field, text) for field, texts_of_field in texts.items() for text in texts_of_field),
        measures=measures,
        has=frozenset([*filled, *measures]).intersection(fields.OPTIONAL),
    )


def first_words(text: str | None) -> tuple[str, ...]:
    return words(text or "")[:MOST_WORDS]


def exact(lead: Lead, field: str) -> set[str]:
    """The folded texts of a field that is compared as a whole."""
    return {fields.without_prefix(field, whole(text)) for text in fields.EXACT[field](lead) if text} - {""}
