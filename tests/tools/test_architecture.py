"""The documents name only files that exist, and the glossary of docs/architecture.md defines each word once."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "leadloop"
CODE = re.compile(r"`([^`\n]+)`")
TOPS = "|".join(sorted({file.name for top in (ROOT, SOURCE) for file in top.iterdir() if file.is_dir()}))
PATH = re.compile(rf"(?:{TOPS})/[\w./<>*-]*|[\w./<>-]+\.(?:py|sql|md|toml)")
DOCUMENTS = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), *(ROOT / "docs").rglob("*.md")]
OUTSIDE = ("/", "./")
SEVERAL = re.compile(r"<\w+>")
"""`api/<dialect>/webhook.py`: one path for each."""
ROWS = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]*) ?\|$", re.MULTILINE)


def architecture() -> str:
    return (ROOT / "docs" / "architecture.md").read_text("utf-8")


def glossary(page: str) -> list[tuple[str, str, str]]:
    """Word, meaning, names in the code."""
    rows = ROWS.findall(page.partition("## Glossary")[2])
    return [(word.strip(), meaning.strip(), code) for word, meaning, code in rows if word not in ("word", "---")]


def missing_names(page: str, source: str) -> list[str]:
    names = [name for _, _, code in glossary(page) for name in CODE.findall(code)]
    return [name for name in names if not re.search(rf"^(?:\s*class {name}\b|{name}\b.* = )", source, re.MULTILINE)]


def doubled(page: str) -> set[str]:
    words = [word for word, _, _ in glossary(page)]
    return {word for word in words if words.count(word) > 1}


def missing_paths(page: str) -> list[str]:
    """Paths in backquotes that are neither in the repository nor in the package."""
    paths = [path for path in CODE.findall(page) if PATH.fullmatch(path) and not path.startswith(OUTSIDE)]
    return [path for path in paths if not any(_exists(top, SEVERAL.sub("*", path)) for top in (ROOT, SOURCE))]


def _exists(top: Path, path: str) -> bool:
    return any(top.glob(path.rstrip("/")))


def test_the_names_of_the_glossary_exist_and_no_word_is_defined_twice() -> None:
    source = "\n".join(file.read_text("utf-8") for file in SOURCE.rglob("*.py"))
    assert len(glossary(architecture())) >= 40
    assert missing_names(architecture(), source) == []
    assert doubled(architecture()) == set()


def test_a_wrong_name_or_a_second_meaning_would_be_noticed() -> None:
    page = "## Glossary\n| lead | a person | `Lead` |\n| lead | a metal | `NoSuchThing` |\n"
    assert missing_names(page, "class Lead(Struct):") == ["NoSuchThing"]
    assert doubled(page) == {"lead"}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_its_paths_exist(page: Path) -> None:
    assert missing_paths(page.read_text("utf-8")) == []


def test_a_wrong_path_would_be_noticed() -> None:
    paths = [path for path in CODE.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8")) if PATH.fullmatch(path)]
    assert len(paths) > 40
    assert missing_paths("`core/no_such.py`, `n/a`, `no_such.py`, `core/leads/`, `api/<dialect>/webhook.py`") == [
        "core/no_such.py",
        "no_such.py",
    ]
