"""What counts as a type name, and which of them mean several things."""

from pathlib import Path

from lab.complexity import Function, defined_types, functions, homonyms, types


def package(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        file = folder / "src" / "leadloop" / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return folder


def test_classes_and_aliases_are_types_and_constants_are_none() -> None:
    source = "class A: ...\nclass _B: ...\nKey = tuple[str, int]\nEither: T = A | _B\nNONE = A | _B\nX = Key()\n"
    assert list(defined_types(source)) == ["A", "B", "Key", "Either"]


def test_the_two_engines_are_one_meaning(tmp_path: Path) -> None:
    row = "class Row: ...\n"
    meanings = types(package(tmp_path, storage__sqlite__a=row, storage__postgres__a=row, api__b="class Other: ...\n"))
    assert homonyms(meanings) == {}
    meanings = types(package(tmp_path, api__c=row))
    assert homonyms(meanings) == {"Row": {"storage/a.py", "api/c.py"}}


def test_complexity_is_mccabes(tmp_path: Path) -> None:
    tree = package(tmp_path, a="def f(x):\n    if x and x > 1:\n        return 1\n    return 2\n\n\ndef g(): ...\n")
    assert functions(tree) == [Function(2, "a.py:1 f"), Function(1, "a.py:7 g")]
