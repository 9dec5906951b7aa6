"""`leadloop webhooks reseal`: encrypts all webhook secrets under the current key."""

from functools import partial
from typing import TYPE_CHECKING

from leadloop.cli.command import Result, command
from leadloop.cli.database import open_sender_context
from leadloop.cli.output import note
from leadloop.settings import WEBHOOK_DEFAULTS, WebhookSettings

if TYPE_CHECKING:
    from leadloop.webhooks.resealing import Resealed


@command
async def reseal(*, settings: WebhookSettings = WEBHOOK_DEFAULTS) -> Result:
    """Encrypt all webhook secrets under the first encryption key.

    To change the key: put the new one before the old one, restart every process, reseal, remove the old one.
    """
    from leadloop.webhooks.resealing import reseal_all

    async with open_sender_context(settings) as context:
        key_id, result = context.vault.key_id, await reseal_all(context.store, context.vault, context.clock())
    lost = [{"account": lost.account_id, "webhook": lost.id, "reason": reason} for lost, reason in result.lost]
    notes = [
        f"leadloop: requests to the webhook {lost.id} of the account {lost.account_id} cannot be signed: {reason}"
        for lost, reason in result.lost
    ]
    value = {"keyId": key_id, "resealed": result.endpoints, "lost": lost}
    return Result(value, partial(_show, key_id, result), notes, exit_code=1 if lost else 0)


def _show(key_id: str, result: "Resealed") -> None:
    print(f"encrypted the secrets of {result.endpoints} webhooks again; the key has the id {key_id}")
    if not result.lost:
        note("once every process runs with this key first, the others can be removed from the settings")
