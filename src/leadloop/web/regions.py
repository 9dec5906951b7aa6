"""Countries, currencies and time zones to choose from, and guesses of them by the browser's languages."""

import functools
import zoneinfo
from collections.abc import Iterable

from babel import Locale
from babel.numbers import get_territory_currencies

from leadloop.core.currencies import CURRENCIES
from leadloop.web import i18n

_ZONES = {"BR": "America/Sao_Paulo", "PT": "Europe/Lisbon", "GB": "Europe/London", "AO": "Africa/Luanda"}
"""Where nearly all live in one zone; a script fills in the browser's own."""
_AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@functools.cache
def time_zones() -> tuple[str, ...]:
    """IANA names of places, and UTC."""
    names = sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in _AREAS)
    return ("UTC", *names)


@functools.cache
def countries(language: str) -> list[tuple[str, str]]:
    """Codes of two capitals and names, by name."""
    territories = Locale.parse(i18n.LANGUAGES[language]).territories
    pairs = ((code, name) for code, name in territories.items() if len(code) == 2 and code not in ("EU", "UN", "ZZ"))
    return sorted(pairs, key=lambda pair: pair[1])


@functools.cache
def currencies(language: str) -> list[tuple[str, str]]:
    """Codes, and codes with names."""
    names = Locale.parse(i18n.LANGUAGES[language]).currencies
    return [(code, f"{code} · {names[code]}" if code in names else code) for code in sorted(CURRENCIES)]


def country_of(tags: Iterable[str]) -> str:
    """The region in language tags such as `pt-BR`; empty if none has one."""
    known = dict(countries(i18n.DEFAULT))
    for tag in tags:
        region = tag.rpartition("-")[2].upper()
        if "-" in tag and region in known:
            return region
    return "BR" if i18n.negotiate(",".join(tags)) == "pt-BR" else ""


def currency_of(country: str) -> str:
    """The currency of a country; empty if it is not known."""
    codes = [code for code in get_territory_currencies(country) if code in CURRENCIES] if country else []
    return codes[0] if codes else ""


def time_zone_of(country: str) -> str:
    return _ZONES.get(country, "UTC")
