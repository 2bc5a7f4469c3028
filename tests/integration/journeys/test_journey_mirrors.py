"""bandersnatch 8 as it is: a full mirror over https, then only what changed, then without what went."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

if TYPE_CHECKING:
    from certificates import Certificates
    from foreign_tools import ForeignTools
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.foreign

Publish = Callable[..., None]

WHEEL = build_wheel("Mirrored.Sample", "1.0", requires_python=">=3.9")
SDIST = build_sdist("Mirrored.Sample", "1.0")
# Its file name has to be escaped in addresses.
EPOCH = build_wheel("Mirrored.Sample", "1!0.5")
OTHER = build_wheel("other", "0.1")
NEWER = build_wheel("other", "0.2")
KEPT = build_wheel("kept", "1.0")
THIRD = build_sdist("third", "1.0")

THE_LIST = ["/simple", "/simple/"]


@pytest.fixture
def origin(start_server: StartServer, certificates: Certificates) -> RunningServer:
    """Return a server that speaks https alone and logs every request."""
    return start_server(
        "--access-log", "--no-worker",
        "--tls-certificate", str(certificates.chain), "--tls-key", str(certificates.key),
        authority=certificates.authority,
    )  # fmt: skip


@pytest.fixture
def publish(
    origin: RunningServer, client: Client, save: Callable[..., list[Path]], certificates: Certificates
) -> Publish:
    def upload(*distributions: BuiltDistribution) -> None:
        client.twine_upload(origin, save(*distributions), "--cert", str(certificates.authority))

    upload(WHEEL, SDIST, OTHER, KEPT)
    return upload


class Mirror:
    """A folder that bandersnatch fills."""

    def __init__(self, tool: Client, folder: Path, origin: RunningServer, authority: Path) -> None:
        self._tool = tool
        self._origin = origin
        self._authority = authority
        self._configuration = folder / "bandersnatch.conf"
        self.web = folder / "mirror" / "web"
        self._configuration.write_text(
            f"[mirror]\ndirectory = {folder / 'mirror'}\nmaster = {origin.url.rstrip('/')}\n"
            "json = true\nstop-on-error = true\nworkers = 2\n"
        )

    def update(self) -> list[str]:
        """Bring it up to date and return what it asked the origin for."""
        return self._run("mirror")

    def tidy(self) -> list[str]:
        """Compare everything with the origin, drop what is not there, and return what it asked for."""
        return self._run("verify", "--delete", "--json-update")

    def _run(self, *command: str) -> list[str]:
        before = len(self._origin.log)
        outcome = self._tool.run(
            "bandersnatch", "-c", self._configuration, *command, SSL_CERT_FILE=str(self._authority)
        )
        assert "Traceback" not in outcome.stderr
        return sorted(map(unquote, re.findall(r'\\"[A-Z]+ (\S+) HTTP/', self._origin.log[before:])))

    def files(self) -> dict[str, str]:
        """Return names and digests of all files there."""
        there = (each for each in (self.web / "packages").rglob("*") if each.is_file())
        return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in there}

    def page(self, project: str) -> dict[str, dict[str, Any]]:
        """Return what the page of a project says of each of its files."""
        page = json.loads((self.web / "simple" / project / "index.v1_json").read_text())
        return {each["filename"]: each for each in page["files"]}


@pytest.fixture
def mirror(
    foreign_tools: ForeignTools,
    client: Client,
    origin: RunningServer,
    tmp_path: Path,
    certificates: Certificates,
) -> Mirror:
    tool = client.using(foreign_tools.environment("bandersnatch==8.2.0", python=(3, 12)))
    return Mirror(tool, tmp_path, origin, certificates.authority)


def held(*distributions: BuiltDistribution) -> dict[str, str]:
    """Return names and digests of what a mirror has of files: them, and the metadata beside wheels."""
    return {each.filename: each.sha256 for each in distributions} | {
        f"{each.filename}.metadata": hashlib.sha256(each.metadata).hexdigest()
        for each in distributions
        if each.filetype == "bdist_wheel"
    }


def addresses(*distributions: BuiltDistribution) -> list[str]:
    """Return where a mirror fetches files and the metadata beside them."""
    found = []
    for each in distributions:
        digest = each.blake2_256
        file = f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{each.filename}"
        found += [file, f"{file}.metadata"] if each.filetype == "bdist_wheel" else [file]
    return found


def metadata_of(*projects: str) -> list[str]:
    return [f"/pypi/{each}/json" for each in projects]


def change(client: Client, origin: RunningServer, *command: str) -> None:
    client.operate(origin, "project", *command)


def test_a_full_mirror_holds_every_file_and_asks_for_each_once(mirror: Mirror, publish: Publish) -> None:
    publish(EPOCH)

    asked = mirror.update()

    assert mirror.files() == held(WHEEL, SDIST, EPOCH, OTHER, KEPT)
    assert asked == sorted(
        THE_LIST
        + metadata_of("mirrored-sample", "other", "kept")
        + addresses(WHEEL, SDIST, EPOCH, OTHER, KEPT)
    )
    page = mirror.page("mirrored-sample")
    assert {name: each["hashes"]["sha256"] for name, each in page.items()} == {
        each.filename: each.sha256 for each in (WHEEL, SDIST, EPOCH)
    }
    assert page[WHEEL.filename]["requires-python"] == ">=3.9"
    assert page[WHEEL.filename]["size"] == len(WHEEL.content)
    assert page[WHEEL.filename]["core-metadata"] == {"sha256": hashlib.sha256(WHEEL.metadata).hexdigest()}
    assert {each["yanked"] for each in page.values()} == {False}
    projects = json.loads((mirror.web / "simple" / "index.v1_json").read_text())["projects"]
    assert {each["name"] for each in projects} == {"mirrored-sample", "other", "kept"}


def test_a_second_run_fetches_only_changes(
    mirror: Mirror, publish: Publish, client: Client, origin: RunningServer
) -> None:
    mirror.update()
    unchanged = mirror.update()

    publish(NEWER, THIRD)
    change(client, origin, "yank", "mirrored-sample", "1.0", "--reason", 'broken & "bad"')
    changed = mirror.update()

    assert unchanged == THE_LIST
    assert changed == sorted(
        THE_LIST + metadata_of("mirrored-sample", "other", "third") + addresses(NEWER, THIRD)
    )
    assert mirror.files() == held(WHEEL, SDIST, OTHER, KEPT, NEWER, THIRD)


def test_yanks_travel_and_come_back(
    mirror: Mirror, publish: Publish, client: Client, origin: RunningServer
) -> None:
    change(client, origin, "yank", "mirrored-sample", "1.0", "--reason", 'broken & "bad"')
    change(client, origin, "yank", "other", "0.1")
    mirror.update()
    yanked = mirror.page("mirrored-sample")
    html = (mirror.web / "simple" / "mirrored-sample" / "index.html").read_text()
    other = mirror.page("other")

    change(client, origin, "unyank", "mirrored-sample", "1.0")
    mirror.update()

    # What bandersnatch writes into JSON is its own: that a file is yanked, without the reason.
    assert {name: bool(each["yanked"]) for name, each in yanked.items()} == {
        WHEEL.filename: True, SDIST.filename: True
    }  # fmt: skip
    assert html.count("data-yanked") == 2
    assert other[OTHER.filename]["yanked"]
    releases = json.loads((mirror.web / "json" / "other").read_text())["releases"]
    assert [each["yanked"] for each in releases["0.1"]] == [True]
    assert not any(each["yanked"] for each in mirror.page("mirrored-sample").values())


def test_a_deleted_project_vanishes_from_the_mirror(
    mirror: Mirror, publish: Publish, client: Client, origin: RunningServer
) -> None:
    mirror.update()
    change(client, origin, "delete", "other", "--yes")
    change(client, origin, "delete", "mirrored-sample", "1.0", SDIST.filename, "--yes")

    # Of a project that is in no list any more bandersnatch hears when it compares everything.
    updating = mirror.update()
    tidying = mirror.tidy()

    assert updating == sorted(THE_LIST + metadata_of("mirrored-sample"))
    assert tidying == sorted(metadata_of("kept", "mirrored-sample", "other"))
    assert mirror.files() == held(WHEEL, KEPT)
    assert {*mirror.page("mirrored-sample")} == {WHEEL.filename}
    assert not (mirror.web / "json" / "other").exists()
