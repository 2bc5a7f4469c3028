"""What carries HTTP instead of the network, for tests."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

carrier: ContextVar[httpx.BaseTransport | None] = ContextVar("carrier", default=None)
