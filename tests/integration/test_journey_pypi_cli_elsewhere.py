"""``pypi-cli`` and indexes that we did not write: it works, or says in a sentence what they do not offer."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from pypi_app.cli.exit_codes import ExitCode
from pypi_core.testing.builders import build_sdist, build_wheel

if TYPE_CHECKING:
    from foreign_tools import ForeignTools
    from tool_client import Client

pytestmark = pytest.mark.foreign

PYPISERVER = "pypiserver[passlib]>=2.4,<3"
DEVPI = "devpi-server==6.20.3"
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
def running() -> Iterator[Callable[[Client, Path, str, tuple[object, ...]], str]]:
    """Return a function that starts a server, and returns what its log says once it has a pattern."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(tool: Client, log: Path, pattern: str, command: tuple[object, ...]) -> str:
        process = tool.start(str(command[0]), *command[1:], log=log)
        processes.append(process)
        while not (found := re.search(pattern, log.read_text(errors="replace"))):
            assert process.poll() is None, log.read_text(errors="replace")
            time.sleep(0.05)
        return found[0]

    yield start
    for each in processes:
        each.terminate()
        each.wait()


@pytest.fixture(scope="module")
def pypiserver(
    foreign_tools: ForeignTools,
    shared_client: Client,
    running: Callable[[Client, Path, str, tuple[object, ...]], str],
) -> Elsewhere:
    """Return a pypiserver where uploads need a password."""
    tool = shared_client.using(foreign_tools.environment(PYPISERVER))
    folder = shared_client.home / "pypiserver"
    (folder / "packages").mkdir(parents=True)
    digest = base64.b64encode(hashlib.sha1(b"secret", usedforsecurity=False).digest()).decode()
    (folder / "htpasswd").write_text(f"ada:{{SHA}}{digest}\n")
    port = free_port()
    running(
        tool, folder / "log", "Listening on|running on|Serving",
        ("python", "-u", "-m", "pypiserver", "run", "-v", "-i", "127.0.0.1", "-p", port, "--disable-fallback",
         "-a", "update", "-P", folder / "htpasswd", folder / "packages"),
    )  # fmt: skip
    return filled(Elsewhere(f"http://127.0.0.1:{port}/", shared_client), shared_client)


@pytest.fixture(scope="module")
def devpi(
    foreign_tools: ForeignTools,
    shared_client: Client,
    running: Callable[[Client, Path, str, tuple[object, ...]], str],
) -> Elsewhere:
    """Return the index ada/dev of a devpi-server."""
    tool = shared_client.using(foreign_tools.environment(DEVPI))
    folder = shared_client.home / "devpi"
    tool.run("devpi-init", "--serverdir", folder, "--no-root-pypi", "--root-passwd", "root")
    command = ("devpi-server", "--serverdir", folder, "--host", "127.0.0.1", "--port", free_port())
    root = running(tool, shared_client.home / "devpi.log", r"(?<=Serving on )http://\S+", command)
    with httpx.Client(base_url=root, trust_env=False, timeout=60) as session:
        session.put("/ada", json={"password": "secret"}).raise_for_status()
        login = session.post("/+login", json={"user": "ada", "password": "secret"}).json()["result"]
        proof = base64.b64encode(f"ada:{login['password']}".encode()).decode()
        index = {"type": "stage", "volatile": True, "bases": []}
        session.put("/ada/dev", json=index, headers={"X-Devpi-Auth": proof}).raise_for_status()
    return filled(Elsewhere(f"{root}/ada/dev/+simple/", shared_client), shared_client)


@pytest.fixture(params=["pypiserver", "devpi"])
def elsewhere(request: pytest.FixtureRequest) -> Elsewhere:
    """Return each of them in turn."""
    found: Elsewhere = request.getfixturevalue(request.param)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


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


def test_a_cache_is_made_of_it(elsewhere: Elsewhere, tmp_path: Path) -> None:
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
        "whoami", "hide foo-bar==1.0", "unhide foo-bar==1.0", "changes", "project create fresh",
        "project status foo-bar archived", "project roles foo-bar", "project archive foo-bar", "token list",
        "token create mine", "download foo-bar --docs", f"upload-metadata dist/{WHEEL.filename}",
    ],
)  # fmt: skip
def test_what_is_not_offered_is_said_in_a_sentence(elsewhere: Elsewhere, command: str) -> None:
    refused = elsewhere.cli(*command.split(), code=ExitCode.NOT_OFFERED)

    assert refused.stdout == ""
    assert re.fullmatch(r"pypi-cli: The index at http\S+ does not [^\n]+\.\n", refused.stderr)


def test_a_wrong_password_is_told(elsewhere: Elsewhere, shared_client: Client, tmp_path: Path) -> None:
    other = build_wheel(name="late", version="1.0")
    (tmp_path / other.filename).write_bytes(other.content)

    done = shared_client.run(
        "pypi-cli", "upload", tmp_path / other.filename, check=False,
        PYPI_REPOSITORY=elsewhere.url, PYPI_USERNAME="ada", PYPI_PASSWORD="wrong-secret",
    )  # fmt: skip

    assert done.returncode == ExitCode.REFUSED
    assert "wrong-secret" not in done.stdout + done.stderr
