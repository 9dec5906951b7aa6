"""`leadloop backup` and `leadloop restore`: one file with everything that an embedded database holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from msgspec import structs

from leadloop import secrets
from leadloop.app import backups
from leadloop.cli.database import run
from leadloop.cli.output import AsJson, note, show_json
from leadloop.settings import WEBHOOK_DEFAULTS, DatabaseSettings, WebhookSettings

if TYPE_CHECKING:
    from leadloop.app.backups import BackupContent

BackupFile = Annotated[Path, Parameter(help="The backup.")]


def backup(file: BackupFile, /, *, json: AsJson = False, settings: WebhookSettings = WEBHOOK_DEFAULTS) -> int:
    """Copy an embedded database into a new file, as of one moment, while servers go on writing.

    The file holds everything but the secrets: keep FILE.secrets, or the pepper and the encryption key, with it.
    """

    async def command() -> "BackupContent":
        return backups.back_up(settings, file)

    content = run(settings, command)
    _show(f"{settings.place}: backed up to {file}", content, json=json)
    kept = ["the pepper of your settings" if _has_pepper(settings) else str(secrets.secrets_file(settings))]
    kept += ["the encryption key of your settings"] if settings.encryption_key or settings.encryption_key_file else []
    note(f"keep {' and '.join(kept)} with it: without, no API key works and no webhook can be signed")
    return 0


def restore(file: BackupFile, /, *, json: AsJson = False, settings: DatabaseSettings = WEBHOOK_DEFAULTS) -> int:
    """Make an embedded database of a backup, where there is none and no server runs.

    API keys work only with the secrets that were in use when the backup was made.
    """

    async def command() -> "BackupContent":
        return backups.restore(settings, file)

    content = run(settings, command)
    _show(f"{settings.place}: restored from {file}", content, json=json)
    if (advice := _missing_secrets(settings, content)) is not None:
        note(advice)
    return 0


def _missing_secrets(settings: DatabaseSettings, content: "BackupContent") -> str | None:
    place = secrets.secrets_file(settings)
    if _has_pepper(settings):
        return None
    if not place.exists():
        return f"put {place} in its place before you start the server: without, no API key works"
    try:
        named = secrets.instance_id(settings)
    except secrets.BadSecret as error:
        return str(error)
    if named is None or content.instance is None or named == content.instance:
        return None
    return f"{place} belongs to another database: put the one in its place that was kept with the backup"


def _has_pepper(settings: DatabaseSettings) -> bool:
    return settings.pepper is not None or settings.pepper_file is not None


def _show(sentence: str, content: "BackupContent", *, json: bool) -> None:
    if json:
        show_json(structs.asdict(content))
        return
    counts = f"{content.accounts:,} accounts, {content.leads:,} leads, {content.changes:,} changes"
    size = f"{content.bytes / 1e6:,.1f} MB"
    print(f"{sentence}\n{counts}, {size}, format {content.format}, migrated to {content.migration}")
