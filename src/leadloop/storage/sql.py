"""Reads the named statements of the .sql file beside the module that runs them.

A statement is a `-- name:` line, a line that describes it, and SQL up to the next name. Its caller replaces the
placeholder `/*filters*/`, if any, by the conditions of a query.
"""

import re
from pathlib import Path

FILTERS = "/*filters*/"

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


def statements(module_file: str) -> dict[str, str]:
    """The statements for the module at `module_file` (its `__file__`) by name, without comments and semicolons."""
    text = Path(module_file).with_suffix(".sql").read_text("utf-8")
    parts = _NAME.split(text)[1:]
    bodies = (_COMMENT.sub("", body).strip().removesuffix(";") for body in parts[1::2])
    return dict(zip(parts[::2], bodies, strict=True))
