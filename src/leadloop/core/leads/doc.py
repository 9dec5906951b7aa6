"""The stored form of a lead: canonical JSON, the same on both engines: sorted keys, numbers in one spelling."""

import msgspec
from msgspec import structs

from leadloop.core.errors import InvalidFields, NewerFormat, Problem
from leadloop.core.leads.model import DOC_LIMIT_BYTES, FORMAT, Lead

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder(Lead).decode


def encode(lead: Lead) -> bytes:
    """Raises `InvalidFields` when the lead has outgrown 256 KiB, `NewerFormat` when it is not ours to write."""
    if lead.format > FORMAT:
        raise NewerFormat(f"lead {lead.id} has format {lead.format}, this version writes {FORMAT}: update leadloop")
    doc = _ENCODE(lead)
    if len(doc) > DOC_LIMIT_BYTES:
        raise InvalidFields([Problem("lead_too_large")])
    return doc


def decode(doc: bytes | str) -> Lead:
    """The lead in today's format, so that whatever is made of it is written in that. A newer one keeps its number."""
    lead = _DECODE(doc)
    return lead if lead.format >= FORMAT else structs.replace(lead, format=FORMAT)
