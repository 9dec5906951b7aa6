"""What a database holds under idempotency keys, and putting there what an earlier version stored."""

from lab import databases


def stored_bytes(database: str, account_id: str) -> list[int]:
    """The bytes of each row of the account, oldest first."""
    columns = "length(key) + length(fingerprint) + length(lead_id) + length(answer)"
    query = f"SELECT {columns} FROM idempotency WHERE account_id = '{account_id}' ORDER BY at_ms"
    return [size for (size,) in databases.rows(database, query)]


def store_text(database: str, account_id: str, text: str) -> None:
    """As the stored text of the account's every answer."""
    databases.execute(database, f"UPDATE idempotency SET answer = '{text}' WHERE account_id = '{account_id}'")
