"""`leadloop webhooks reseal`: the last step but one of changing the encryption key."""

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

    To change the key: put the new one in front of the old one, restart every process, reseal, take the old one out.
    """
    from leadloop.webhooks.resealing import reseal_all

    async with open_sender_context(settings) as context:
        key_id, done = context.vault.key_id, await reseal_all(context.store, context.vault, context.clock())
    lost = [{"account": lost.account_id, "webhook": lost.id, "reason": reason} for lost, reason in done.lost]
    notes = [
        f"leadloop: the webhook {lost.id} of the account {lost.account_id} can not be sent to: {reason}"
        for lost, reason in done.lost
    ]
    value = {"keyId": key_id, "resealed": done.endpoints, "lost": lost}
    return Result(value, partial(_show, key_id, done), notes, exit_code=1 if lost else 0)


def _show(key_id: str, done: "Resealed") -> None:
    print(f"encrypted the secrets of {done.endpoints} webhooks anew; the key has the id {key_id}")
    if not done.lost:
        note("once every process runs with this key in front, the others can be taken out of the settings")
