"""`leadloop webhooks reseal`: the last step but one of changing the encryption key."""

from typing import TYPE_CHECKING

from leadloop.cli.database import open_sender_context, run
from leadloop.cli.output import AsJson, note, show_json
from leadloop.settings import WEBHOOK_DEFAULTS, WebhookSettings

if TYPE_CHECKING:
    from leadloop.webhooks.resealing import Resealed


def reseal(*, json: AsJson = False, settings: WebhookSettings = WEBHOOK_DEFAULTS) -> int:
    """Encrypt all webhook secrets under the first encryption key.

    To change the key: put the new one in front of the old one, restart every process, reseal, take the old one out.
    """

    async def command() -> tuple[str, "Resealed"]:
        from leadloop.webhooks.resealing import reseal_all

        async with open_sender_context(settings) as found:
            return found.vault.key_id, await reseal_all(found.store, found.vault, found.clock())

    key_id, done = run(settings, command)
    if json:
        named = [{"account": lost.account_id, "webhook": lost.id, "reason": reason} for lost, reason in done.lost]
        show_json({"keyId": key_id, "resealed": done.endpoints, "lost": named})
    else:
        print(f"encrypted the secrets of {done.endpoints} webhooks anew; the key has the id {key_id}")
    for lost, reason in done.lost:
        note(f"leadloop: the webhook {lost.id} of the account {lost.account_id} can not be sent to: {reason}")
    if not done.lost and not json:
        note("once every process runs with this key in front, the others can be taken out of the settings")
    return 1 if done.lost else 0
