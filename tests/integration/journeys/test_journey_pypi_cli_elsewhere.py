"""``pypi-cli`` and indexes that we did not write: it works, or says in a sentence what they do not offer."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from foreign_servers import DEVPI, PYPISERVER, devpi_session, running_devpi, running_pypiserver
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_terminal.exit_codes import ExitCode

if TYPE_CHECKING:
    from foreign_tools import ForeignTools
    from tool_client import Client

pytestmark = pytest.mark.foreign

WHEEL = build_wheel(name="Foo.Bar", version="1.0", summary="A sample", requires_dist=["needed>=1"])
SDIST = build_sdist(name="Foo.Bar", version="1.0", summary="A sample", requires_dist=["needed>=1"])
OLDER = build_wheel(name="Foo.Bar", version="0.9", summary="A sample")
NEEDED = build_wheel(name="needed", version="1.0")


class Elsewhere:
    """An index at *url*, of which ``ada`` with the password ``secret`` is an owner."""

    def __init__(self, url: str, client: Client) -> None:
        self.url = url
        self._client = client

    def cli(self, *arguments: object, code: int = ExitCode.DONE) -> subprocess.CompletedProcess[str]:
        """Run a command, which has to end with *code*."""
        done = self._client.run(
            "pypi-cli", *arguments, check=False,
            PYPI_REPOSITORY=self.url, PYPI_USERNAME="ada", PYPI_PASSWORD="secret",
        )  # fmt: skip
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture(scope="module")
def pypiserver(foreign_tools: ForeignTools, shared_client: Client) -> Iterator[Elsewhere]:
    """Return a pypiserver where uploads need a password."""
    tool = shared_client.using(foreign_tools.environment(PYPISERVER))
    with running_pypiserver(tool, shared_client.home / "pypiserver") as url:
        yield filled(Elsewhere(url, shared_client), shared_client)


@pytest.fixture(scope="module")
def devpi(foreign_tools: ForeignTools, shared_client: Client) -> Iterator[Elsewhere]:
    """Return the index ada/dev of a devpi-server."""
    tool = shared_client.using(foreign_tools.environment(DEVPI))
    with running_devpi(tool, shared_client.home / "devpi") as url:
        httpx.put(f"{url}/ada", json={"password": "secret"}, trust_env=False, timeout=60).raise_for_status()
        index = {"type": "stage", "volatile": True, "bases": []}
        with devpi_session(url, "ada") as session:
            session.put("/ada/dev", json=index).raise_for_status()
        yield filled(Elsewhere(f"{url}/ada/dev/+simple/", shared_client), shared_client)


@pytest.fixture(params=["pypiserver", "devpi"])
def elsewhere(request: pytest.FixtureRequest) -> Elsewhere:
    """Return each of them in turn."""
    found: Elsewhere = request.getfixturevalue(request.param)
    return found


def filled(index: Elsewhere, client: Client) -> Elsewhere:
    """Publish with the tool itself, which tells of each file."""
    dist = client.home / "dist"
    dist.mkdir(exist_ok=True)
    for each in (WHEEL, SDIST, OLDER, NEEDED):
        (dist / each.filename).write_bytes(each.content)
    first, again = index.cli("upload", "dist/*"), index.cli("upload", "dist/*")
    names = {each.filename for each in (WHEEL, SDIST, OLDER, NEEDED)}
    assert set(first.stdout.splitlines()) == {f"{each}: published" for each in names}
    assert set(again.stdout.splitlines()) == {f"{each}: was there already" for each in names}
    return index


def test_versions_and_files_are_listed(elsewhere: Elsewhere) -> None:
    assert elsewhere.cli("versions", "foo_bar").stdout == "1.0  2 files\n0.9  1 file\n"
    listed = elsewhere.cli("files", "Foo.Bar==1.0").stdout
    assert listed.splitlines() == [f"{each.filename}  sha256:{each.sha256}" for each in (WHEEL, SDIST)]


def test_a_project_is_shown(elsewhere: Elsewhere) -> None:
    shown = elsewhere.cli("info", "foo-bar").stdout
    described = json.loads(elsewhere.cli("info", "foo-bar", "--json").stdout)["result"]

    assert shown.startswith("foo-bar 1.0\n")
    assert "Versions       1.0, 0.9" in shown
    assert described["version"] == "1.0"
    assert elsewhere.cli("info", "nowhere", code=ExitCode.NOT_FOUND).stdout == ""


def test_distributions_are_downloaded_with_what_they_need(elsewhere: Elsewhere, tmp_path: Path) -> None:
    elsewhere.cli("download", "foo-bar", "--dest", tmp_path / "one")
    elsewhere.cli("download", "foo-bar==1.0", "--all-files", "--dest", tmp_path / "all")
    elsewhere.cli("download", "foo-bar<1", "--dest", tmp_path / "old")

    assert {each.name for each in (tmp_path / "one").iterdir()} == {WHEEL.filename, NEEDED.filename}
    assert {each.name for each in (tmp_path / "all").iterdir()} == {WHEEL.filename, SDIST.filename}
    assert (tmp_path / "old" / OLDER.filename).read_bytes() == OLDER.content


def test_a_cache_is_filled_from_it(elsewhere: Elsewhere, tmp_path: Path) -> None:
    elsewhere.cli("cache", "create", tmp_path / "house", "foo-bar")

    assert elsewhere.cli("cache", "verify", tmp_path / "house").stdout == "2 files, all good\n"


def test_a_local_copy_is_compared(elsewhere: Elsewhere, tmp_path: Path) -> None:
    (tmp_path / WHEEL.filename).write_bytes(b"other")

    same = elsewhere.cli("status", "foo-bar==1.0", f"dist/{WHEEL.filename}")
    other = elsewhere.cli("status", "foo-bar==1.0", tmp_path / WHEEL.filename, code=ExitCode.FAILED)

    assert "offered, same as the local file" in same.stdout
    assert "offered, not the same as the local file" in other.stdout


def test_other_bytes_of_the_same_name_are_refused(pypiserver: Elsewhere, tmp_path: Path) -> None:
    other = build_wheel(name="needed", version="1.0", summary="Other bytes")
    (tmp_path / other.filename).write_bytes(other.content)

    refused = pypiserver.cli("upload", tmp_path / other.filename, code=ExitCode.CONFLICT)

    assert "refused" in refused.stderr
    skipped = pypiserver.cli("upload", "--skip-existing", tmp_path / other.filename)
    assert skipped.stdout == f"{other.filename}: skipped\n"


def test_pypiserver_is_searched_by_xml_rpc(pypiserver: Elsewhere) -> None:
    assert pypiserver.cli("search", "foo").stdout == "foo_bar 1.0\n"
    assert pypiserver.cli("search", "nowhere", code=ExitCode.NOTHING_MATCHED).stdout == ""
    refused = pypiserver.cli("search", "foo", "--facets", code=ExitCode.NOT_OFFERED)
    assert "can be searched by words in name and summary and by single fields alone" in refused.stderr


def test_devpi_says_that_it_cannot_be_searched(devpi: Elsewhere) -> None:
    refused = devpi.cli("search", "foo", code=ExitCode.NOT_OFFERED)

    assert "it speaks neither JSON-RPC nor XML-RPC. Search on its web pages." in refused.stderr


@pytest.mark.parametrize(
    "command",
    [
        "whoami", "yank foo-bar==1.0", "unyank foo-bar==1.0", "changes", "project create fresh",
        "project status foo-bar archived", "role list foo-bar", "project archive foo-bar", "token list",
        "token create mine", "download foo-bar --docs", f"upload-metadata dist/{WHEEL.filename}",
    ],
)  # fmt: skip
def test_an_unsupported_command_fails_with_a_sentence(elsewhere: Elsewhere, command: str) -> None:
    refused = elsewhere.cli(*command.split(), code=ExitCode.NOT_OFFERED)

    assert refused.stdout == ""
    assert re.fullmatch(r"pypi-cli: The index at http\S+ does not [^\n]+\.\n", refused.stderr)


def test_a_wrong_password_is_reported(elsewhere: Elsewhere, shared_client: Client, tmp_path: Path) -> None:
    other = build_wheel(name="late", version="1.0")
    (tmp_path / other.filename).write_bytes(other.content)

    done = shared_client.run(
        "pypi-cli", "upload", tmp_path / other.filename, check=False,
        PYPI_REPOSITORY=elsewhere.url, PYPI_USERNAME="ada", PYPI_PASSWORD="wrong-secret",
    )  # fmt: skip

    assert done.returncode == ExitCode.REFUSED
    assert "wrong-secret" not in done.stdout + done.stderr
