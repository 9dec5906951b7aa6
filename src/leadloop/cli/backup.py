"""`leadloop backup` and `leadloop restore`: copies of an embedded database in one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from msgspec import structs

from leadloop import secrets
from leadloop.app import backups
from leadloop.cli.command import Result, command
from leadloop.settings import WEBHOOK_DEFAULTS, DatabaseSettings, WebhookSettings

if TYPE_CHECKING:
    from leadloop.app.backups import BackupContent

BackupFile = Annotated[Path, Parameter(help="The backup.")]


@command
async def backup(file: BackupFile, /, *, settings: WebhookSettings = WEBHOOK_DEFAULTS) -> Result:
    """Copy a consistent state of an embedded database into a new file while servers continue to write.

    The backup contains everything but the secrets: keep FILE.secrets, or the pepper and the encryption key, with it.
    """
    content = backups.back_up(settings, file)
    needed = ["the pepper of your settings" if _has_pepper(settings) else str(secrets.secrets_file(settings))]
    needed += ["the encryption key of your settings"] if settings.encryption_key or settings.encryption_key_file else []
    advice = f"keep {' and '.join(needed)} with the backup: otherwise no API key works and no webhook can be signed"
    return _result(f"{settings.description}: backed up to {file}", content, advice)


@command
async def restore(file: BackupFile, /, *, settings: DatabaseSettings = WEBHOOK_DEFAULTS) -> Result:
    """Restore an embedded database from a backup. The database must not exist yet, and no server may run.

    API keys work only with the secrets that were in use when the backup was created.
    """
    content = backups.restore(settings, file)
    return _result(f"{settings.description}: restored from {file}", content, _missing_secrets(settings, content))


def _missing_secrets(settings: DatabaseSettings, content: "BackupContent") -> str | None:
    place = secrets.secrets_file(settings)
    if _has_pepper(settings):
        return None
    if not place.exists():
        return f"put {place} back before you start the server: without it, no API key works"
    try:
        named = secrets.instance_id(settings)
    except secrets.BadSecret as error:
        return str(error)
    if named is None or content.instance is None or named == content.instance:
        return None
    return f"{place} belongs to another database: replace it with the one that was kept with the backup"


def _has_pepper(settings: DatabaseSettings) -> bool:
    return settings.pepper is not None or settings.pepper_file is not None


def _result(sentence: str, content: "BackupContent", advice: str | None) -> Result:
    counts = f"{content.accounts:,} accounts, {content.leads:,} leads, {content.changes:,} changes"
    size = f"{content.bytes / 1e6:,.1f} MB"
    text = f"{sentence}\n{counts}, {size}, format {content.format}, migrated to {content.migration}"
    return Result(structs.asdict(content), text, [] if advice is None else [advice])
