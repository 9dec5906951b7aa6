"""Reads the answers that a database stores under idempotency keys, and stores answers as an earlier version did."""

from lab import databases


def stored_bytes(database: str, account_id: str) -> list[int]:
    """The bytes of each row of the account, oldest first."""
    columns = "length(key) + length(fingerprint) + length(lead_id) + length(answer)"
    query = f"SELECT {columns} FROM idempotency WHERE account_id = '{account_id}' ORDER BY at_ms"
    return [size for (size,) in databases.rows(database, query)]


def store_text(database: str, account_id: str, text: str) -> None:
    """Replaces every stored answer of the account by this text."""
    databases.execute(database, f"UPDATE idempotency SET answer = '{text}' WHERE account_id = '{account_id}'")
