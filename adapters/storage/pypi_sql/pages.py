"""Rendered pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from pypi_core.domain.indexes import IndexName
from pypi_core.errors import IndexNotFound
from pypi_core.ports.pages import Page, PageKey
from pypi_sql.engine import reading, writing
from pypi_sql.tables import indexes, pages

if TYPE_CHECKING:
    from pypi_core.ports.pages import Pages


class SqlPages:
    """The pages of one index; each call is a transaction of its own."""

    def __init__(self, engine: Engine, name: IndexName) -> None:
        self._engine = engine
        self._name = name

    def find(self, key: PageKey) -> Page | None:
        """Return the page if one of exactly this validity is kept."""
        query = (
            select(pages.c.body, pages.c.compressed, pages.c.etag)
            .join(indexes, indexes.c.id == pages.c.index_id)
            .where(
                indexes.c.name == self._name,
                pages.c.kind == key.kind,
                pages.c.subject == key.subject,
                pages.c.validity == key.validity,
            )
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Page(body=row.body, compressed=row.compressed, etag=row.etag)

    def put(self, key: PageKey, page: Page) -> None:
        """Keep a page in place of any other validity of the same subject and kind."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        content = {
            "validity": key.validity,
            "body": page.body,
            "compressed": page.compressed,
            "etag": page.etag,
        }
        with writing(self._engine) as connection:
            index_id = connection.execute(select(indexes.c.id).where(indexes.c.name == self._name)).scalar()
            if index_id is None:
                raise IndexNotFound(self._name)
            connection.execute(
                dialect.insert(pages)
                .values(index_id=index_id, kind=key.kind, subject=key.subject, **content)
                .on_conflict_do_update(
                    index_elements=[pages.c.index_id, pages.c.kind, pages.c.subject], set_=content
                )
            )
            connection.commit()


if TYPE_CHECKING:
    _: type[Pages] = SqlPages
