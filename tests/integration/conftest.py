"""A real server process on a free loopback port, and real clients in a clean environment."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import termios
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from io import FileIO
from pathlib import Path
from typing import NoReturn, Self

import httpx
import pytest
import trustme

from pypi_api_client import Client as ApiClient
from pypi_core.testing.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_distribution_cache import DistributionCache

SCRIPTS = Path(sys.executable).parent


class RunningServer:
    """
    ``pypi-server serve`` on *data*, in a process of its own.

    Output goes to ``server.log`` beside the data folder.
    """

    def __init__(self, data: Path, *options: str, authority: Path | None = None) -> None:
        self.data = data
        self._trusted = ssl.create_default_context(cafile=authority)
        self._options = options
        self._log = data.parent / f"{data.name}.log"
        self.start()

    def start(self) -> None:
        """Start the process and wait until it says where it listens."""
        self._log.touch()
        position = self._log.stat().st_size
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "pypi_app.server_command", "serve",
                    "--port", "0", "--data", str(self.data), *self._options,
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=clean_environment(self.data.parent),
            )  # fmt: skip
        try:
            self._wait_until_it_answers(position)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _wait_until_it_answers(self, position: int) -> None:
        while True:
            text = self._log.read_bytes()[position:].decode(errors="replace")
            if found := re.search(r"package index is at (\S+)", text):
                self.url = found[1]
                break
            if self.process.poll() is not None:
                raise AssertionError(f"the server did not start:\n{text}")
            # Looking without a pause would take the processor from who is starting.
            time.sleep(0.02)
        # The socket listens before the line is printed: this waits until the application answers.
        assert self.get("health/ready").status_code == 200

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(httpx.URL(self.url).port or 0)

    @property
    def token(self) -> str:
        """The first owner's token."""
        return (self.data / "owner-token").read_text().strip()

    @property
    def log(self) -> str:
        """Everything it has printed."""
        return self._log.read_text(errors="replace")

    def get(self, path: str, **options: object) -> httpx.Response:
        """GET *path* below the root; proxies in the environment are ignored."""
        return httpx.get(self.url + path, trust_env=False, verify=self._trusted, timeout=60, **options)  # type: ignore[arg-type]

    def stop(self) -> int:
        """End it as an operator would and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait()

    def kill(self) -> None:
        """End it without any chance to tidy up, and wait until the port is closed."""
        self.process.kill()
        self.process.wait()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", self.port)) != 0, "the port is still open after SIGKILL"

    def peak_memory(self) -> int:
        """Return the most memory, in bytes, that it or one of its children ever held."""
        children = subprocess.run(
            ["ps", "--no-headers", "-o", "pid", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
        )
        return max(_peak(pid) for pid in (str(self.process.pid), *children.stdout.split()))


def _peak(pid: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]


StartServer = Callable[..., RunningServer]


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment without a user's settings for pip, uv or twine."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SSL_CERT_FILE") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "UV_KEYRING_PROVIDER": "disabled",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Return a function that starts servers, which all end with the test."""
    running: list[RunningServer] = []

    def start(*options: str, data: Path | None = None, authority: Path | None = None) -> RunningServer:
        server = RunningServer(data or tmp_path / "data", *options, authority=authority)
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
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Return a server for all tests of a module that leave nothing behind."""
    server = RunningServer(tmp_path_factory.mktemp("shared") / "data")
    yield server
    server.stop()


# Makes standard input the terminal that passwords are asked on, which takes the first of a session.
_ON_ITS_TERMINAL = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """
    A program on a terminal of its own, and a person who reads it and types.

    Args:
        words: The program and its arguments.
        out: A file in place of the terminal, for standard output.
        err: One for standard error.
    """

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        out: Path | None = None,
        err: Path | None = None,
    ) -> None:
        self._outside, inside = os.openpty()
        self._shown = b""
        with contextlib.ExitStack() as opened:
            opened.callback(os.close, inside)
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _ON_ITS_TERMINAL, *words],
                stdin=inside,
                stdout=opened.enter_context(out.open("wb")) if out else inside,
                stderr=opened.enter_context(err.open("wb")) if err else inside,
                cwd=folder,
                env=environment,
            )

    @property
    def shown(self) -> str:
        """All that was shown so far, lines ending as they do in files."""
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self._outside)[3] & termios.ECHO)

    def wait_for(self, text: str) -> None:
        """Read until *text* has been shown."""
        while text not in self.shown:
            assert self._read(), f"the program ended without {text!r}:\n{self.shown}"

    def answer(self, question: str, text: str) -> None:
        """Wait until *question* is asked, and type *text* and the key Return."""
        self.wait_for(question)
        self.press(f"{text}\n")

    def press(self, keys: str) -> None:
        """Type *keys*, such as CTRL_C."""
        os.write(self._outside, keys.encode())

    def end(self) -> int:
        """Read until the program ends, and return its exit code."""
        while self._read():
            pass
        return self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Whatever still runs on it is told that it hung up.
        os.close(self._outside)
        self.process.wait()

    def _read(self) -> bytes:
        try:
            piece = os.read(self._outside, 64 * 1024)
        except OSError:
            # So the system says that nobody has the other end any more.
            return b""
        self._shown += piece
        return piece


class Client:
    """Runs the tools of this environment, or those of another, as a user without any settings would."""

    def __init__(self, home: Path, scripts: Path = SCRIPTS) -> None:
        self.home = home
        self.scripts = scripts
        home.mkdir(exist_ok=True)

    def using(self, environment: Path) -> Client:
        """Return the tools of a virtual environment, run from the same home folder."""
        return Client(self.home, environment / "bin")

    def run(
        self, tool: str, *arguments: object, check: bool = True, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a tool and return what it printed; *check* says that it has to succeed."""
        outcome = subprocess.run(
            [str(self.scripts / tool), *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=self.home,
            env=clean_environment(self.home) | environment,
        )
        if check and outcome.returncode:
            raise AssertionError(f"{tool} failed ({outcome.returncode}):\n{outcome.stdout}\n{outcome.stderr}")
        return outcome

    def start(self, tool: str, *arguments: object, log: Path, **environment: str) -> subprocess.Popen[bytes]:
        """Start a tool that goes on running and prints into *log*."""
        with log.open("wb") as output:
            return subprocess.Popen(
                [str(self.scripts / tool), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env=clean_environment(self.home) | environment,
            )

    def on_terminal(
        self,
        tool: str,
        *arguments: object,
        out: Path | None = None,
        err: Path | None = None,
        **environment: str,
    ) -> Terminal:
        """Start a tool on a terminal, which is to be used in a ``with`` statement."""
        return Terminal(
            [str(self.scripts / tool), *map(str, arguments)],
            clean_environment(self.home) | {"TERM": "xterm"} | environment,
            self.home,
            out=out,
            err=err,
        )

    def twine_upload(
        self,
        server: RunningServer,
        files: Sequence[Path],
        *options: str,
        token: str | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Publish with twine."""
        return self.run(
            "twine", "upload", "--non-interactive", "--disable-progress-bar",
            "--repository-url", f"{server.url}legacy/", "-u", "__token__", "-p", token or server.token,
            *options, *files, check=check,
        )  # fmt: skip

    def uv_publish(
        self, server: RunningServer, files: Sequence[Path], *options: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Publish with uv."""
        return self.run(
            "uv", "publish", "--publish-url", f"{server.url}legacy/", "--token", server.token,
            "--trusted-publishing", "never", *options, *files, check=check,
        )  # fmt: skip

    def new_environment(self, name: str) -> Path:
        """Create a virtual environment without pip and return its folder."""
        folder = self.home / name
        self.run("uv", "venv", "--python", sys.executable, folder)
        return folder

    def pip_install(
        self, server: RunningServer, folder: Path, *requirements: object, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Install with pip from *server* alone."""
        return self.run(
            "python", "-m", "pip", "--python", folder / "bin" / "python", "install", "--no-cache-dir",
            "--index-url", f"{server.url}simple/", *requirements, check=check,
        )  # fmt: skip

    def uv_install(
        self, server: RunningServer, folder: Path, *requirements: object, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Install with uv from *server* alone."""
        return self.run(
            "uv", "pip", "install", "--no-cache", "--python", folder / "bin" / "python",
            "--index-url", f"{server.url}simple/", *requirements, check=check,
        )  # fmt: skip


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """Return the tools of this environment."""
    return Client(tmp_path / "home")


@pytest.fixture(scope="module")
def shared_client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Return the tools of this environment for all tests of a module."""
    return Client(tmp_path_factory.mktemp("shared-home"))


class HeldLine:
    """
    A way to a server on which everything stops after so many bytes of a connection, in each direction.

    Attributes:
        url: The server, by this way.
        stopped: Is set when something has stopped.
    """

    def __init__(self, server: RunningServer, *, after: int) -> None:
        self._after = after
        self._target = server.port
        self._open: list[socket.socket] = []
        self.stopped = threading.Event()
        self._listening = socket.socket()
        # The system takes little more from a sender than what is read.
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Break all connections."""
        for each in (self._listening, *self._open):
            # Threads that wait for it go on only when it is shut down.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ends = (self._listening.accept()[0], socket.create_connection(("127.0.0.1", self._target)))
                self._open += ends
                for source, sink in (ends, ends[::-1]):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        left = self._after
        with contextlib.suppress(OSError):
            while left and (piece := source.recv(min(left, 64 * 1024))):
                sink.sendall(piece)
                left -= len(piece)
            if not left:
                self.stopped.set()
                hung_up = select.poll()
                hung_up.register(source, select.POLLRDHUP)
                hung_up.poll()
            sink.shutdown(socket.SHUT_RDWR)


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


class Certificates:
    """Files with a private authority's certificate, the server's chain and its key."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        server = authority.issue_cert("127.0.0.1")
        self.authority = folder / "authority.pem"
        self.chain = folder / "chain.pem"
        self.key = folder / "key.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        server.private_key_pem.write_to_path(str(self.key))
        for each in server.cert_chain_pems:
            each.write_to_path(str(self.chain), append=True)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """Return certificates to serve https with."""
    return Certificates(tmp_path)


class ForeignTools:
    """
    Environments with other people's tools, kept from one run of the tests to the next.

    Where the public index cannot be reached, the test is skipped; with ``CI`` set it fails.
    """

    def __init__(self, cache: pytest.Cache) -> None:
        self._cache = cache

    def environment(self, requirement: str, *, python: tuple[int, int] = (3, 11)) -> Path:
        """Return the folder of an environment with *requirement*, on *python* or a later one."""
        folder = self._cache.mkdir(re.sub(r"[^A-Za-z0-9.]+", "-", requirement))
        complete = folder / "complete"
        # Another process may run the tests of the same tool.
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not complete.exists():
                _install(folder / "environment", requirement, _interpreter(python))
                complete.touch()
        return folder / "environment"


def _install(folder: Path, requirement: str, interpreter: str) -> None:
    uv = SCRIPTS / "uv"
    subprocess.run([uv, "venv", "-q", "--clear", "--python", interpreter, folder], check=True)
    outcome = subprocess.run(
        [uv, "pip", "install", "-q", "--python", folder / "bin" / "python", requirement],
        capture_output=True,
        text=True,
    )
    if outcome.returncode:
        _leave_out(f"{requirement} could not be installed from the public index: {outcome.stderr}")


def _interpreter(at_least: tuple[int, int]) -> str:
    """Return the oldest Python that is new enough: this one, one on the path, or one beside this one."""
    if sys.version_info >= at_least:
        return sys.executable
    names = (f"python3.{minor}" for minor in range(at_least[1], at_least[1] + 3))
    on_path = [found for each in names if (found := shutil.which(each))]
    beside = map(str, sorted(Path(sys.base_prefix).parent.glob("*/bin/python3")))
    for each in (*on_path, *beside):
        question = f"import sys; sys.exit(sys.version_info < {at_least})"
        if subprocess.run([each, "-c", question], capture_output=True).returncode == 0:
            return each
    return _leave_out(f"there is no Python {at_least[0]}.{at_least[1]} or later on this machine")


def _leave_out(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def foreign_tools(request: pytest.FixtureRequest) -> ForeignTools:
    """Return what installs other people's tools."""
    return ForeignTools(request.config.cache)


# ------------------------------------------------------------- real packages

CLOSURE = Path(__file__).parents[2] / "requirements" / "server.txt"
_FEWEST_WHEELS = 25

# Pure Python, and built by a backend that needs nothing else.
SDISTS = (
    "certifi",
    "click",
    "h11",
    "idna",
    "itsdangerous",
    "markupsafe",
    "packaging",
    "pygments",
    "urllib3",
    "zipp",
)


class RealFiles:
    """
    Wheels that need nothing but each other, and the requirements that bring them.

    Attributes:
        are_real: Whether they are from the public index, or built here where it cannot be reached.
    """

    def __init__(self, wheels: list[Path], requirements: list[str], *, are_real: bool) -> None:
        self.wheels = wheels
        self.requirements = requirements
        self.are_real = are_real

    def further(self, folder: Path, *arguments: str) -> list[Path]:
        """Return what else pip downloads from the public index; nothing where that cannot be reached."""
        if self.are_real:
            pip_download(folder, "--only-binary", ":all:", "--no-deps", *arguments)
        return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def real_files(tmp_path_factory: pytest.TempPathFactory) -> RealFiles:
    """Return the locked dependencies of the server, from the public index."""
    folder = tmp_path_factory.mktemp("real")
    try:
        return _downloaded(folder)
    except PublicIndexUnreachable as error:
        _warn(error)
        return _built(folder)


@pytest.fixture(scope="session")
def real_sdists(real_files: RealFiles, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return some sdists, from the public index."""
    folder = tmp_path_factory.mktemp("sdists")
    if real_files.are_real:
        try:
            pip_download(folder, "--no-binary", ":all:", "--no-deps", *SDISTS)
            return sorted(folder.glob("*.tar.gz"))
        except PublicIndexUnreachable as error:
            _warn(error)
    sdists = [build_sdist(name=f"source-{number}", version="1.0") for number in range(len(SDISTS))]
    for each in sdists:
        (folder / each.filename).write_bytes(each.content)
    return [folder / each.filename for each in sdists]


def _warn(error: Exception) -> None:
    warnings.warn(
        f"the public index cannot be reached, the journey runs on built packages: {error}", stacklevel=1
    )


class PublicIndexUnreachable(Exception):
    """pip could not download what it was asked for."""


def _downloaded(folder: Path) -> RealFiles:
    pip_download(folder / "wheels", "--only-binary", ":all:", "--require-hashes", "-r", str(CLOSURE))
    wheels = sorted((folder / "wheels").glob("*.whl"))
    requirements = ["==".join(each.name.split("-")[:2]) for each in wheels]
    return RealFiles(wheels, requirements, are_real=True)


def pip_download(folder: Path, *arguments: str) -> None:
    """
    Download with pip from the public index, as this machine is configured.

    Raises:
        PublicIndexUnreachable: It did not work.
    """
    outcome = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder), *arguments],
        capture_output=True,
        text=True,
    )
    if outcome.returncode:
        raise PublicIndexUnreachable(outcome.stderr.strip().splitlines()[-1])


def _built(folder: Path) -> RealFiles:
    names = [f"built-{number}" for number in range(_FEWEST_WHEELS)]
    wheels = []
    for number, name in enumerate(names):
        wheel = build_wheel(name=name, version="1.0", requires_dist=names[number + 1 : number + 2])
        wheels.append(folder / wheel.filename)
        wheels[-1].write_bytes(wheel.content)
    return RealFiles(wheels, names[:1], are_real=False)


# ------------------------------------------------------------- pypi-cli over https


class SecureServer(RunningServer):
    """
    A server that speaks https alone, with a certificate of a private authority.

    Its index has the project Hello.Index, which no test changes, and the account ada, who owns nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.certificates = Certificates(folder)
        super().__init__(
            folder / "data",
            "--tls-certificate", str(self.certificates.chain), "--tls-key", str(self.certificates.key),
            authority=self.certificates.authority,
        )  # fmt: skip
        self.api = ApiClient(self.url, token=self.token, ca_bundle=self.certificates.authority)

    def fill(self) -> None:
        """Publish the project and create the account."""
        for version in ("1.0", "1.1"):
            self.publish(
                *(build("Hello.Index", version, summary="Says hello") for build in (build_wheel, build_sdist))
            )
        create = [sys.executable, "-m", "pypi_app.server_command", "users", "create", "ada"]
        subprocess.run(
            [*create, "--data", str(self.data)],
            input="a long password\n",
            text=True,
            check=True,
            capture_output=True,
            env=clean_environment(self.data.parent),
        )

    def publish(self, *distributions: BuiltDistribution) -> None:
        """Publish the files of one release."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / each.filename for each in distributions]
            for path, each in zip(paths, distributions, strict=True):
                path.write_bytes(each.content)
            self.api.upload_release(paths)

    def stop(self) -> int:
        """End it as an operator would and return its exit code."""
        self.api.close()
        return super().stop()


@pytest.fixture(scope="session")
def secure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureServer]:
    """Return a server that speaks https alone, for all tests that bring projects of their own."""
    found = SecureServer(tmp_path_factory.mktemp("secure"))
    try:
        found.fill()
        yield found
    finally:
        found.stop()


class Arranged(dict[str, str]):
    """
    What stands in braces in a command line: made when it is asked for first, and then the same.

    What it makes, in *folder* or on the index, belongs to one test alone.
    """

    def __init__(self, server: SecureServer, folder: Path) -> None:
        super().__init__(url=server.url, folder=str(folder), owner=server.token)
        self._server = server
        self._folder = folder

    def __missing__(self, key: str) -> str:
        makers: Mapping[str, Callable[[], str]] = {
            "name": lambda: f"sample-{uuid.uuid4().hex[:12]}",
            "project": self._project,
            "file": lambda: self._wheel(self["name"]).filename,
            "wheel": lambda: self._saved(self._wheel(self["name"])),
            "described": self._described,
            "cache": self._cache,
            "changed": lambda: self._saved(build_wheel(self["project"], summary="Says something else")),
            "hidden": self._hidden,
            "shared": self._shared,
            "token": lambda: self._server.api.create_token("for a test").token.id,
            "stranger": lambda: self._text("stranger", "nobody-has-this-token"),
            "html": self._html,
            "damaged": lambda: self._text("configuration/config.toml", "index = 1"),
        }
        self[key] = makers[key]()
        return self[key]

    def _wheel(self, name: str) -> BuiltDistribution:
        return build_wheel(name, summary="Made for a test")

    def _cache(self) -> str:
        folder = self._folder / "cache"
        with DistributionCache.create(folder).changing() as change:
            change.take(Path(self["wheel"]))
        return str(folder)

    def _described(self) -> str:
        """Name a wheel, of which the index has only the project."""
        self._server.api.create_project(self["name"])
        return self["wheel"]

    def _project(self) -> str:
        self._server.publish(self._wheel(self["name"]))
        return self["name"]

    def _hidden(self) -> str:
        self._server.api.yank_release(self["project"], "1.0")
        return self["project"]

    def _shared(self) -> str:
        self._server.api.add_role(self["project"], "ada", "Maintainer")
        return self["project"]

    def _saved(self, distribution: BuiltDistribution) -> str:
        path = self._folder / distribution.filename
        path.write_bytes(distribution.content)
        return str(path)

    def _text(self, name: str, text: str) -> str:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return str(path)

    def _html(self) -> str:
        self._text("html/index.html", "<!doctype html><title>Documentation</title>")
        return str(self._folder / "html")


class PypiCli:
    """Runs ``pypi-cli`` in a process of its own, as somebody who is logged in to a secure server."""

    def __init__(self, server: SecureServer, folder: Path) -> None:
        self.arranged = Arranged(server, folder)
        self._folder = folder
        configuration = folder / "configuration"
        configuration.mkdir()
        (configuration / "config.toml").write_text(f'index = "work"\n[indexes.work]\nurl = "{server.url}"\n')
        tokens = configuration / "tokens.json"
        tokens.touch(mode=0o600)
        tokens.write_text(json.dumps({server.url: {"token": server.token}}))
        self._environment = clean_environment(folder) | {
            "PYPI_CLI_CONFIG": str(configuration),
            "PYPI_CA_BUNDLE": str(server.certificates.authority),
        }

    def run(
        self,
        line: str,
        typed: Mapping[str, str] | None = None,
        *,
        goes_on: bool = False,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """
        Run a command line and return what it printed.

        With *typed*, which maps questions to answers, standard input and error are a terminal.  What
        *goes_on* is interrupted when it has begun to print.
        """
        words = [str(SCRIPTS / "pypi-cli"), *(each.format_map(self.arranged) for each in shlex.split(line))]
        start = partial(
            subprocess.Popen[str],
            words,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=self._environment | environment,
        )
        if typed is not None:
            answers = {each: typed[each].format_map(self.arranged) for each in typed}
            return _on_a_terminal(start, answers)
        with start(stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            begun = ""
            if goes_on and process.stdout:
                begun = process.stdout.readline()
                process.send_signal(signal.SIGINT)
                begun += process.stdout.read()
            printed, said = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, begun + printed, said)


def _on_a_terminal(
    start: Callable[..., subprocess.Popen[str]], typed: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    outside, inside = os.openpty()
    with (
        FileIO(outside, "r+") as terminal,
        # In its own session, or passwords would be asked on the terminal of whoever runs the tests.
        start(stdin=inside, stderr=inside, start_new_session=True) as process,
    ):
        os.close(inside)
        shown = _answer(terminal, typed)
        printed, _ = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, printed, shown)


def _answer(terminal: FileIO, typed: Mapping[str, str]) -> str:
    """Type each answer when its question has been asked, and return all that was shown."""
    shown, open_questions = "", dict(typed)
    # The system says that nobody has the other end any more by an error.
    with contextlib.suppress(OSError):
        while piece := terminal.read(4096):
            shown += piece.decode()
            for question in [each for each in open_questions if each in shown]:
                terminal.write(open_questions.pop(question).encode() + b"\n")
    return shown


@pytest.fixture
def tool(secure_server: SecureServer, tmp_path: Path) -> PypiCli:
    """Return ``pypi-cli`` as somebody uses it who is logged in to the secure server."""
    return PypiCli(secure_server, tmp_path)
