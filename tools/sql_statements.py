"""The statements of a .sql file: what the rules of `sql_lint` and `sql_nodes` read.

They read SQL by its words, not by its grammar: what they cannot tell apart they report.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

KEYLESS_TABLES = {"schema_version", "instance", "distribution", "people", "sessions", "links", "throttles"}
"""Of the whole instance: their rows belong to no account."""
ACCOUNTS = "accounts"

# Comments, quoted text and dollar-quoted bodies; what remains is the words and the punctuation.
SKIPPED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
NOW_TEXT = re.compile(r"'(?:now|today|tomorrow|yesterday)'", re.IGNORECASE)
READS_OR_WRITES = re.compile(r"^(?:WITH|SELECT|INSERT|UPDATE|DELETE|REPLACE|MERGE)\b", re.IGNORECASE)
TABLE_NAMES = re.compile(r"\b(?:FROM|JOIN|(?<!FOR )(?<!DO )UPDATE)(?: ONLY)? (\w+)\b(?! ?\()", re.IGNORECASE)
CTE_NAMES = re.compile(
    r"(?:\bWITH(?: RECURSIVE)?|,) (\w+) ?(?:\([^)]*\) )?AS (?:NOT )?(?:MATERIALIZED )?\(", re.IGNORECASE
)


@dataclass(frozen=True)
class Statement:
    """One statement: its first line's number, the comment lines directly above it, and its words, single-spaced."""

    line: int
    comments: tuple[str, ...]
    text: str

    @property
    def is_global(self) -> bool:
        return self.says("global")

    def says(self, mark: str) -> bool:
        """Whether a comment gives a reason under this mark."""
        return any(re.match(rf"--\s*{mark}:\s*\S", comment) for comment in self.comments)

    @property
    def tables(self) -> set[str]:
        """The tables that it reads or changes, those left out that it only inserts into."""
        return {name.lower() for name in TABLE_NAMES.findall(self.text)} - set(lower(CTE_NAMES.findall(self.text)))


def statements(sql: str) -> Iterator[Statement]:
    """The statements of a .sql file, without comments and with quoted text emptied; each ends at a semicolon."""
    bare = SKIPPED.sub(_blanked, sql)
    start = 0
    for end in [*(match.start() for match in re.finditer(";", bare)), len(bare)]:
        body = bare[start:end]
        if body.strip():
            first = start + len(body) - len(body.lstrip())
            line = bare.count("\n", 0, first) + 1
            yield Statement(line, _comments_above(sql.splitlines(), line), " ".join(body.split()))
        start = end + 1


def _blanked(match: re.Match[str]) -> str:
    """The same length and line breaks without the content; quoted text keeps its quotes."""
    if NOW_TEXT.fullmatch(match.group()):
        return match.group()  # a clock
    blank = re.sub(r"[^\n]", " ", match.group())
    return blank if match.group().startswith(("--", "/*")) else f"'{blank[1:-1]}'"


def _comments_above(lines: list[str], line: int) -> tuple[str, ...]:
    above: list[str] = []
    for text in reversed(lines[: line - 1]):
        if not text.lstrip().startswith("--"):
            break
        above.insert(0, text.strip())
    return tuple(above)


def lower(names: list[str]) -> list[str]:
    return [name.lower() for name in names]


def parenthesised(text: str, start: int) -> str:
    """What stands between the parenthesis at `start` and its counterpart."""
    depth = 0
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return text[start + 1 : end]
    return text[start + 1 :]
