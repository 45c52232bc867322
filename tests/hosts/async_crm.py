"""A CRM on FastAPI with asynchronous sessions as users write it: UUID keys, marks of deletion."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from xtiger.hosts.sqlalchemy import Field, Module, SQLAlchemyHost


class Model(DeclarativeBase):
    """All tables of the CRM."""


class Customer(Model):
    """A customer."""

    __tablename__ = "customer"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, insert_default=uuid.uuid4)
    name: Mapped[str] = mapped_column(sa.String(80))
    deleted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


CUSTOMERS = [
    Module(
        "Organizations",
        Customer,
        role="organisation",
        url="https://crm.example/{id}",
        deleted="deleted_at",
        fields=[Field("name", role="organisation.name", required=True)],
    )
]


class Crm:
    """The engines and sessions of one CRM, and its app."""

    def __init__(self, address: str, async_address: str, **connecting: Any) -> None:
        self.engine = create_async_engine(async_address, connect_args=connecting)
        # The lines of docs/host.md: the library works in plain sessions of its own, and sees what
        # asynchronous ones save by their class.
        self.plain = sessionmaker(sa.create_engine(address))
        self.session = async_sessionmaker(
            self.engine, sync_session_class=self.plain.class_, expire_on_commit=False
        )
        self.app = self._make_app()

    def _make_app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/customers")
        async def create(values: dict[str, str]) -> dict[str, str]:
            async with self.session.begin() as session:
                customer = Customer(**values)
                session.add(customer)
            return {"id": str(customer.id)}

        @app.delete("/customers/{key}")
        async def delete(key: uuid.UUID) -> dict[str, str]:
            async with self.session.begin() as session:
                customer = await session.get_one(Customer, key)
                customer.deleted_at = sa.func.now()
            return {}

        @app.post("/customers/{key}/failed")
        async def fail(key: uuid.UUID) -> dict[str, str]:
            async with self.session() as session:
                await session.execute(
                    sa.update(Customer).where(Customer.id == key).values(name="Lost")
                )
                await session.rollback()
            return {}

        return app

    def host(self) -> SQLAlchemyHost:
        """The CRM as the library sees it."""
        return SQLAlchemyHost(self.plain, modules=CUSTOMERS, base_currency="GBP")
