"""The scripts report in one line what is missing, and `scripts/test` runs every test folder once."""

import re
import subprocess
from pathlib import Path

from lab.postgres import REPOSITORY

SCRIPTS = REPOSITORY / "scripts"


def test_missing_packages_are_named_in_one_line(tmp_path: Path) -> None:
    """Where they cannot be installed: here because there is no apt-get on the path."""
    (tmp_path / "id").symlink_to("/usr/bin/id")
    done = subprocess.run(
        ["/bin/sh", SCRIPTS / "packages", "id", "git", "curl"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "missing packages: git curl; on Debian run, as root: apt-get install git curl\n"


def test_nothing_is_installed_where_nothing_is_missing() -> None:
    done = subprocess.run([SCRIPTS / "packages", "sh", "id"], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_every_folder_of_tests_is_in_a_group() -> None:
    """The two groups of behaviour tests are the tests with and without PostgreSQL."""
    text = (SCRIPTS / "test").read_text("utf-8")
    groups = re.search(r"groups='(.*?)'", text, re.DOTALL)
    assert groups
    folders = re.findall("tests/[a-z]+", groups[1])
    assert sorted([*set(folders), "tests/behaviour"]) == sorted(folders)
    assert re.findall("behaviour -k (.*)", groups[1]) == ['"postgres"', '"not postgres"']
    assert all((REPOSITORY / folder).is_dir() for folder in folders)
