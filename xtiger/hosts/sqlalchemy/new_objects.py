"""Makes new objects of the CRM's models, also where a constructor wants arguments."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy.orm import Mapper


def new_object(mapper: Mapper[Any]) -> Any:
    """A new object of the model, also where its constructor wants arguments."""
    try:
        return mapper.class_()
    except TypeError:
        owner = mapper.class_manager.new_instance()
    for member in dataclasses.fields(mapper.class_) if _is_dataclass(mapper) else ():
        # SQLAlchemy puts marks of its own where the column has the default.
        own = type(member.default).__module__.startswith("sqlalchemy")
        if member.default is not dataclasses.MISSING and not own:
            setattr(owner, member.name, member.default)
    return owner


def _is_dataclass(mapper: Mapper[Any]) -> bool:
    return dataclasses.is_dataclass(mapper.class_)
