# mypy: ignore-errors
"""The tables of the Django peer: leadloop's columns and indexes, the document as JSONB."""

from django.db import models


def _key() -> models.TextField:
    return models.TextField(db_collation="C")


def _text() -> models.TextField:
    return models.TextField(null=True)


def _whole() -> models.BigIntegerField:
    return models.BigIntegerField(null=True)


class Lead(models.Model):
    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = _key()
    id = _key()
    version = models.BigIntegerField()
    created_at_ms = models.BigIntegerField()
    updated_at_ms = models.BigIntegerField()
    lead_date_ms = models.BigIntegerField()
    deleted_at_ms = _whole()
    stage = models.TextField()
    status = models.TextField()
    source = models.TextField()
    type = models.TextField()
    owner_id = _text()
    unit_id = _text()
    department_id = _text()
    interest_id = _text()
    campaign_id = _text()
    client_id = _text()
    offer_id = _text()
    email_key = _text()
    phone_key = _text()
    name_key = _text()
    sale_value_micros = _whole()
    external_key = _text()
    doc = models.JSONField()

    class Meta:
        db_table = "leads"
        indexes = (
            models.Index(fields=["account_id", "lead_date_ms", "id"], name="leads_by_lead_date"),
            *(
                models.Index(
                    fields=["account_id", f"{name}_key"],
                    name=f"leads_by_{name}",
                    condition=models.Q(**{f"{name}_key__isnull": False}),
                )
                for name in ("email", "phone", "external")
            ),
        )


class Change(models.Model):
    pk = models.CompositePrimaryKey("account_id", "lead_id", "version")
    account_id = _key()
    lead_id = _key()
    version = models.BigIntegerField()
    at_ms = models.BigIntegerField()
    actor = models.TextField()
    request_id = models.TextField()
    fields = models.JSONField()

    class Meta:
        db_table = "changes"


STORAGE = (
    "ALTER TABLE leads SET (fillfactor = 70)",
    "ALTER TABLE leads ALTER COLUMN doc SET STORAGE MAIN",
    "ALTER TABLE leads ALTER COLUMN doc SET COMPRESSION lz4",
    "ALTER TABLE changes ALTER COLUMN fields SET COMPRESSION lz4",
)
"""As leadloop stores them."""
