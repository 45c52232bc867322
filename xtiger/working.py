"""The worker, under the name that applications import."""

from xtiger.services.worker import worker_of

__all__ = ["worker_of"]
