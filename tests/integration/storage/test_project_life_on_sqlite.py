"""Status, deletion and roles over HTTP, on SQLite and a folder: what the very next request gets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_core.domain.accounts import OPERATOR, Role
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings, Reading
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_http_api import build_application
from pypi_web import frontend

NAME = NormalizedName("sample")
WHEEL = build_wheel("sample", "1.0", description="What it said first")
OTHER = IndexName("other")
JSON = {"accept": "application/vnd.pypi.simple.v1+json"}


class Service:
    """A site in a folder of its own, with an index ``other`` beside the main one, asked without a server."""

    def __init__(self, folder: Path) -> None:
        container = assemble(Settings(data=str(folder)))
        self.database = container.database()
        self.database.migrate()
        self.site = container.site()
        for name in (DEFAULT_INDEX, OTHER):
            self.site.create_index(OPERATOR, name, IndexSettings())
        self.index = self.site.index(DEFAULT_INDEX)
        self.tokens = {name: self._token(name) for name in ("alice", "bob")}
        self.application = build_application(
            site=self.site,
            change_signal=self.database.change_signal,
            frontend=frontend(),
        )

    def _token(self, username: str) -> str:
        self.site.register_account(OPERATOR, username, "correct horse")
        return self.site.issue_token(OPERATOR, username, "for a test").secret

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.application)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path, headers=JSON if path.startswith("/simple/") else {})

    def upload(
        self, distribution: BuiltDistribution, to: str = "/legacy/", username: str = "alice"
    ) -> httpx.Response:
        fields: dict[str, list[str]] = {}
        for name, value in distribution.form_fields():
            fields.setdefault(name, []).append(value)
        content = {"content": (distribution.filename, distribution.content)}
        auth = ("__token__", self.tokens[username])
        return self.request("POST", to, data=fields, files=content, auth=auth)

    def statuses(self, *paths: str) -> list[int]:
        """Ask each twice: the second may be answered from what is kept ready."""
        answers = [[self.get(path).status_code for _ in range(2)] for path in paths]
        assert all(first == second for first, second in answers)
        return [first for first, _ in answers]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    assert service.upload(WHEEL).status_code == 200
    yield service
    service.database.dispose()


def path_of(distribution: BuiltDistribution) -> str:
    digest = distribution.blake2_256
    return f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{distribution.filename}"


FILE = path_of(WHEEL)
PATHS = (FILE, f"{FILE}.metadata", f"/i/pypi{FILE}", "/pypi/sample/json", "/pypi/sample/1.0/json")


def test_a_quarantine_and_its_end_are_seen_by_the_very_next_request(service: Service) -> None:
    assert service.statuses(*PATHS) == [200] * 5
    assert len(service.get("/simple/").json()["projects"]) == 1

    service.index.set_project_status(OPERATOR, NAME, ProjectStatus(Status.QUARANTINED, "Looked into."))

    assert service.statuses(*PATHS) == [404] * 5
    assert service.get("/simple/").json()["projects"] == []
    page = service.get("/simple/sample/").json()
    assert (page["files"], page["project-status"]["status"]) == ([], "quarantined")
    assert "What it said first" not in service.get("/project/sample/").text
    assert service.upload(build_wheel("sample", "1.1")).status_code == 403

    service.index.set_project_status(OPERATOR, NAME, ProjectStatus())

    assert service.statuses(*PATHS) == [200] * 5
    assert len(service.get("/simple/").json()["projects"]) == 1
    assert service.get(FILE).content == WHEEL.content


def test_a_file_that_another_index_lists_stays_at_the_shared_address(service: Service) -> None:
    assert service.upload(WHEEL, to="/i/other/legacy/").status_code == 200
    service.index.set_project_status(OPERATOR, NAME, ProjectStatus(Status.QUARANTINED))

    for path in (FILE, f"{FILE}.metadata"):
        assert service.statuses(path, f"/i/other{path}", f"/i/pypi{path}") == [200, 200, 404]
    service.site.configure_index(OPERATOR, OTHER, IndexSettings(reading=Reading.PRIVATE))
    assert service.statuses(FILE, f"/i/other{FILE}", f"/i/pypi{FILE}") == [404, 401, 404]


def test_a_deleted_project_is_gone_and_its_name_free(service: Service) -> None:
    assert service.statuses(*PATHS) == [200] * 5
    before = int(service.get("/simple/sample/").headers["x-pypi-last-serial"])

    service.index.delete_project(OPERATOR, NAME)

    assert service.statuses(*PATHS, "/simple/sample/", "/project/sample/") == [404] * 7
    assert service.get("/simple/").json()["projects"] == []
    assert service.upload(WHEEL, username="bob").status_code == 400
    assert service.upload(build_wheel("sample", "1.0", tag="py2-none-any"), username="bob").status_code == 200
    assert service.upload(build_wheel("sample", "3.0")).status_code == 403
    page = service.get("/simple/sample/")
    assert int(page.headers["x-pypi-last-serial"]) > before + 1
    assert [each["filename"] for each in page.json()["files"]] == ["sample-1.0-py2-none-any.whl"]
    assert "What it said first" not in service.get("/project/sample/").text
    actions = [each["action"] for each in service.get(f"/changes?since={before}").json()["changes"]]
    assert actions[:3] == ["remove project", "create", "add Owner bob"]


def test_a_release_published_again_shows_its_own_description(service: Service) -> None:
    assert "What it said first" in service.get("/project/sample/1.0/").text

    service.index.delete_release(OPERATOR, NAME, parse_version("1.0"))
    assert service.statuses(FILE, "/project/sample/1.0/", "/pypi/sample/1.0/json") == [404] * 3
    again = build_wheel("sample", "1.0", tag="py2-none-any", description="What it says now")
    assert service.upload(again).status_code == 200

    assert "What it says now" in service.get("/project/sample/1.0/").text


def test_a_role_counts_from_the_very_next_request(service: Service) -> None:
    new = build_wheel("sample", "2.0")
    assert service.upload(new, username="bob").status_code == 403

    service.index.grant_role(OPERATOR, NAME, "bob", Role.MAINTAINER)
    assert service.upload(new, username="bob").status_code == 200
    assert {"role": "Maintainer", "user": "bob"} in service.get("/pypi/sample/json").json()["ownership"][
        "roles"
    ]

    service.index.revoke_role(OPERATOR, NAME, "bob")
    assert service.upload(build_wheel("sample", "2.1"), username="bob").status_code == 403
    assert owners(service) == [{"role": "Owner", "user": "alice"}]


def owners(service: Service) -> list[dict[str, str]]:
    return list(service.get("/pypi/sample/json").json()["ownership"]["roles"])
