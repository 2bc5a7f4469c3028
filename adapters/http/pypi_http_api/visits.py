"""
What every request carries: which index, who is asking, at which address.

The values stand in the scope's state under the names of `Visit`'s fields, where the
frontend, which must not import this package, finds them too.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.types import Scope

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """
    A request seen from the index it is for.

    Attributes:
        index: The index addressed.
        index_name: Its name.
        actor: Who is asking.
        root: The path prefix of the index: empty, or such as ``/i/test``.
        base_url: Its absolute address, without ``/`` at its end.
        path: The path below *root* as it was asked for, with its trailing ``/`` if it had one.
        query: The query string.
        only_head: Whether the body is not wanted.
    """

    index: Index
    index_name: str
    actor: Actor
    root: str
    base_url: str
    path: str
    query: str
    only_head: bool

    def put_into(self, scope: Scope) -> None:
        """Leave the values where handlers find them."""
        scope["state"] = {**scope.get("state", {}), **msgspec.structs.asdict(self)}

    def location(self, path: str) -> str:
        """Return *path* of this index as a reference on the same origin, with the query that was asked."""
        return f"{self.root}{path}{'?' if self.query else ''}{self.query}"


def visit_of(scope: Scope) -> Visit:
    """Return what `Visit.put_into` left."""
    state: dict[str, Any] = scope["state"]
    return Visit(**{field: state[field] for field in Visit.__struct_fields__})


def header(scope: Scope, name: bytes) -> str | None:
    """Return a header, repeated ones joined by commas, ``None`` where there is none."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ", ".join(values) if values else None
