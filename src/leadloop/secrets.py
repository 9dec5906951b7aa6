"""The instance's secrets: the pepper under which API keys are hashed, and the keys that encrypt webhook secrets.

For an embedded database the pepper is in `<database>.secrets`, created on first use; for PostgreSQL it is a setting.
With the pepper and the database an attacker can test guesses of keys; losing the pepper makes every key invalid.
Encryption keys are settings; without any, one is derived from the pepper. leadloop never prints or logs a secret.
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
"""32 random bytes have fewer distinct values in less than one of 10^25 cases; placeholders have one to eight."""
_HOW_TO_MAKE = "make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"


class BadSecret(Exception):
    """A secret is missing or must not be used. The message says what to do and never contains the secret."""


class _Secrets(Struct, omit_defaults=True):
    pepper: str
    instance: str | None = None
    """The id of the database to which the secrets belong."""


def secrets_file(settings: DatabaseSettings) -> Path:
    return Path(settings.database + ".secrets")


def pepper(settings: DatabaseSettings, *, may_create: bool = False) -> bytes:
    """The pepper of this instance. For an embedded database without one, `may_create` creates it.

    Raises `BadSecret`.
    """
    text = _read_setting("pepper", settings.pepper, settings.pepper_file)
    if text is not None:
        return _parse_key(text, "the pepper")
    if not settings.is_embedded:
        raise BadSecret(f"on PostgreSQL, set LEADLOOP_PEPPER (or LEADLOOP_PEPPER_FILE); {_HOW_TO_MAKE}")
    path = secrets_file(settings)
    if may_create and not path.exists():
        _create_file(path)
    return _parse_key(_from_secrets_file(path).pepper, str(path))


def instance_id(settings: DatabaseSettings) -> str | None:
    """The instance to which the secrets file belongs; `None` if the file has none or is not used. Raises
    `BadSecret`."""
    path = secrets_file(settings)
    return _from_secrets_file(path).instance if _uses_file(settings) and path.exists() else None


def name_instance(settings: DatabaseSettings, instance: str) -> None:
    """Writes the instance's id to the secrets file, if it is used. Raises `OSError`, `BadSecret`."""
    path = secrets_file(settings)
    if not _uses_file(settings) or not path.exists():
        return
    draft, owner = _write_draft(path, _Secrets(_from_secrets_file(path).pepper, instance)), path.stat()
    try:
        if draft.stat().st_uid != owner.st_uid:  # a command run by root must not lock out the server
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_directory(path.parent)


def _uses_file(settings: DatabaseSettings) -> bool:
    return settings.is_embedded and settings.pepper is None and settings.pepper_file is None


def encryption_keys(settings: WebhookSettings, pepper: bytes) -> list[bytes]:
    """Keys of 32 bytes: the first one encrypts, all decrypt. The last one is always derived from the pepper, so that
    secrets stay readable when a key is set for the first time.

    Raises `BadSecret`.
    """
    text = _read_setting("encryption key", settings.encryption_key, settings.encryption_key_file)
    key_texts = None if text is None else re.findall(r"[^\s,]+", text)
    if key_texts == []:
        raise BadSecret(f"the encryption key is empty: set 64 hex characters; {_HOW_TO_MAKE}")
    keys = [_parse_key(key_text, "the encryption key") for key_text in key_texts or ()]
    if any(len(key) != ENCRYPTION_KEY_BYTES for key in keys):
        raise BadSecret("the encryption key is too long: it has 64 hex characters; separate several with commas")
    return [*keys, hmac.digest(pepper, b"leadloop webhook secrets", "sha256")]


def _read_setting(name: str, text: str | None, file: Path | None) -> str | None:
    """The text of a secret from its setting or its file; `None` without either."""
    if file is None:
        return text
    try:
        return file.read_text("ascii").strip()
    except OSError as error:
        raise BadSecret(f"the {name} file {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadSecret(f"the {name} file {file} must contain 64 hex characters") from None


def _parse_key(text: str, where: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise BadSecret(f"{where} must be 64 hex characters; {_HOW_TO_MAKE}") from None
    if len(value) < PEPPER_BYTES:
        raise BadSecret(f"{where} is too short: use at least 64 hex characters; {_HOW_TO_MAKE}")
    if len(set(value)) < _LEAST_DISTINCT_BYTES:
        raise BadSecret(f"{where} is a placeholder, not a secret; {_HOW_TO_MAKE}")
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
        raise BadSecret(f"{path} cannot be read: {error.strerror}") from None
    if mode & 0o077:
        raise BadSecret(f"{path} can be read by other users of this machine: run chmod 600 {path}")
    try:
        return msgspec.json.decode(text, type=_Secrets)
    except msgspec.DecodeError:
        raise BadSecret(f"{path} is damaged: put it back from your backup") from None


def _create_file(path: Path) -> None:
    """Writes the file under another name and then links it, so that it appears complete and never replaces a file."""
    try:
        draft = _write_draft(path, _Secrets(secrets.token_hex(PEPPER_BYTES), secrets.token_hex(ID_BYTES)))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first, and its pepper counts
        finally:
            draft.unlink()
        _sync_directory(path.parent)
    except OSError as error:
        raise BadSecret(f"{path} cannot be created: {error.strerror}") from None


def _write_draft(path: Path, content: _Secrets) -> Path:
    """Writes the content to a file beside it, synced to disk, that only its owner can read."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(content))
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_directory(directory: Path) -> None:
    """Syncs the directory: only then does a new name survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
