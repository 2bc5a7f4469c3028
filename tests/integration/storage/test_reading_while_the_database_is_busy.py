"""Nobody who reads waits for those who write, also with a token that is no good."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from pypi_app.application import build_asgi_application
from pypi_app.container import assemble
from pypi_app.server.set_up import set_up
from pypi_app.settings import Settings

_CALL = b"<methodCall><methodName>list_packages</methodName></methodCall>"


@contextmanager
def _written_to(path: Path) -> Iterator[None]:
    """Hold the database as a writer at work does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        yield
        writer.execute("ROLLBACK")


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET", "/simple/", {}, b""),
        ("GET", "/changes", {}, b""),
        ("POST", "/pypi", {"Content-Type": "text/xml"}, _CALL),
    ],
    ids=["simple", "changes", "xml-rpc"],
)
def test_a_reader_with_a_stale_token_is_answered_while_the_database_is_busy(
    tmp_path: Path, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    settings = Settings(data=str(tmp_path))
    container = assemble(settings)
    site, database = container.site(), container.database()
    set_up(site, database, tmp_path)
    application = build_asgi_application(settings, site, database)

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as session:
            answers = [
                session.request(
                    method, path, content=body, headers={**headers, "Authorization": f"Bearer pidx_{each}"}
                )
                for each in range(6)
            ]
            return [each.status_code for each in await asyncio.gather(*answers)]

    with _written_to(tmp_path / "index.sqlite"):
        assert asyncio.run(ask()) == [200] * 6
    database.dispose()
