# mypy: ignore-errors
# The libraries of the peers are installed in bench/.venv only.
"""The tables of the FastAPI peer: leadloop's columns and indexes, the document as JSONB."""

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {str: Text, int: BigInteger}  # noqa: RUF012 (SQLAlchemy's own way)


class Lead(Base):
    __tablename__ = "leads"
    __table_args__ = (
        Index("leads_by_lead_date", "account_id", "lead_date_ms", "id"),
        Index("leads_by_email", "account_id", "email_key", postgresql_where=text("email_key IS NOT NULL")),
        Index("leads_by_phone", "account_id", "phone_key", postgresql_where=text("phone_key IS NOT NULL")),
        Index("leads_by_external_key", "account_id", "external_key", postgresql_where=text("external_key IS NOT NULL")),
        {"postgresql_with": {"fillfactor": 70}},
    )

    account_id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    version: Mapped[int]
    created_at_ms: Mapped[int]
    updated_at_ms: Mapped[int]
    lead_date_ms: Mapped[int]
    deleted_at_ms: Mapped[int | None]
    stage: Mapped[str]
    status: Mapped[str]
    source: Mapped[str]
    type: Mapped[str]
    owner_id: Mapped[str | None]
    unit_id: Mapped[str | None]
    department_id: Mapped[str | None]
    interest_id: Mapped[str | None]
    campaign_id: Mapped[str | None]
    client_id: Mapped[str | None]
    offer_id: Mapped[str | None]
    email_key: Mapped[str | None]
    phone_key: Mapped[str | None]
    name_key: Mapped[str | None]
    sale_value_micros: Mapped[int | None]
    external_key: Mapped[str | None]
    doc: Mapped[dict] = mapped_column(JSONB)


class Change(Base):
    __tablename__ = "changes"

    account_id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    lead_id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at_ms: Mapped[int]
    actor: Mapped[str]
    request_id: Mapped[str]
    fields: Mapped[list] = mapped_column(JSONB)


STORAGE = (
    "ALTER TABLE leads ALTER COLUMN doc SET STORAGE MAIN",
    "ALTER TABLE leads ALTER COLUMN doc SET COMPRESSION lz4",
    "ALTER TABLE changes ALTER COLUMN fields SET COMPRESSION lz4",
)
"""As leadloop stores them."""
