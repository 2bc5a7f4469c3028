"""Inserting where a row may be there already, as SQLite and PostgreSQL both have it."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


def insertion(dialect_name: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """
    Return an insertion that has ``on_conflict_do_nothing`` and ``on_conflict_do_update``.

    Unlike a broken constraint, a conflict that does nothing leaves the transaction usable.
    """
    return postgresql.insert(table) if dialect_name == "postgresql" else sqlite.insert(table)
