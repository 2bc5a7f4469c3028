"""Rows in SQL databases, by SQLAlchemy Core: SQLite, and by the same code PostgreSQL."""

from pypi_sql.backups import DatabaseOccupied, RestoreTerms
from pypi_sql.database import InvalidReplica, SqlDatabase

__all__ = ["DatabaseOccupied", "InvalidReplica", "RestoreTerms", "SqlDatabase"]
