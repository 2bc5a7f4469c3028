"""Rows in SQL databases, by SQLAlchemy Core: SQLite, and by the same code PostgreSQL."""

from pypi_sql.database import InvalidReplica, SqlDatabase

__all__ = ["InvalidReplica", "SqlDatabase"]
