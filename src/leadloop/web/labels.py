"""What the list of leads calls its columns and the fixed values in them, looked up once for each language."""

from collections.abc import Mapping
from functools import lru_cache

from leadloop.core.leads.model import Lead
from leadloop.core.leads.source import source_of
from leadloop.core.leads.status import stage_key
from leadloop.web import i18n
from leadloop.web.navigation import N_
from leadloop.web.words.names import SOURCES, STATUSES

STAGE_MARKS = {"NEW": "new", "ACTIVE": "active", "COMPLETE": "won", "LOST": "lost"}
"""The class of a stage's mark; that of an account's own stage is `own`."""
COLUMN_NAMES = {
    "phone": N_("Phone"),
    "stage": N_("Stage"),
    "source": N_("Source"),
    "owner": N_("Salesperson"),
    "next": N_("Next step"),
    "tags": N_("Tags"),
    "value": N_("Value"),
    "arrived": N_("Arrived"),
    "unit": N_("Unit"),
    "department": N_("Department"),
    "interest": N_("Interest"),
    "product": N_("Product"),
    "campaign": N_("Campaign"),
    "status": N_("Status"),
    "created": N_("Created on"),
    "updated": N_("Last change"),
}
_TABLES = {"sources": SOURCES, "statuses": STATUSES, "columns": COLUMN_NAMES}


@lru_cache(maxsize=32)
def _translated(table: str, language: str) -> Mapping[str, str]:
    gettext = i18n.translations(language).gettext
    return {value: gettext(text) for value, text in _TABLES[table].items()}


def stage_mark(stage: str) -> str:
    return STAGE_MARKS.get(stage_key(stage), "own")


def status_name(status: str, language: str) -> str:
    return _translated("statuses", language).get(status, status)


def source_name(lead: Lead, language: str) -> str:
    """The name of the account's own source, if the lead has one."""
    if lead.custom_source_name:
        return lead.custom_source_name
    source = source_of(lead)
    return _translated("sources", language).get(source, source)


def column_names(language: str) -> Mapping[str, str]:
    return _translated("columns", language)
