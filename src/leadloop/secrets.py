"""The instance's secrets: the pepper under which API keys are hashed, and the keys that encrypt webhook secrets.

Beside an embedded database the pepper lives in `<database>.secrets`, made on first use; on PostgreSQL it is a setting.
Whoever has it and the database can test guesses of keys; who loses it makes every key invalid. Encryption keys are
settings; without any, one is made from the pepper. None of them is ever printed or logged.
"""

import hmac
import os
import re
import secrets
import stat
from pathlib import Path

import msgspec
from msgspec import Struct

from leadloop.settings import DatabaseSettings, WebhookSettings

PEPPER_BYTES = 32
ID_BYTES = 12
ENCRYPTION_KEY_BYTES = 32
_LEAST_DISTINCT_BYTES = 9
"""32 random bytes have fewer distinct ones in less than one of 10^25 cases; placeholders have one to eight."""
_HOW_TO_MAKE = "make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"


class BadSecret(Exception):
    """A secret is missing, or may not be used. The message says what to do, and never holds the secret."""


class _Secrets(Struct, omit_defaults=True):
    pepper: str
    instance: str | None = None
    """The id of the database that this belongs to."""


def secrets_file(settings: DatabaseSettings) -> Path:
    return Path(settings.database + ".secrets")


def pepper(settings: DatabaseSettings, *, may_make: bool = False) -> bytes:
    """The pepper of this instance. On the embedded database, `may_make` makes one where there is none yet.

    Raises `BadSecret`.
    """
    given = _in_settings("pepper", settings.pepper, settings.pepper_file)
    if given is not None:
        return _checked(given, "the pepper")
    if not settings.embedded:
        raise BadSecret(f"on PostgreSQL, set LEADLOOP_PEPPER (or LEADLOOP_PEPPER_FILE); {_HOW_TO_MAKE}")
    path = secrets_file(settings)
    if may_make and not path.exists():
        _make(path)
    return _checked(_from_secrets_file(path).pepper, str(path))


def instance_id(settings: DatabaseSettings) -> str | None:
    """Whose secrets the file holds; `None` where it does not say so or is not used. Raises `BadSecret`."""
    path = secrets_file(settings)
    return _from_secrets_file(path).instance if _uses_file(settings) and path.exists() else None


def name_instance(settings: DatabaseSettings, instance: str) -> None:
    """Notes in the secrets file, where it is used, whose secrets it holds. Raises `OSError`, `BadSecret`."""
    path = secrets_file(settings)
    if not _uses_file(settings) or not path.exists():
        return
    draft, owner = _draft(path, _Secrets(_from_secrets_file(path).pepper, instance)), path.stat()
    try:
        if draft.stat().st_uid != owner.st_uid:  # a command that root runs must not lock the server out
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _settle(path.parent)


def _uses_file(settings: DatabaseSettings) -> bool:
    return settings.embedded and settings.pepper is None and settings.pepper_file is None


def encryption_keys(settings: WebhookSettings, pepper: bytes) -> list[bytes]:
    """32 bytes each: the first encrypts, all decrypt. The one that is made from the pepper is always the last, so that
    nothing is lost when a key is set for the first time.

    Raises `BadSecret`.
    """
    texts = _in_settings("encryption key", settings.encryption_key, settings.encryption_key_file)
    given = None if texts is None else re.findall(r"[^\s,]+", texts)
    if given == []:
        raise BadSecret(f"the encryption key is empty: set 64 hex characters; {_HOW_TO_MAKE}")
    keys = [_checked(text, "the encryption key") for text in given or ()]
    if any(len(key) != ENCRYPTION_KEY_BYTES for key in keys):
        raise BadSecret("the encryption key is too long: it has 64 hex characters; separate several with commas")
    return [*keys, hmac.digest(pepper, b"leadloop webhook secrets", "sha256")]


def _in_settings(name: str, text: str | None, file: Path | None) -> str | None:
    """What is set of a secret, itself or in a file; `None` for neither."""
    if file is None:
        return text
    try:
        return file.read_text("ascii").strip()
    except OSError as error:
        raise BadSecret(f"the {name} file {file} can not be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadSecret(f"the {name} file {file} must hold 64 hex characters") from None


def _checked(text: str, where: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise BadSecret(f"{where} must be 64 hex characters; {_HOW_TO_MAKE}") from None
    if len(value) < PEPPER_BYTES:
        raise BadSecret(f"{where} is too short: 64 hex characters are the least; {_HOW_TO_MAKE}")
    if len(set(value)) < _LEAST_DISTINCT_BYTES:
        raise BadSecret(f"{where} is a placeholder and no secret; {_HOW_TO_MAKE}")
    return value


def _from_secrets_file(path: Path) -> _Secrets:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read()
    except FileNotFoundError:
        raise BadSecret(
            f"{path} is missing, and without it no API key of this database works: "
            "put it back from your backup, or set LEADLOOP_PEPPER if that is where the pepper came from"
        ) from None
    except OSError as error:
        raise BadSecret(f"{path} can not be read: {error.strerror}") from None
    if mode & 0o077:
        raise BadSecret(f"{path} can be read by other users of this machine: run chmod 600 {path}")
    try:
        return msgspec.json.decode(text, type=_Secrets)
    except msgspec.DecodeError:
        raise BadSecret(f"{path} is damaged: put it back from your backup") from None


def _make(path: Path) -> None:
    """Written whole under another name and then linked, so that it appears complete and never replaces another."""
    try:
        draft = _draft(path, _Secrets(secrets.token_hex(PEPPER_BYTES), secrets.token_hex(ID_BYTES)))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first, and its pepper holds
        finally:
            draft.unlink()
        _settle(path.parent)
    except OSError as error:
        raise BadSecret(f"{path} can not be made: {error.strerror}") from None


def _draft(path: Path, content: _Secrets) -> Path:
    """A file beside it, on the disk, that only its owner can read."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(content))
        file.flush()
        os.fsync(file.fileno())
    return draft


def _settle(directory: Path) -> None:
    """The new name survives a power cut only once its directory is on disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
