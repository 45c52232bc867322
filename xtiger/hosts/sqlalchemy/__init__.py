"""Any CRM whose tables SQLAlchemy maps: what its developer imports."""

from xtiger.hosts.declaring import Field, Lines, Module
from xtiger.hosts.sqlalchemy.host import SQLAlchemyHost, Tenants

__all__ = ["Field", "Lines", "Module", "SQLAlchemyHost", "Tenants"]
