"""Every problem that the source makes has a sentence with exactly its parameters, and every sentence has a problem."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import leadloop
from leadloop.core.errors import Problem
from leadloop.messages import ENGLISH, PORTUGUESE, TABLES

SOURCE = Path(leadloop.__file__).parent
CODE_AT = {"Problem": 0, "refuse": 1, "invalid_field": 1}
"""The calls that make a problem, with the position of the code in their arguments."""
EXEMPT = {"core/errors.py": {"Problem.at"}, "core/problems.py": {"Problems.refuse"}, "api/errors.py": {"invalid_field"}}
"""Functions that pass on a code and its parameters."""

Raised = tuple[str, frozenset[str], str]
"""A code, the names of its parameters, and where."""


def problems_in(source: str, place: str) -> Iterator[Raised]:
    """Raises `ValueError` for a code that is not written out where the problem is made."""
    exempt = EXEMPT.get(place, set())
    for function, call in _calls(ast.parse(source), ""):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        is_method = isinstance(call.func, ast.Attribute)
        if name not in CODE_AT or is_method is not (name == "refuse") or function in exempt:
            continue
        where = f"{place}:{call.lineno}"
        if len(call.args) <= CODE_AT[name] or any(keyword.arg is None for keyword in call.keywords):
            raise ValueError(f"{where} hides its code or its parameters")
        for code in _codes(call.args[CODE_AT[name]], where):
            yield code, frozenset(str(keyword.arg) for keyword in call.keywords), where


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _calls(child, f"{function}.{child.name}".lstrip("."))
            continue
        if isinstance(child, ast.Call):
            yield function, child
        yield from _calls(child, function)


def _codes(node: ast.expr, where: str) -> Iterator[str]:
    """A literal, or all literals of a table that is written there."""
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.Subscript(value=ast.Dict(values=values)):
            for value in values:
                yield from _codes(value, where)
        case _:
            raise ValueError(f"{where} makes its code of something else")


def parameters(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def differences(problems: list[Raised], table: dict[str, str]) -> list[str]:
    """The differences between the problems that are raised and the sentences."""
    places = defaultdict(set)
    for code, names, where in problems:
        places[code].add((names, where))
    wrong = [f"{code} is made nowhere" for code in table.keys() - places.keys()]
    for code, uses in places.items():
        for names, where in uses:
            if code not in table:
                wrong.append(f"{where}: {code} has no sentence")
            elif names != parameters(table[code]):
                wrong.append(f"{where}: {code} has {sorted(names)}, its sentence {sorted(parameters(table[code]))}")
    return sorted(wrong)


def all_problems() -> list[Raised]:
    files = sorted(SOURCE.rglob("*.py"))
    return [problem for file in files for problem in problems_in(file.read_text(), str(file.relative_to(SOURCE)))]


def test_every_problem_has_its_sentence_and_every_sentence_its_problem() -> None:
    problems = all_problems()
    assert len(problems) > 200
    assert differences(problems, ENGLISH) == []
    assert sum(len(table.ENGLISH) for table in TABLES) == len(ENGLISH), "a code stands in two tables"
    assert len(set(ENGLISH.values())) == len(ENGLISH), "a sentence stands there twice"


def test_every_sentence_has_its_translation_beside_it() -> None:
    for table in TABLES:
        assert list(table.PORTUGUESE) == list(table.ENGLISH), table.__name__
    assert {code: parameters(text) for code, text in PORTUGUESE.items()} == {
        code: parameters(text) for code, text in ENGLISH.items()
    }
    same = {code for code, text in PORTUGUESE.items() if text == ENGLISH[code]}
    assert same == set()
    for code, text in PORTUGUESE.items():
        assert text[0] == text[0].lower() or ENGLISH[code][0].isupper(), code


def test_what_differs_is_noticed() -> None:
    table = {"too_long": "must not be longer than {limit} bytes", "empty": "must not be empty"}
    first = 'problems.refuse(at, "too_long", limit=5)'
    right = f'{first}\nProblem("empty", at)'
    assert differences(list(problems_in(right, "x.py")), table) == []
    for wrong in (
        'problems.refuse(at, "too_long")',
        'problems.refuse(at, "too_long", limit=5, least=1)',
        'invalid_field("a", "to_long", limit=5)',
        'Problem({"a": "empty", "b": "full"}[kind])',
    ):
        assert differences(list(problems_in(f"{right}\n{wrong}", "x.py")), table) != [], wrong
    assert differences(list(problems_in(first, "x.py")), table) == ["empty is made nowhere"]
    for hidden in ("problems.refuse(at, code)", 'Problem("empty", at, **params)', "Problem()"):
        try:
            list(problems_in(hidden, "x.py"))
        except ValueError:
            continue
        raise AssertionError(hidden)


def test_a_problem_has_a_sentence_in_any_language() -> None:
    near = Problem("search_field_unknown", known=Problem("search_near", near=("email", "name")))
    assert near.text == (
        "no field has this name (did you mean email or name?); to search for the text itself, put it in quotes"
    )
    portuguese = {"search_field_unknown": "nenhum campo tem este nome ({known})", "search_near": "talvez {near:ou}"}
    assert near.text_in(portuguese) == "nenhum campo tem este nome (talvez email ou name)"
    assert Problem("one_of", "/x", choices=("a", "b")).text == "must be one of a, b"
    assert Problem("url_too_long", limit=2048).at("/url").text == "must have at most 2,048 characters"
