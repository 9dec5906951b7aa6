"""The instance of a database, and whether the secrets belong to it."""

import secrets as random

import structlog

from leadloop import secrets
from leadloop.app.stores import HOW_TO_ACCEPT, NotReady, clock, foreign_secrets
from leadloop.core.instance import Instance, pepper_check
from leadloop.core.store import Store
from leadloop.settings import DatabaseSettings

_log = structlog.get_logger("leadloop")


async def pepper_of(settings: DatabaseSettings, store: Store) -> bytes:
    """The pepper of the instance, created unless a key may have been created under another. The first call adds the
    instance.

    Raises `secrets.BadSecret`, and `NotReady` for a pepper or a secrets file of another instance.
    """
    made_before = settings.is_embedded and secrets.secrets_file(settings).exists()
    pepper = secrets.pepper(
        settings, may_create=settings.is_embedded and not made_before and not await _has_keys(store)
    )
    if problem := await mismatch(settings, store, pepper):
        raise NotReady(problem)
    if await store.instance.get() is None:
        await store.instance.add(_instance(settings, pepper))
        if problem := await mismatch(settings, store, pepper):  # another process may have added it first
            raise NotReady(problem)
    await _name_secrets(settings, store)
    return pepper


async def mismatch(settings: DatabaseSettings, store: Store, pepper: bytes) -> str | None:
    """Why the secrets do not belong to the database, in one sentence; `None` if they do, or before the first start."""
    instance = await store.instance.get()
    if problem := foreign_secrets(settings, instance):
        return problem
    if instance is not None and not instance.has_pepper(pepper):
        return (
            "the pepper is not the one that the API keys of this database were created under: set the right one, "
            f"{HOW_TO_ACCEPT}"
        )
    return None


async def accept_pepper(settings: DatabaseSettings, store: Store) -> Instance:
    """Accepts the current secrets as those of the database; creates them if there are none. Keys created under others
    are invalid from the next start. Raises `secrets.BadSecret`."""
    accepted = _instance(settings, secrets.pepper(settings, may_create=settings.is_embedded))
    await store.instance.add(accepted)
    await store.instance.replace(accepted)
    await _name_secrets(settings, store)
    return accepted


def _instance(settings: DatabaseSettings, pepper: bytes) -> Instance:
    instance_id = secrets.instance_id(settings) or random.token_hex(secrets.ID_BYTES)
    return Instance(id=instance_id, pepper_check=pepper_check(pepper), created_at_ms=clock())


async def _name_secrets(settings: DatabaseSettings, store: Store) -> None:
    if settings.is_embedded and secrets.instance_id(settings) is None and (instance := await store.instance.get()):
        try:
            secrets.name_instance(settings, instance.id)
        except OSError as error:
            _log.warning("the secrets file does not name its instance: it cannot be written", reason=error.strerror)


async def _has_keys(store: Store) -> bool:
    for account in await store.accounts.all():
        if await store.keys.of_account(account.id):
            return True
    return False
