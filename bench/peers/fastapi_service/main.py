# mypy: ignore-errors
"""A lead service as good engineers write it with FastAPI and SQLAlchemy: the peer on PostgreSQL.

`python main.py` makes the tables; uvicorn serves `app`. BENCH_DATABASE and BENCH_KEY set the database and the key.
"""

import asyncio
import hmac
import os
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from merging import change_record, columns, merge
from models import STORAGE, Base, Change, Lead
from pydantic_core import from_json, to_json
from schemas import LeadPatch, Updated
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

POOL = 16
"""Connections; 5 and 32 were no faster."""
KEY = os.environ["BENCH_KEY"]
engine = create_async_engine(
    os.environ["BENCH_DATABASE"].replace("postgresql://", "postgresql+asyncpg://", 1),
    pool_size=POOL,
    max_overflow=0,
    json_serializer=lambda value: to_json(value).decode(),
    json_deserializer=from_json,
)
new_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def session() -> AsyncIterator[AsyncSession]:
    async with new_session() as opened:
        yield opened


async def caller(x_api_key: Annotated[str, Header()]) -> str:
    if not hmac.compare_digest(x_api_key, KEY):
        raise HTTPException(401, "unknown key")
    return "bench"


Session = Annotated[AsyncSession, Depends(session)]
Caller = Annotated[str, Depends(caller)]


@app.get("/health")
async def health() -> dict[str, str]:
    return {}


@app.patch("/v1/account/{account_id}/lead/{lead_id}")
async def update(account_id: str, lead_id: str, patch: LeadPatch, db: Session, actor: Caller) -> Updated:
    async with db.begin():
        rows = await db.scalars(select(Lead).where(Lead.account_id == account_id, Lead.id == lead_id).with_for_update())
        lead = rows.one_or_none()
        if lead is None:
            raise HTTPException(404, "no such lead")
        doc, changes = merge(lead.doc, patch.model_dump(exclude_unset=True))
        if changes:
            lead.doc = doc
            lead.version += 1
            lead.updated_at_ms = time.time_ns() // 1_000_000
            for name, value in columns(doc).items():
                setattr(lead, name, value)
            db.add(Change(**change_record(lead, changes, actor)))
    return Updated(leadId=lead.id, version=lead.version, changed=[change["field"] for change in changes])


async def make_tables() -> None:
    async with engine.begin() as line:
        await line.run_sync(Base.metadata.create_all)
        for statement in STORAGE:
            await line.execute(text(statement))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(make_tables())
