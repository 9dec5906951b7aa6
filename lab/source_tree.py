"""Runs commands and the server of any leadloop source tree on a database, each as a new process."""

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from lab import exchange

ROOT = Path(__file__).resolve().parents[1]
LONGEST_S = 180.0
LISTENING = re.compile(r"listening on (http://\S+)")


class Key(NamedTuple):
    """An API key of one account, used at a server."""

    url: str
    account: str
    text: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Raises `BadAnswer`."""
        return exchange.ask(self.url, method, path, {"X-API-Key": self.text, **headers}, body, LONGEST_S)

    def lead(self, lead_id: str = "") -> str:
        """The path of a lead, or of all leads, in the Expad dialect."""
        return f"/v1/account/{self.account}/lead" + (f"/{lead_id}" if lead_id else "")


class SourceTree:
    """`tree` contains src/leadloop, and may contain other packages that a command uses."""

    def __init__(self, tree: Path, database: str) -> None:
        self.tree = tree
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree / "src"), str(tree)])}
        self.environment["LEADLOOP_PEPPER"] = secrets.token_hex(32)
        self.use(database)

    def use(self, database: str) -> None:
        self.database = self.environment["LEADLOOP_DATABASE"] = database

    def run(self, module: str, *arguments: str) -> str:
        """Runs `python -m MODULE …`; returns its output."""
        return self.python("-m", module, *arguments)

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=self.tree,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments[:3])} failed: {done.stderr}{done.stdout}")
        return done.stdout

    def new_account(self, name: str) -> str:
        return str(json.loads(self.run("leadloop", "accounts", "create", "--name", name, "--json"))["id"])

    def new_key(self, account: str, *options: str) -> str:
        output = self.run("leadloop", "keys", "create", "--account", account, "--name", "lab", "--json", *options)
        return str(json.loads(output)["key"])

    @contextmanager
    def serving(self, *options: str) -> Iterator[tuple[str, int]]:
        """The URL and the pid of a server."""
        command = [sys.executable, "-m", "leadloop", "serve", "--port", "0", "--log-level", "warning", *options]
        with subprocess.Popen(
            command, env=self.environment, cwd=self.tree, stdout=subprocess.PIPE, text=True
        ) as server:
            try:
                assert server.stdout is not None
                listening = next(filter(None, map(LISTENING.search, server.stdout)), None)
                if listening is None:
                    raise RuntimeError("leadloop did not start")
                yield listening[1], server.pid
            finally:
                server.terminate()


def parse_tree(text: str) -> Path:
    """For argparse: the directory of a source tree."""
    tree = Path(text).resolve()
    if not (tree / "src" / "leadloop" / "__main__.py").is_file():
        raise argparse.ArgumentTypeError(f"{text} has no src/leadloop")
    return tree
