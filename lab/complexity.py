"""`python -m lab.complexity`: how complex the functions of the package are, and which type names mean several things.

Complexity is McCabe's, as ruff counts it (C901). A homonym is the name of a class or of a type alias that several
modules define, a leading underscore left out; two modules of the same name in the two engines count as one.
`--against DIR` measures another tree too.
"""

import argparse
import ast
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from lab.report import heading, row
from lab.source_tree import ROOT, parse_tree

MOST = 8
ENGINES = re.compile(r"^storage/(sqlite|postgres)/")
COUNTED = re.compile(r"`(.+)` is too complex \((\d+) > 0\)")
TYPE_NAME = re.compile(r"_?[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")


class Function(NamedTuple):
    complexity: int
    place: str
    """File, line and name."""


def main() -> int:
    about = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m lab.complexity", description=about[0], epilog=about[2])
    parser.add_argument("--against", type=parse_tree, metavar="DIR", help="another tree of leadloop, with its src")
    parser.add_argument("--names", action="store_true", help="print the complex functions and the homonyms")
    options = parser.parse_args()
    print(*heading(["tree", "functions", "mean", f"over {MOST}", "most", "type names", "homonyms"]), sep="\n")
    for tree in filter(None, (options.against, ROOT)):
        all_functions, modules_by_name = functions(tree), types(tree)
        several = homonyms(modules_by_name)
        complexities = [function.complexity for function in all_functions]
        complex_functions = sorted((function for function in all_functions if function.complexity > MOST), reverse=True)
        mean = f"{sum(complexities) / len(all_functions):.2f}"
        counts = [len(complex_functions), max(complexities), len(modules_by_name), len(several)]
        print(row([tree.name, len(all_functions), mean, *counts]))
        if options.names:
            print(*(f"{function.complexity:4} {function.place}" for function in complex_functions), sep="\n")
            print(*(f"{len(files):4} {name}: {', '.join(sorted(files))}" for name, files in several.items()), sep="\n")
    return 0


def functions(tree: Path) -> list[Function]:
    """The functions of the package in `tree`."""
    command = ["ruff", "check", "--isolated", "--select", "C901", "--config", "lint.mccabe.max-complexity=0"]
    command += ["--output-format", "json", "--exit-zero", "--no-cache", "src/leadloop"]
    ruff = Path(sys.executable).parent / command[0]
    done = subprocess.run([ruff, *command[1:]], cwd=tree, capture_output=True, text=True, check=True)
    all_functions = []
    for finding in json.loads(done.stdout):
        counted = COUNTED.fullmatch(finding["message"])
        assert counted is not None, finding["message"]
        file = Path(finding["filename"]).relative_to(tree / "src" / "leadloop")
        all_functions.append(Function(int(counted[2]), f"{file}:{finding['location']['row']} {counted[1]}"))
    return all_functions


def types(tree: Path) -> Mapping[str, set[str]]:
    """Each type name of the package in `tree`, and the modules that define it."""
    package = tree / "src" / "leadloop"
    modules_by_name: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted(package.rglob("*.py")):
        module = ENGINES.sub("storage/", path.relative_to(package).as_posix())
        for name in defined_types(path.read_text("utf-8")):
            modules_by_name[name].add(module)
    return modules_by_name


def defined_types(source: str) -> Iterator[str]:
    """The names of the classes and type aliases that a module defines. Pure."""
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef(name=name):
                yield name.lstrip("_")
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() | ast.BinOp())
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Subscript() | ast.BinOp())
            ) if TYPE_NAME.fullmatch(name):
                yield name.lstrip("_")


def homonyms(meanings: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The names that several modules define, the most ambiguous first. Pure."""
    several = {name: modules for name, modules in meanings.items() if len(modules) > 1}
    return dict(sorted(several.items(), key=lambda entry: (-len(entry[1]), entry[0])))


if __name__ == "__main__":
    sys.exit(main())
