"""The catalogues of the dashboard: finds the texts in templates and pages, and updates or checks the translations.

`python -m tools.messages` (`make messages`) adds new texts, untranslated, and removes those that are gone. With
`--check` it changes nothing and lists what is missing. English needs no catalogue: the texts in the source are English.
"""

import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).resolve().parent.parent / "src" / "leadloop" / "web"
LOCALES = {"pt_BR": "nplurals=2; plural=(n > 1)"}
"""With the rule of their plurals."""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")
JINJA = "jinja2.ext:babel_extract"
JINJA_OPTIONS = {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}

Text = str | tuple[str, ...]
"""A text, or its singular and plural. The context of `pgettext` stands before the text, with `CONTEXT_END` between."""
CONTEXT_END = "\4"


def texts_of(web: Path) -> set[Text]:
    """Every text that templates and pages show through `_()`, `ngettext()`, `pgettext()` or `N_()`."""
    texts: set[Text] = set()
    for file in sorted(web.rglob("*.html")):
        texts |= {_text(found[1], found[3]) for found in extract_from_file(JINJA, file, options=JINJA_OPTIONS)}
    for file in sorted(web.rglob("*.py")):
        texts |= {_text(found[1], found[3]) for found in extract_from_file("python", file)}
    return texts


def _text(found: str | Iterable[str], context: str | None) -> Text:
    if not isinstance(found, str):
        return tuple(found)
    return found if context is None else f"{context}{CONTEXT_END}{found}"


def _id_and_context(text: Text) -> tuple[Text, str | None]:
    if not isinstance(text, str) or CONTEXT_END not in text:
        return text, None
    context, _, id = text.partition(CONTEXT_END)
    return id, context


def catalogue_file(web: Path, locale: str) -> Path:
    return web / "locales" / locale / "LC_MESSAGES" / "leadloop.po"


def read_catalogue(file: Path, locale: str) -> Catalog:
    """An empty one if there is no file."""
    text = file.read_bytes() if file.exists() else _header(locale).encode()
    return read_po(io.BytesIO(text), locale)


def update(catalogue: Catalog, texts: set[Text], locale: str) -> str:
    """The catalogue in the form of a file, with exactly these texts; it keeps their translations."""
    updated = read_po(io.BytesIO(_header(locale).encode()), locale)
    for text in texts:
        id, context = _id_and_context(text)
        old = catalogue.get(id, context)
        updated.add(id, old.string if old else "", flags=old.flags if old else (), context=context)
    body = io.BytesIO()
    write_po(body, updated, width=0, sort_output=True, no_location=True, omit_header=True)
    return (_header(locale) + body.getvalue().decode()).rstrip() + "\n"


def _header(locale: str) -> str:
    """Without times, which would differ each time."""
    return (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {locale}\\n"\n"Plural-Forms: {LOCALES[locale]};\\n"\n\n'
    )


def problems(catalogue: Catalog, texts: set[Text]) -> Iterator[str]:
    """What a reader of this catalogue's language would miss."""
    messages = {_text(message.id, message.context): message for message in catalogue if message.id}
    for text in sorted(texts - messages.keys(), key=str):
        yield f"{text!r} is not in the catalogue: run `make messages`, then translate it"
    for text in sorted(messages.keys() - texts, key=str):
        yield f"{text!r} is shown nowhere: run `make messages`"
    for text, message in sorted(messages.items(), key=str):
        yield from (f"{text!r} {problem}" for problem in _message_problems(message))


def _message_problems(message: Message) -> Iterator[str]:
    strings = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    if not all(strings):
        yield "is not translated"
        return
    if message.fuzzy:
        yield "is marked fuzzy: correct the translation and remove the mark"
    for id, string in zip((*ids, *ids[-1:] * len(strings)), strings, strict=False):
        expected = sorted(PLACEHOLDER.findall(id))
        if sorted(PLACEHOLDER.findall(string)) != expected:
            yield f"has a translation with other placeholders than {', '.join(expected) or 'none'}"
    if any("<" in part for part in (*ids, *strings)):
        yield "has HTML: keep it in the template"


def main(arguments: list[str]) -> int:
    texts = texts_of(WEB)
    found = False
    for locale in LOCALES:
        file = catalogue_file(WEB, locale)
        catalogue = read_catalogue(file, locale)
        if arguments != ["--check"]:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(update(catalogue, texts, locale), "utf-8")
            catalogue = read_catalogue(file, locale)
        for problem in problems(catalogue, texts):
            found = True
            print(f"{locale}: {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
