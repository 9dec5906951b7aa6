"""Options come from the command line, then from variables, then from the settings file; secrets are never shown."""

from pathlib import Path
from secrets import token_hex

import pytest

from leadloop.settings import BadSettings, Settings, from_file, without_password
from tests.cli.command import PEPPER, leadloop

SECRET = "x7-very-secret"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ana:s3@db.example/leads", "ana@db.example/leads"),
        ("postgres://ana@db.example:5433/leads?sslmode=require", "ana@db.example:5433/leads"),
        ("postgresql://ana:s3@h1:1,h2:2/leads", "ana@h1:1,h2:2/leads"),
        ("postgresql://db.example/leads?user=ana&password=s3", "db.example/leads"),
        ("postgresql:///leads?host=/run/postgresql", "/leads"),
        ("postgresql://ana:s3@[::1]/leads", "ana@[::1]/leads"),
        ("postgresql://ana:s3@x@db.example/leads", "(address not shown)"),
        ("postgresql://ana:s3/x@db.example/leads", "(address not shown)"),
        ("postgresql://ana:s3?x@db.example/leads", "(address not shown)"),
        ("postgresql://ana:s3#x@db.example/leads", "(address not shown)"),
        ("postgresql://db.example/leads?password=s3@x", "(address not shown)"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_secrets_are_not_in_the_text_of_the_settings() -> None:
    settings = Settings(database=f"postgresql://ana:{SECRET}@h/d", pepper=SECRET, encryption_key=SECRET)
    assert SECRET not in repr(settings) + str(settings) + settings.description


@pytest.mark.parametrize(
    "database", ["mysql://h/d", "sqlite:///:memory:", "sqlite:x.db", "", f"postgresql://u:{SECRET}/x@h/d"]
)
def test_an_unknown_database_is_refused(database: str, tmp_path: Path) -> None:
    done = leadloop("accounts", "list", "--database", database, folder=tmp_path)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert SECRET not in done.err
    assert list(tmp_path.iterdir()) == []


def test_precedence(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('database = "file.db"\nlog_level = "error"\nexpad-epoch-unit = "s"\nport = 1\n')

    def configured(*options: str, **variables: str) -> str:
        return leadloop("doctor", *options, folder=tmp_path, **variables).out.splitlines()[0]

    assert "database=./leadloop.db log_level=info" in configured()
    line = configured("--config", "a.toml")
    assert "database=file.db log_level=error" in line
    assert "expad_epoch_unit=s" in line and "port=1 workers=1" in line
    assert line == configured(CONFIG="a.toml")
    assert "database=variable.db" in configured("--config", "a.toml", DATABASE="variable.db")
    assert "database=option.db" in configured("--config", "a.toml", "--database", "option.db", DATABASE="variable.db")


def test_the_file_serves_commands_that_take_fewer_options(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('database = "file.db"\nport = 1\n')
    assert leadloop("accounts", "create", "--name", "A", "--config", "a.toml", folder=tmp_path).code == 0
    assert (tmp_path / "file.db").exists()


@pytest.mark.parametrize("text", ['pot = 1\ndatabase = "x.db"', "port = ", f"pepper = '{SECRET}", "\xff"])
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, "latin-1")
    with pytest.raises(BadSettings) as refused:
        from_file(path)
    assert SECRET not in str(refused.value)
    done = leadloop("doctor", "--config", "a.toml", folder=tmp_path)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert SECRET not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["serve", "--nonsense"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "http"],
        ["serve", "--workers", "0"],
        ["serve", "--expad-epoch-unit", "h"],
        ["serve", "--config", "missing.toml"],
        ["serve", "--workers", "2"],
        ["accounts", "create"],
        ["keys", "create"],
    ],
)
def test_what_is_not_understood_ends_with_2(tmp_path: Path, arguments: list[str]) -> None:
    done = leadloop(*arguments, folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("leadloop: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["--help"], ["serve", "--help"], ["keys"], ["--version"]])
def test_help(tmp_path: Path, arguments: list[str]) -> None:
    done = leadloop(*arguments, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out


@pytest.mark.parametrize("pepper", ["", "ab" * 16, "a" * 64, "0" * 64, "deadbeef" * 8, "z" * 64, "changeme"])
def test_a_pepper_that_is_no_secret_is_refused(tmp_path: Path, pepper: str) -> None:
    done = leadloop("serve", folder=tmp_path, DATABASE="postgresql://u@127.0.0.1:1/x", PEPPER=pepper)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert "secrets.token_hex(32)" in done.err
    assert not pepper or pepper not in done.err


@pytest.mark.parametrize("key", ["", " , ", "ab" * 16, "a" * 64, "z" * 64, f"{PEPPER},changeme", PEPPER + PEPPER[:2]])
@pytest.mark.parametrize("command", ["serve --port 0", "doctor"])
def test_an_encryption_key_that_is_no_secret_is_refused(tmp_path: Path, command: str, key: str) -> None:
    assert leadloop("migrate", folder=tmp_path).code == 0
    done = leadloop(*command.split(), folder=tmp_path, ENCRYPTION_KEY=key)
    said = done.out + done.err
    assert (done.code, "encryption key" in said) == (1, True)
    assert not any(word in said for word in key.replace(",", " ").split())


def test_encryption_keys_may_be_in_a_file(tmp_path: Path) -> None:
    keys = [token_hex(32), token_hex(32)]
    (tmp_path / "keys").write_text("\n".join(keys) + "\n")
    assert leadloop("accounts", "create", "--name", "A", folder=tmp_path).code == 0
    assert "webhooks: 0" in leadloop("doctor", folder=tmp_path, ENCRYPTION_KEY_FILE="keys").out
    assert "cannot be read" in leadloop("doctor", folder=tmp_path, ENCRYPTION_KEY_FILE="missing").out
    both = leadloop("doctor", folder=tmp_path, ENCRYPTION_KEY_FILE="keys", ENCRYPTION_KEY=keys[0])
    assert (both.code, "not both" in both.err, keys[0] in both.err) == (2, True, False)


def test_the_pepper_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "pepper").write_text(PEPPER + "\n")
    database = "postgresql://u@127.0.0.1:1/x"
    assert "missing" in leadloop("serve", folder=tmp_path, DATABASE=database, PEPPER_FILE="missing").err
    both = leadloop("serve", folder=tmp_path, DATABASE=database, PEPPER_FILE="pepper", PEPPER=PEPPER)
    assert (both.code, "not both" in both.err) == (2, True)
    used = leadloop("serve", folder=tmp_path, DATABASE=database, PEPPER_FILE="pepper")
    assert (used.code, "cannot be reached" in used.err) == (1, True)
