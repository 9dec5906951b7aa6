# mypy: ignore-errors
"""How the ORM peers merge a PATCH into a lead's document, and which columns they derive from it."""

import uuid
from typing import Any

MERGED = {"conversionSteps", "aiData"}
"""Objects that merge by key; anything else is replaced."""


def merge(doc: dict[str, Any], sent: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A new document, and each field that differs with its values before and after."""
    merged, changes = dict(doc), []
    for name, value in sent.items():
        before = doc.get(name)
        both = name in MERGED and isinstance(before, dict) and isinstance(value, dict)
        after = {**before, **value} if both else value
        if after == before:
            continue
        changes.append({"field": name, "before": before, "after": after})
        if after is None:
            merged.pop(name, None)
        else:
            merged[name] = after
    return merged, changes


def change_record(lead: Any, changes: list[dict[str, Any]], actor: str) -> dict[str, Any]:
    """The values of the change record of a lead that was just changed."""
    return {
        "account_id": lead.account_id,
        "lead_id": lead.id,
        "version": lead.version,
        "at_ms": lead.updated_at_ms,
        "actor": actor,
        "request_id": uuid.uuid4().hex,
        "fields": changes,
    }


def columns(doc: dict[str, Any]) -> dict[str, Any]:
    """What is searched, sorted and counted by. SQLAlchemy writes those that differ."""
    email, phone, sale = doc.get("email"), doc.get("phoneNumber"), doc.get("saleValue")
    return {
        "lead_date_ms": doc["leadDate"],
        "stage": doc["status"],
        "status": doc["status"].lower(),
        "source": doc["source"],
        "type": doc["type"],
        "owner_id": (doc.get("leadAttributionUser") or {}).get("id"),
        "unit_id": (doc.get("unit") or {}).get("id"),
        "department_id": (doc.get("department") or {}).get("id"),
        "interest_id": (doc.get("interest") or {}).get("id"),
        "email_key": email.strip().lower() if email else None,
        "phone_key": "".join(filter(str.isdigit, phone)) if phone else None,
        "name_key": (doc.get("name") or "").casefold() or None,
        "sale_value_micros": None if sale is None else round(sale * 1_000_000),
    }
