"""Words for tests, and what no sentence about a lead may contain."""

import re
from collections.abc import Iterator
from typing import Any

from leadloop.core.changes import Change, FieldChange
from leadloop.core.ids import ID
from leadloop.demo.year import MARKETS, year
from leadloop.web.formats import Formats
from leadloop.web.static import DIRECTORY
from leadloop.web.words import ChangeText, Words, describe
from leadloop.web.words.labels import CONSENT, FLAGS, LEAD
from leadloop.web.words.part_labels import PARTS

NOW_MS = 1_780_000_000_000
LANGUAGES = ("en", "pt-BR")
LONGEST = 700
_MEMBERS = {name for members in PARTS.values() for name in members}
_STORED_NAMES = {name for name in (*LEAD, *_MEMBERS, *CONSENT, *FLAGS) if "_" in name or name != name.lower()}
_POINTER = re.compile(rf"/(?:{'|'.join(LEAD)})\b")
ICONS = set(re.findall('id="([^"]+)"', (DIRECTORY / "icons.svg").read_text()))
_QUOTED = re.compile("“[^”]*”")
_WORD = re.compile(r"\w+")
_DUMP = re.compile(r"[{}\[\]]|%\(")
_DUMPED = {"None", "True", "False", "null"}
_ENGLISH = frozenset(
    _WORD.findall(
        "the of and from with by is was it one more field fields changed added removed filled moved assigned created "
        "won lost marked wrote note notes task tasks step answer answers sale message received sent recorded because "
        "stage owner phone name address unit tag tags New Active Won Lost Yes No none empty automatically"
    )
)
T, DAY_MS = 1_780_000_000_000, 86_400_000
ANA = {"id": "a" * 24, "user_id": "b" * 24, "name": "Amanda Torres"}
BRENO = {"id": "c" * 24, "user_id": "d" * 24, "name": "Breno Castilho"}
ROUND_ROBIN = "autoAttribution: round robin of unit São Paulo, 2 of 6 today"


def task(**members: Any) -> dict[str, Any]:
    return {"id": "e" * 24, "name": "Visita técnica", "kind": "visit", "due_at_ms": T, "is_complete": False, **members}


def tags(*names: str) -> list[dict[str, str]] | None:
    return [{"id": name, "name": name} for name in names] or None


def words_of(language: str, market: str = "br") -> Words:
    options = MARKETS[market].options
    return Words(Formats(language, options["time_zone"], NOW_MS), options["currency"], options["country"])


def demo_changes(market: str, count: int) -> Iterator[Change]:
    for history in year(1, count, "a" * 24, NOW_MS, MARKETS[market]):
        for saved in history:
            yield saved.change


def text_of(change: Change, words: Words) -> ChangeText:
    return describe(change.fields, words, is_first=change.version == 1)


def mistakes(sentence: str, language: str) -> list[str]:
    """What is wrong with the sentence, apart from the texts of the lead that it quotes."""
    own = _QUOTED.sub("“”", sentence)
    words = set(_WORD.findall(own))
    problems = {
        "is empty": not sentence.strip(),
        "is long": len(sentence) > LONGEST,
        "has several lines": "\n" in sentence,
        "has a pointer": "/" in own and _POINTER.search(own),
        "has a field's stored name": words & _STORED_NAMES,
        "has an id": ID.search(sentence),
        "is a dump": words & _DUMPED or _DUMP.search(own),
        "has two spaces": "  " in own,
        "has English words": language == "pt-BR" and words & _ENGLISH,
    }
    return [problem for problem, found in problems.items() if found]


def check_sentence(fields: list[FieldChange], english: str, portuguese: str, *, is_first: bool = False) -> None:
    for language, sentence in (("en", english), ("pt-BR", portuguese)):
        text = describe(fields, words_of(language), is_first=is_first, salesperson_id="me")
        assert text.sentence == sentence
        assert mistakes(sentence, language) == []
        assert text.icon in ICONS
