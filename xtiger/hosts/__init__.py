"""Host adapters: how a CRM is plugged in; `memory` is the reference, `sqlalchemy` the usual one."""
