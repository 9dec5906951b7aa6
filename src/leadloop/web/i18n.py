"""Languages of the dashboard: which one a visitor gets, and the texts in it.

The source texts are English; `locales/<locale>/LC_MESSAGES/leadloop.po` has the translations. They are compiled in
memory when they are first needed, so that no compiled file can be stale.
"""

import functools
import gettext
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from leadloop.messages import SENTENCES

LANGUAGES = {"en": "en", "pt-BR": "pt_BR"}
"""Language tags, and the locales whose patterns and catalogues they use. The first is the default."""
NAMES = {"en": "English", "pt-BR": "Português"}
LOCALES = Path(__file__).parent / "locales"
DEFAULT = "en"


@functools.cache
def translations(language: str) -> gettext.NullTranslations:
    place = LOCALES / LANGUAGES[language] / "LC_MESSAGES" / "leadloop.po"
    if not place.exists():
        return gettext.NullTranslations()
    with place.open("rb") as file:
        catalogue = read_po(file, LANGUAGES[language])
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(language: str, text: str, values: Mapping[str, object]) -> str:
    """A text of the catalogue, with the values in it."""
    translated = translations(language).gettext(text)
    return translated % values if values else translated


def sentences(language: str) -> dict[str, str]:
    """The sentences of problems in a language, by code (`leadloop.messages`)."""
    return SENTENCES[language]


def supported(tag: str | None) -> str | None:
    """The language of the dashboard for a tag such as `pt`, `pt-BR` or `en-US`; `None` if it has none."""
    if not tag:
        return None
    main = tag.strip().lower().partition("-")[0]
    return next((language for language in LANGUAGES if language.lower().partition("-")[0] == main), None)


def negotiate(accept_language: str | None) -> str | None:
    """The language that a browser prefers among ours (RFC 9110, 12.5.4); `None` if it names none of them."""
    for tag in accepted(accept_language):
        if (language := supported(tag)) is not None:
            return language
    return None


def accepted(accept_language: str | None) -> Iterable[str]:
    """The tags of an `Accept-Language` header, most wanted first."""
    weighted = []
    for ordinal, part in enumerate((accept_language or "").split(",")[:20]):
        tag, _, parameters = part.strip().partition(";")
        try:
            quality = float(parameters.strip().removeprefix("q=") or 1) if parameters else 1.0
        except ValueError:
            continue
        if tag and quality > 0:
            weighted.append((-quality, ordinal, tag.strip()))
    return [tag for _, _, tag in sorted(weighted)]
