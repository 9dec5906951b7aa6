"""The stored form of a lead: canonical JSON with sorted keys and one spelling of each number, the same on both
engines."""

import msgspec
from msgspec import structs

from leadloop.core.errors import InvalidFields, NewerFormat, Problem
from leadloop.core.leads.model import DOC_LIMIT_BYTES, FORMAT, Lead

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder(Lead).decode


def encode(lead: Lead) -> bytes:
    """Raises `InvalidFields` when the lead is larger than 256 KiB, `NewerFormat` when a newer version wrote it."""
    if lead.format > FORMAT:
        raise NewerFormat(f"lead {lead.id} has format {lead.format}, this version writes {FORMAT}: update leadloop")
    doc = _ENCODE(lead)
    if len(doc) > DOC_LIMIT_BYTES:
        raise InvalidFields([Problem("lead_too_large")])
    return doc


def decode(doc: bytes | str) -> Lead:
    """The lead in the current format, so that its next version is written in it. A newer format keeps its number."""
    lead = _DECODE(doc)
    return lead if lead.format >= FORMAT else structs.replace(lead, format=FORMAT)
