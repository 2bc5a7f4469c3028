"""A data folder with rows in all tables, and all rows of a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from packaging.version import Version
from sqlalchemy import Column, Connection, insert, select

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, Actor, Role, TokenCredentials
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.entities import Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.rate_limits import RateLimit
from pypi_core.domain.upload_sessions import DeclaredFile
from pypi_core.index import Index
from pypi_core.ports.pages import PageKind
from pypi_core.site import Site
from pypi_memory.environment import FixedClock
from pypi_sql.engine import Connections, commit
from pypi_sql.tables import UtcDateTime, metadata

RELEASES = 40


def fill(settings: Settings) -> None:
    """Make rows in all tables that a server fills."""
    container = assemble(settings)
    container.database().migrate()
    site: Site = container.site()
    for each in (DEFAULT_INDEX, IndexName("test")):
        site.create_index(OPERATOR, each, IndexSettings(title=f"The {each} index: čau"))
    for username in ("alice", "bob"):
        site.register_account(OPERATOR, username, "correct horse")
    alice = site.authenticate(TokenCredentials(site.issue_token(OPERATOR, "alice", "laptop").secret))
    for number in range(RELEASES):
        publish(site.index(DEFAULT_INDEX), alice, f"sample-{number % 7}", f"1.{number}")
    index = site.index(DEFAULT_INDEX)
    name = NormalizedName("sample-1")
    release = index.projects.read(alice, name).releases[0]
    index.yank_release(alice, name, release.version, Yank(reason="broken"))
    index.delete_release(alice, name, index.projects.read(alice, name).releases[1].version)
    index.delete_project(alice, NormalizedName("sample-6"))
    index.grant_role(alice, name, "bob", Role.MAINTAINER)
    index.pages.project(alice, name, PageKind.SIMPLE_JSON)
    index.statistics.read(alice)
    file = DeclaredFile(filename="later-1.0.tar.gz", size=5, sha256="0" * 64)
    index.begin_upload(alice, DisplayName("later"), Version("1.0"), [file])
    container.database().rate_limiter.take(
        RateLimit(name="uploads", quota=5, window=60, refusal=""), "alice", FixedClock().now()
    )
    container.database().dispose()


def publish(index: Index, by: Actor, name: str, version: str) -> None:
    wheel = build_wheel(name, version, extra_metadata=[("Classifier", "Topic :: Utilities")])
    arrival = index.staging.begin()
    arrival.append(wheel.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(wheel.filename, archive, staged.digests)
    index.publish_file(by, upload, staged)


def fill_the_rest(url: str) -> None:
    """Put a row into each table that has none, so that a table added later is copied here too."""
    connections = Connections(url)
    with connections.writing() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(select(table).limit(1)).first() is None:
                row = {column.name: made_up(connection, column) for column in table.columns}
                connection.execute(insert(table), row)
        commit(connection)
    connections.engine.dispose()


def made_up(connection: Connection, column: Column[Any]) -> object:
    for key in column.foreign_keys:
        return connection.execute(select(key.column).limit(1)).scalar_one()
    if isinstance(column.type, UtcDateTime):
        return datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    values: dict[type, object] = {
        int: 7,
        str: "čau",
        bool: True,
        bytes: b"\x00\xff",
        date: date(2026, 2, 3),
    }
    return values[column.type.python_type]


def rows_of(url: str) -> dict[str, list[Any]]:
    """Return all rows of all tables, by table."""
    connections = Connections(url)
    with connections.reading() as connection:
        rows = {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key)))
            for table in metadata.sorted_tables
        }
    connections.engine.dispose()
    return rows
