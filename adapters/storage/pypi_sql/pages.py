"""Rendered pages."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Executable, bindparam, select

from pypi_core.domain.indexes import IndexName
from pypi_core.errors import IndexNotFound
from pypi_core.ports.pages import Page, PageKey
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import repeated
from pypi_sql.inserting import insertion
from pypi_sql.tables import indexes, pages

if TYPE_CHECKING:
    from pypi_core.ports.pages import Pages

_INDEX_ID = select(indexes.c.id).where(indexes.c.name == bindparam("of_index"))
_FIND = select(pages.c.body, pages.c.compressed, pages.c.etag).where(
    pages.c.index_id == _INDEX_ID.scalar_subquery(),
    pages.c.kind == bindparam("of_kind"),
    pages.c.subject == bindparam("about"),
    pages.c.validity == bindparam("valid"),
)


class SqlPages:
    """The pages of one index; each call is a transaction of its own."""

    def __init__(self, connections: Connections, name: IndexName) -> None:
        self._connections = connections
        self._name = name

    def find(self, key: PageKey) -> Page | None:
        wanted = {
            "of_index": self._name,
            "of_kind": key.kind,
            "about": key.subject,
            "valid": key.validity,
        }
        with self._connections.reading() as connection:
            row = connection.execute(_FIND, wanted).one_or_none()
        return None if row is None else Page(body=row.body, compressed=row.compressed, etag=row.etag)

    @repeated
    def put(self, key: PageKey, page: Page) -> None:
        # A page that a loss of power takes is rendered again.
        with self._connections.writing(durable=False) as connection:
            index_id = connection.execute(_INDEX_ID, {"of_index": self._name}).scalar_one_or_none()
            if index_id is None:
                raise IndexNotFound(self._name)
            connection.execute(
                _putting(connection.dialect.name),
                {
                    "index_id": index_id,
                    "kind": key.kind,
                    "subject": key.subject,
                    "validity": key.validity,
                    "body": page.body,
                    "compressed": page.compressed,
                    "etag": page.etag,
                },
            )
            commit(connection)


@cache
def _putting(dialect_name: str) -> Executable:
    adding = insertion(dialect_name, pages)
    return adding.on_conflict_do_update(
        index_elements=[pages.c.index_id, pages.c.kind, pages.c.subject],
        set_={name: adding.excluded[name] for name in ("validity", "body", "compressed", "etag")},
    )


if TYPE_CHECKING:
    _: type[Pages] = SqlPages
