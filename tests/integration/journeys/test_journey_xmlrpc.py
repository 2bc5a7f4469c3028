"""Legacy tools as they are: Python's own XML-RPC client, pip search, and bandersnatch 6 as a mirror."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

if TYPE_CHECKING:
    from foreign_tools import ForeignTools
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.slow

Save = Callable[..., list[Path]]

WHEEL = build_wheel(
    "Legacy.Sample",
    "1.0",
    summary="Greets legacy tools & new",
    extra_metadata=[("Classifier", "Programming Language :: Python")],
)
SDIST = build_sdist("Legacy.Sample", "1.0")
OTHER = build_wheel("other", "0.1", summary="Greets nobody")
NEWER = build_wheel("other", "0.2", summary="Greets nobody")
THIRD = build_sdist("third", "1.0")


@pytest.fixture
def filled(server: RunningServer, client: Client, save: Save) -> RunningServer:
    client.twine_upload(server, save(WHEEL, SDIST, OTHER))
    return server


@contextmanager
def calling(url: str) -> Iterator[Any]:
    """Open Python's client, of whose answers nothing is known before."""
    with xmlrpc.client.ServerProxy(url, allow_none=True) as proxy:
        yield proxy


@pytest.mark.parametrize("address", ["pypi", "pypi/", "RPC2"])
def test_pythons_client_asks_everything(filled: RunningServer, address: str) -> None:
    with calling(filled.url + address) as proxy:
        serials = proxy.list_packages_with_serial()
        file, _sdist = proxy.release_urls("legacy-sample", "1.0")
        several: Any = xmlrpc.client.MultiCall(proxy)
        several.package_releases("other", True)
        several.changelog_last_serial()

        assert {*serials} == {"Legacy.Sample", "other"}
        assert proxy.list_packages() == ["Legacy.Sample", "other"]
        assert [*several()] == [["0.1"], max(serials.values())]
        assert proxy.release_data("other", "0.1")["summary"] == "Greets nobody"
        assert proxy.browse(["Programming Language :: Python"]) == [["Legacy.Sample", "1.0"]]
        assert "add py3 file other-0.1-py3-none-any.whl" in {
            action for _name, _version, _time, action, _serial in proxy.changelog_since_serial(0)
        }
        assert "search" in proxy.system.listMethods()
        with pytest.raises(xmlrpc.client.Fault, match="-32601"):
            proxy.no_such_method()
    path = file["url"].removeprefix(filled.url)
    assert hashlib.sha256(filled.get(path).content).hexdigest() == WHEEL.sha256


def test_other_indexes_are_asked_below_their_names(filled: RunningServer) -> None:
    with calling(f"{filled.url}i/test/pypi") as proxy:
        assert proxy.list_packages() == []


def test_pip_searches(start_server: StartServer, client: Client, save: Save) -> None:
    server = start_server("--worker")
    client.twine_upload(server, save(WHEEL, OTHER))
    wait_until_found(server, "greets", 2)

    found = client.run("python", "-m", "pip", "search", "--index", f"{server.url}pypi", "greets", "old")
    nothing = client.run(
        "python", "-m", "pip", "search", "--index", f"{server.url}pypi", "unheard-of", check=False
    )

    lines = [each.split() for each in found.stdout.splitlines()]
    assert ["Legacy.Sample", "(1.0)", "-", "Greets", "legacy", "tools", "&", "new"] in lines
    assert ["other", "(0.1)", "-", "Greets", "nobody"] in lines
    assert nothing.stdout == ""
    # pip's own code for "nothing found".
    assert nothing.returncode == 23


def wait_until_found(server: RunningServer, word: str, hits: int) -> None:
    with calling(f"{server.url}pypi") as proxy:
        while len(proxy.search({"summary": word})) < hits:
            time.sleep(0.02)


@pytest.fixture(scope="module")
def bandersnatch(foreign_tools: ForeignTools) -> Path:
    return foreign_tools.environment("bandersnatch==6.8.0") / "bin" / "bandersnatch"


class Mirror:
    """A folder that bandersnatch fills."""

    def __init__(self, program: Path, folder: Path, master: str) -> None:
        self._program = program
        self._configuration = folder / "bandersnatch.conf"
        self.web = folder / "mirror" / "web"
        self._configuration.write_text(
            f"[mirror]\ndirectory = {folder / 'mirror'}\nmaster = {master.rstrip('/')}\n"
            "allow-non-https = true\njson = true\nstop-on-error = true\nworkers = 2\n"
            "api-method = xmlrpc\n"
        )

    def run(self) -> str:
        """Bring it up to date and return what was said."""
        outcome = subprocess.run(
            [self._program, "-c", self._configuration, "mirror"], capture_output=True, text=True
        )
        assert outcome.returncode == 0, outcome.stderr
        assert "Traceback" not in outcome.stderr
        return outcome.stderr

    def files(self) -> dict[str, str]:
        """Return names and digests of all files there."""
        there = (each for each in (self.web / "packages").rglob("*") if each.is_file())
        return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in there}


@pytest.fixture
def mirror(bandersnatch: Path, filled: RunningServer, tmp_path: Path) -> Mirror:
    return Mirror(bandersnatch, tmp_path, filled.url)


def digests(*distributions: BuiltDistribution) -> dict[str, str]:
    return {each.filename: each.sha256 for each in distributions}


@pytest.mark.foreign
def test_bandersnatch_6_mirrors_all_and_then_what_changed(
    mirror: Mirror, filled: RunningServer, client: Client, save: Save
) -> None:
    mirror.run()

    assert mirror.files() == digests(WHEEL, SDIST, OTHER)
    project = json.loads((mirror.web / "json" / "legacy-sample").read_text())
    assert project["info"]["name"] == "Legacy.Sample"
    page = (mirror.web / "simple" / "legacy-sample" / "index.html").read_text()
    assert WHEEL.filename in page

    client.twine_upload(filled, save(NEWER, THIRD))
    said = mirror.run()

    assert mirror.files() == digests(WHEEL, SDIST, OTHER, NEWER, THIRD)
    # Only what changed is looked at again.
    assert "Fetching metadata for package: other" in said
    assert "Fetching metadata for package: third" in said
    assert "Fetching metadata for package: legacy" not in said.lower()

    assert "Fetching metadata" not in mirror.run()
