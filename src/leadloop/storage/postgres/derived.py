"""What is made of the leads and could be made anew: what they add to the Insights, and the search index."""

from leadloop.storage.postgres import insights, renewal, search
from leadloop.storage.postgres.engine import LONGEST_S, Connection
from leadloop.storage.sql import statements

SQL = statements(__file__)


async def hold_leads(connection: Connection) -> None:
    """Nobody writes leads until the transaction ends. Waits for those who do."""
    await connection.execute(SQL["hold_leads"], timeout=LONGEST_S)


async def recompute(connection: Connection, *, plain: bool) -> None:
    """Without `plain` nobody may write meanwhile: distributed engines have no such lock."""
    async with connection.transaction():
        if plain:
            await hold_leads(connection)
        for name in ("empty_facts", "empty_terms", "empty_words"):
            await connection.execute(SQL[name], timeout=LONGEST_S)
        await insights.fill(connection)
        await search.fill(connection, await renewal.countries(connection))
