"""The words of vendors are known to their dialects alone: the rest of the source asks the registry."""

import re
from pathlib import Path

import pytest

from leadloop.api.dialects import NAMES

SOURCE = Path(__file__).resolve().parents[2] / "src" / "leadloop"
VENDOR = re.compile("|".join(NAMES), re.IGNORECASE)
CONTRACT = re.compile(rf"\b(?:{'|'.join(NAMES)})\.md\b")
"""References to the contract, which may stand anywhere in a docstring or comment."""
REGISTRY = "api/dialects.py"
SETTINGS = "settings.py"
"""Has the options of every dialect."""
FREE = ("demo/", *(f"api/{name}/" for name in NAMES))


def named(path: str, text: str) -> list[str]:
    """The lines that name a vendor where they must not."""
    if path.startswith(FREE):
        return []
    lines = [line for line in text.splitlines() if VENDOR.search(CONTRACT.sub("", line))]
    if path == REGISTRY:
        return [line for line in lines if line.strip() not in {f'"{name}",' for name in NAMES}]
    if path == SETTINGS:
        return [line for line in lines if "Expad shows dates" not in line and "expad_epoch_unit" not in line.lower()]
    return lines


def test_no_other_file_names_a_vendor() -> None:
    offending = {
        str(file.relative_to(SOURCE)): lines
        for file in sorted(SOURCE.rglob("*.py"))
        if (lines := named(str(file.relative_to(SOURCE)), file.read_text()))
    }
    assert not offending


def test_the_registry_has_one_line_for_each() -> None:
    lines = (SOURCE / REGISTRY).read_text().splitlines()
    assert [line for line in lines if VENDOR.search(line)] == [f'    "{name}",' for name in NAMES]


def test_the_linter_knows_each() -> None:
    linted = (SOURCE.parents[1] / "pyproject.toml").read_text()
    assert " | ".join(["leadloop.api.own", *(f"leadloop.api.{name}" for name in sorted(NAMES))]) in linted
    assert str([f"leadloop.api.{name}" for name in sorted(NAMES)]).replace("'", '"') in linted


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("webhooks/bodies.py", 'if shape == "expad":'),
        ("cli/leads.py", "from leadloop.api.leadsail import wire"),
        ("api/own/wire.py", '"""What LeadSail shows."""'),
        ("api/dialects.py", 'FIRST = "leadsail"'),
        ("settings.py", "leadsail_region: str"),
    ],
)
def test_a_name_would_be_noticed(path: str, line: str) -> None:
    assert named(path, line) == [line]


@pytest.mark.parametrize("path", ["core/leads/cart.py", "api/expad/routes.py"])
def test_the_contract_may_be_referred_to(path: str) -> None:
    assert named(path, "What a sale is worth (expad.md section 2).") == []
