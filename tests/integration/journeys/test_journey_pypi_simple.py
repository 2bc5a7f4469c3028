"""The library pypi-simple as it is: what HTML and JSON say agrees, and what they point at is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pypi_contracts.builders import build_sdist, build_wheel

if TYPE_CHECKING:
    from foreign_tools import ForeignTools
    from running_server import RunningServer
    from tool_client import Client

WHEEL = build_wheel("Agreed.Sample", "1.0", requires_python=">=3.9,<4")
SDIST = build_sdist("Agreed.Sample", "1.0")
# Its file name has to be escaped in addresses.
EPOCH = build_wheel("Agreed.Sample", "1!0.5")
YANKED = build_wheel("Agreed.Sample", "0.9")
YANKED_WITHOUT_REASON = build_wheel("Agreed.Sample", "0.8")
REASON = 'broken & <b>"bad"</b>'

READ = """
import json, sys
from pathlib import Path
from pypi_simple import ACCEPT_HTML_ONLY, ACCEPT_JSON_ONLY, PyPISimple

def entry(package):
    fields = (
        "filename", "project", "version", "package_type", "url", "digests", "requires_python",
        "is_yanked", "yanked_reason", "has_sig", "has_metadata", "metadata_digests",
    )
    said = {name: getattr(package, name) for name in fields}
    # What is not there HTML leaves out; JSON can say so.
    return said | {
        "yanked_reason": package.yanked_reason or None,
        "has_metadata": bool(package.has_metadata),
        "metadata_digests": package.metadata_digests or None,
    }

def page(client, accept):
    index = client.get_index_page(accept=accept)
    project = client.get_project_page("agreed-sample", accept=accept)
    return {
        "projects": index.projects,
        "index version": index.repository_version,
        "name": project.project,
        "version": project.repository_version,
        "serials": [index.last_serial, project.last_serial],
        "status": project.status,
        "packages": [entry(each) for each in project.packages],
    }

with PyPISimple(sys.argv[1]) as client:
    folder = Path(sys.argv[2])
    project = client.get_project_page("agreed.sample", accept=ACCEPT_JSON_ONLY)
    for package in project.packages:
        # Both are compared with the digests of the page.
        client.download_package(package, folder / package.filename)
        if package.has_metadata:
            (folder / f"{package.filename}.metadata").write_bytes(client.get_package_metadata_bytes(package))
    print(json.dumps({
        "html": page(client, ACCEPT_HTML_ONLY),
        "json": page(client, ACCEPT_JSON_ONLY),
        "versions": project.versions,
        "sizes": {each.filename: each.size for each in project.packages},
        "dated": all(each.upload_time for each in project.packages),
    }))
"""


@pytest.fixture
def filled(server: RunningServer, client: Client, save: Callable[..., list[Path]]) -> RunningServer:
    client.twine_upload(server, save(WHEEL, SDIST, EPOCH, YANKED, YANKED_WITHOUT_REASON))
    project = ("pypi-server", "project", "yank", "agreed-sample")
    client.run(*project, "0.9", "--reason", REASON, "--data", server.data)
    client.run(*project, "0.8", "--data", server.data)
    return server


def test_html_and_json_agree_file_by_file(
    filled: RunningServer, foreign_tools: ForeignTools, client: Client, tmp_path: Path
) -> None:
    reader = client.using(foreign_tools.environment("pypi-simple==1.8.0"))

    said: dict[str, Any] = json.loads(
        reader.run("python", "-W", "error", "-c", READ, f"{filled.url}simple/", tmp_path).stdout
    )

    assert said["html"]["packages"] == said["json"]["packages"]
    assert said["html"] == said["json"]
    packages = {each["filename"]: each for each in said["json"]["packages"]}
    everything = (WHEEL, SDIST, EPOCH, YANKED, YANKED_WITHOUT_REASON)
    assert {name: each["digests"] for name, each in packages.items()} == {
        each.filename: {"sha256": each.sha256} for each in everything
    }
    assert said["json"]["projects"] == ["Agreed.Sample"]
    assert packages[WHEEL.filename]["requires_python"] == ">=3.9,<4"
    assert {each["version"] for each in packages.values()} == {*said["versions"]}
    assert packages[YANKED.filename]["is_yanked"]
    assert packages[YANKED.filename]["yanked_reason"] == REASON
    assert packages[YANKED_WITHOUT_REASON.filename]["is_yanked"]
    assert packages[YANKED_WITHOUT_REASON.filename]["yanked_reason"] is None
    assert not packages[WHEEL.filename]["is_yanked"]
    assert said["dated"]
    assert said["sizes"] == {each.filename: len(each.content) for each in everything}
    for each in everything:
        assert (tmp_path / each.filename).read_bytes() == each.content
    assert (tmp_path / f"{WHEEL.filename}.metadata").read_bytes() == WHEEL.metadata
    assert (tmp_path / f"{EPOCH.filename}.metadata").read_bytes() == EPOCH.metadata
