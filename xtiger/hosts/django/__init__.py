"""Any CRM whose tables Django maps: what its developer imports."""

from xtiger.hosts.declared_host import Tenants
from xtiger.hosts.declaring import Field, Lines, Module
from xtiger.hosts.django.host import DjangoHost

__all__ = ["DjangoHost", "Field", "Lines", "Module", "Tenants"]
