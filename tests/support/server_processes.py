"""Which process of a server is at the other end of a connection, and servers that follow one another."""

from __future__ import annotations

import http.client
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from running_server import RunningServer


class Connection:
    """One connection to *server*, which is kept; *process* is who answers on it."""

    def __init__(self, server: RunningServer) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._server = server
        self.get("/health/live")
        self.process = self._answering()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """GET *path* and return status and body."""
        return self.send("GET", path, headers)

    def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, bytes]:
        """Send a request and return status and body."""
        self._http.request(method, path, body=body, headers=dict(headers or {}))
        response = self._http.getresponse()
        return response.status, response.read()

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _answering(self) -> int:
        own = self._http.sock.getsockname()[1]
        ends = f":{self._server.port:04X}", f":{own:04X}"
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if (fields[1][-5:], fields[2][-5:]) == ends:
                inode = f"socket:[{fields[9]}]"
                return next(pid for pid in processes_of(server=self._server) if inode in _open_files(pid))
        raise AssertionError("the connection is gone")


def processes_of(server: RunningServer) -> list[int]:
    """Return the processes that serve for *server*: itself, or those that it has started for that."""
    return _children(server, "--member") or [server.process.pid]


def workers_of(server: RunningServer) -> list[int]:
    """Return the workers that *server* has started."""
    return _children(server, "--until-input-closes")


def _children(server: RunningServer, option: str) -> list[int]:
    children = subprocess.run(
        ["ps", "-ww", "--no-headers", "-o", "pid,args", "--ppid", str(server.process.pid)],
        capture_output=True,
        text=True,
    )
    return [int(each.split()[0]) for each in children.stdout.splitlines() if option in each]


def one_of_each(server: RunningServer) -> list[Connection]:
    """Return a connection to each process of *server*."""
    found: dict[int, Connection] = {}
    wanted = len(processes_of(server))
    # Which one accepts a connection is for the system to say.
    for _ in range(1000):
        held = [Connection(server) for _ in range(4)]
        for each in held:
            if found.setdefault(each.process, each) is not each:
                each.close()
        if len(found) == wanted:
            return list(found.values())
    raise AssertionError(f"of {wanted} processes only {len(found)} accept connections")


def _open_files(pid: int) -> set[str]:
    found = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(str(each.readlink()))
        except FileNotFoundError:
            continue
    return found


class Readers:
    """Ask for the same page all the time, some on kept connections and some on new ones."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._path = path
        self._stopping = threading.Event()
        self.answered = 0
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._read, args=(keeps,)) for keeps in (True, True, False)]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Ask while the block lasts."""
        for each in self._threads:
            each.start()
        try:
            yield
        finally:
            self._stopping.set()
            for each in self._threads:
                each.join()

    def _read(self, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._stopping.is_set():
            try:
                connection.request("GET", self._path)
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    self.failures.append(str(response.status))
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            if not keeps:
                connection.close()
        connection.close()
