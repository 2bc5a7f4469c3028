"""How often pages ask the database: as often for much as for little."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.digests import Digests
from pypi_core.domain.filenames import FileType
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_core.ports.files import NewFile
from pypi_http_api import build_application
from pypi_web import frontend

FEW, MANY = 3, 300
TABS = (
    "", "releases/", "files/", "dependencies/", "security/", "documentation/", "1.0/compare/0.1/",
)  # fmt: skip


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a server with a project of three releases and files, and one of three hundred."""
    container = assemble(Settings(data=str(tmp_path_factory.mktemp("pages"))))
    database = container.database()
    database.migrate()
    site = container.site()
    site.create_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
    index = database.index(DEFAULT_INDEX)
    now = site.index(DEFAULT_INDEX).clock.now()
    for name, number in (("few", FEW), ("many", MANY)):
        with index.open_unit_of_work(OPERATOR) as uow:
            project = uow.projects.add(NormalizedName(name), DisplayName(name), now)
            metadata = CoreMetadata(
                summary="Says hello", requires_dist=tuple(f"needed-{each}" for each in range(number))
            )
            for release_number in range(number):
                release = uow.releases.add(project.id, parse_version(f"0.{release_number}"), metadata, now)
                uow.files.add(release, _file(f"{name}-0.{release_number}-py3-none-any.whl", now))
            release = uow.releases.add(project.id, parse_version("1.0"), metadata, now)
            for file_number in range(number):
                uow.files.add(release, _file(f"{name}-1.0-{file_number}-py3-none-any.whl", now))
            uow.commit()
    return build_application(site=site, change_signal=database.change_signal, frontend=frontend())


def _file(filename: str, now: Any) -> NewFile:
    built = build_wheel("sample", "1.0", summary=filename)
    return NewFile(
        filename=filename,
        filetype=FileType.WHEEL,
        python_version="py3",
        size=len(built.content),
        digests=Digests(sha256=built.sha256, blake2_256=built.blake2_256, md5="0" * 32),
        uploaded=now,
        requires_python=None,
        metadata_sha256=None,
    )


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def get(application: Any, path: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as client:
            return await client.get(path)

    return asyncio.run(send())


@pytest.mark.parametrize("tab", TABS)
def test_a_project_page_asks_as_often_for_300_files_as_for_3(application: Any, tab: str) -> None:
    asked = []
    for name in ("few", "many", "few", "many"):
        with statements() as seen:
            assert get(application, f"/project/{name}/{tab}").status_code == 200
        asked.append(len(seen))

    # The first of each renders the description, and puts it by.
    assert asked[2] == asked[3]
    assert asked[3] < 40
