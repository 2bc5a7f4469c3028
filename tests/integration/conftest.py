"""Servers and tools that tests of several modules start with."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from absence import make_do
from certificates import Certificates
from external_setup import NIGHTLY_ON_SERVICES, ON_EVERY_SETUP, SetUp, embedded, external_setup
from foreign_tools import ForeignTools
from held_line import HeldLine
from opensearch_node import OpenSearchNode, running_node
from operator_command import OperatorCommand, OperatorOn
from pypi_contracts.builders import build_sdist
from real_packages import (
    SDISTS,
    PublicIndexUnreachable,
    RealFiles,
    built,
    downloaded,
    pip_download,
)
from running_server import RunningServer, StartServer
from secure_cli import PypiCli, SecureServer
from tool_client import Client

# What a shell runs in the background cannot be interrupted, nor anything that it starts; tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def operator_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[OperatorOn]:
    """Return a function that gives ``pypi-server`` for a data folder and further options."""
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    root = logging.getLogger()
    logs, level = root.handlers[:], root.level

    def on_data(folder: Path, *options: object) -> OperatorCommand:
        return OperatorCommand(monkeypatch, capsys, "--data", folder, *options)

    yield on_data
    # Undo what a command does to a process of its own.
    for each, handler in handlers.items():
        signal.signal(each, handler)
    root.handlers[:] = logs
    root.setLevel(level)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let the journeys that every set-up passes pass all of them."""
    module = metafunc.module.__name__.rpartition(".")[2]
    if "set_up" in metafunc.fixturenames and module in ON_EVERY_SETUP | NIGHTLY_ON_SERVICES:
        is_nightly = NIGHTLY_ON_SERVICES & {module, metafunc.function.__name__}
        marks = [pytest.mark.service, *([pytest.mark.nightly] if is_nightly else [])]
        external = pytest.param("external", marks=marks)
        metafunc.parametrize("set_up", ["embedded", external], indirect=True, scope="session")


@pytest.fixture(scope="session")
def opensearch() -> Iterator[OpenSearchNode]:
    """Return a node of OpenSearch, which all tests share: each has a prefix of its own there."""
    with running_node() as node:
        yield node


@pytest.fixture(scope="session")
def set_up(request: pytest.FixtureRequest) -> Iterator[SetUp]:
    """Return what servers are started with beside their data folder."""
    if getattr(request, "param", "embedded") == "embedded":
        yield embedded
        return
    with external_setup(request.getfixturevalue("opensearch")) as external:
        yield external


@pytest.fixture
def start_server(tmp_path: Path, set_up: SetUp) -> Iterator[StartServer]:
    """Return a function that starts servers, which all end with the test."""
    running: list[RunningServer] = []

    def start(
        *options: str,
        data: Path | None = None,
        authority: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> RunningServer:
        folder = data or tmp_path / "data"
        server = RunningServer(
            folder, *options, authority=authority, environment=environment, set_up=set_up(folder)
        )
        running.append(server)
        return server

    yield start
    for each in running:
        each.stop()


@pytest.fixture
def server(start_server: StartServer) -> RunningServer:
    """Return a server with an empty index and a worker."""
    return start_server()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory, set_up: SetUp) -> Iterator[RunningServer]:
    """Return a server for all tests of a module that leave nothing behind."""
    data = tmp_path_factory.mktemp("shared") / "data"
    server = RunningServer(data, set_up=set_up(data))
    yield server
    server.stop()


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """Return the tools of this environment."""
    return Client(tmp_path / "home")


@pytest.fixture(scope="module")
def shared_client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Return the tools of this environment for all tests of a module."""
    return Client(tmp_path_factory.mktemp("shared-home"))


@pytest.fixture
def hold() -> Iterator[Callable[[RunningServer, int], HeldLine]]:
    """Return a function that makes a line to a server, on which everything stops after so many bytes."""
    lines: list[HeldLine] = []

    def held(server: RunningServer, after: int) -> HeldLine:
        lines.append(HeldLine(server, after=after))
        return lines[-1]

    yield held
    for each in lines:
        each.close()


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., list[Path]]:
    """Return a function that writes built distributions into files."""

    def save_all(*distributions: object) -> list[Path]:
        folder = tmp_path / "dist"
        folder.mkdir(exist_ok=True)
        paths = []
        for each in distributions:
            path = folder / each.filename  # type: ignore[attr-defined]
            path.write_bytes(each.content)  # type: ignore[attr-defined]
            paths.append(path)
        return paths

    return save_all


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """Return certificates to serve https with."""
    return Certificates(tmp_path)


@pytest.fixture(scope="session")
def foreign_tools(request: pytest.FixtureRequest) -> ForeignTools:
    """Return what installs other people's tools."""
    return ForeignTools(request.config.cache)


@pytest.fixture(scope="session")
def real_files(tmp_path_factory: pytest.TempPathFactory) -> RealFiles:
    """Return the locked dependencies of the server, from the public index."""
    folder = tmp_path_factory.mktemp("real")
    try:
        return downloaded(folder)
    except PublicIndexUnreachable as error:
        make_do(f"the public index cannot be reached, the journey runs on built packages: {error}")
        return built(folder)


@pytest.fixture(scope="session")
def real_sdists(real_files: RealFiles, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return some sdists, from the public index."""
    folder = tmp_path_factory.mktemp("sdists")
    if real_files.are_real:
        try:
            pip_download(folder, "--no-binary", ":all:", "--no-deps", *SDISTS)
            return sorted(folder.glob("*.tar.gz"))
        except PublicIndexUnreachable as error:
            make_do(f"the public index cannot be reached, the journey runs on built packages: {error}")
    sdists = [build_sdist(name=f"source-{number}", version="1.0") for number in range(len(SDISTS))]
    for each in sdists:
        (folder / each.filename).write_bytes(each.content)
    return [folder / each.filename for each in sdists]


@pytest.fixture(scope="session")
def secure_server(tmp_path_factory: pytest.TempPathFactory, set_up: SetUp) -> Iterator[SecureServer]:
    """Return a server that speaks https alone, for all tests that bring projects of their own."""
    found = SecureServer(tmp_path_factory.mktemp("secure"), set_up)
    try:
        found.fill()
        yield found
    finally:
        found.stop()


@pytest.fixture
def tool(secure_server: SecureServer, tmp_path: Path) -> PypiCli:
    """Return ``pypi-cli`` as somebody uses it who is logged in to the secure server."""
    return PypiCli(secure_server, tmp_path)
