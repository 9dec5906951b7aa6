"""The instance's secret: the pepper under which API keys are hashed.

Beside an embedded database it lives in `<database>.secrets`, made on first use; on PostgreSQL it is a setting. Whoever
has it and the database can test guesses of keys; who loses it makes every key invalid. It is never printed or logged.
"""

import os
import secrets
import stat
from pathlib import Path

import msgspec
from msgspec import Struct

from leadloop.settings import DatabaseSettings

PEPPER_BYTES = 32
_LEAST_DISTINCT_BYTES = 9
"""32 random bytes have fewer distinct ones in less than one of 10^25 cases; placeholders have one to eight."""
_HOW_TO_MAKE = "make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"


class NoPepper(Exception):
    """There is no pepper, or none that may be used. The message says what to do, and never holds the secret."""


class _Secrets(Struct):
    pepper: str


def secrets_file(settings: DatabaseSettings) -> Path:
    return Path(settings.database + ".secrets")


def pepper(settings: DatabaseSettings, *, may_make: bool = False) -> bytes:
    """The pepper of this instance. On the embedded database, `may_make` makes one where there is none yet.

    Raises `NoPepper`.
    """
    if settings.pepper is not None or settings.pepper_file is not None:
        return _checked(_from_settings(settings))
    if not settings.embedded:
        raise NoPepper(f"on PostgreSQL, set LEADLOOP_PEPPER (or LEADLOOP_PEPPER_FILE); {_HOW_TO_MAKE}")
    path = secrets_file(settings)
    if may_make and not path.exists():
        _make(path)
    return _checked(_from_secrets_file(path), str(path))


def _from_settings(settings: DatabaseSettings) -> str:
    if settings.pepper_file is None:
        return settings.pepper or ""
    try:
        return settings.pepper_file.read_text("ascii").strip()
    except OSError as error:
        raise NoPepper(f"the pepper file {settings.pepper_file} can not be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NoPepper(f"the pepper file {settings.pepper_file} must hold 64 hex characters") from None


def _checked(text: str, where: str = "the pepper") -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise NoPepper(f"{where} must be 64 hex characters; {_HOW_TO_MAKE}") from None
    if len(value) < PEPPER_BYTES:
        raise NoPepper(f"{where} is too short: 64 hex characters are the least; {_HOW_TO_MAKE}")
    if len(set(value)) < _LEAST_DISTINCT_BYTES:
        raise NoPepper(f"{where} is a placeholder and no secret; {_HOW_TO_MAKE}")
    return value


def _from_secrets_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read()
    except FileNotFoundError:
        raise NoPepper(
            f"{path} is missing, and without it no API key of this database works: "
            "put it back from your backup, or set LEADLOOP_PEPPER if that is where the pepper came from"
        ) from None
    except OSError as error:
        raise NoPepper(f"{path} can not be read: {error.strerror}") from None
    if mode & 0o077:
        raise NoPepper(f"{path} can be read by other users of this machine: run chmod 600 {path}")
    try:
        return msgspec.json.decode(text, type=_Secrets).pepper
    except msgspec.DecodeError:
        raise NoPepper(f"{path} is damaged: put it back from your backup") from None


def _make(path: Path) -> None:
    """Written whole under another name and then linked, so that it appears complete and never replaces another."""
    text = msgspec.json.encode(_Secrets(pepper=secrets.token_hex(PEPPER_BYTES)))
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first, and its pepper holds
        finally:
            draft.unlink()
        _settle(path.parent)
    except OSError as error:
        raise NoPepper(f"{path} can not be made: {error.strerror}") from None


def _settle(directory: Path) -> None:
    """The new name survives a power cut only once its directory is on disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
