"""People who publish, delete and install while an index moves, and what all of them expect."""

from __future__ import annotations

import hashlib
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from pypi_contracts.builders import build_wheel
from running_server import RunningServer

_ACCEPT = {"Accept": "application/vnd.pypi.simple.v1+json"}
_PROJECTS = 10


class MovingTraffic:
    """
    Requests without end to the server that is the current one.

    Attributes:
        expected: The SHA-256 of each file that has to be there, by project and file name.
        failures: What went wrong; nothing may.
        done: How many requests of each kind were answered.
    """

    def __init__(self, server: RunningServer, expected: dict[tuple[str, str], str]) -> None:
        self.expected = expected
        self.failures: list[str] = []
        self.done: Counter[str] = Counter()
        self._token = server.token
        self._server = server
        self._requests: Counter[str] = Counter()
        self._changing = threading.Condition()
        self._stop = threading.Event()
        self._numbers = iter(range(10**9))

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Let all of them do their work until the end of the block."""
        threads = [
            threading.Thread(target=self._repeat, args=each)
            for each in (
                (self._publish, 0.2),
                (self._delete, 0.3),
                (self._install, 0.05),
                (self._install, 0.05),
            )
        ]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            self._stop.set()
            for each in threads:
                each.join()

    def turn_to(self, server: RunningServer) -> None:
        """Send all requests to *server*; return when the one before has answered all of its own."""
        with self._changing:
            before, self._server = self._server, server
            self._changing.wait_for(lambda: not self._requests[before.url])

    def wait_for(self, kind: str, count: int) -> None:
        """Wait until so many more requests of a kind were answered."""
        until = self.done[kind] + count
        while self.done[kind] < until and not self.failures:
            time.sleep(0.05)

    def _repeat(self, step: Callable[[httpx.Client, random.Random], None], pause: float) -> None:
        chance = random.Random(step.__name__)
        with httpx.Client(trust_env=False, timeout=120, follow_redirects=True) as client:
            while not self._stop.wait(pause):
                try:
                    step(client, chance)
                except Exception:
                    self.failures.append(traceback.format_exc())

    @contextmanager
    def _current(self) -> Iterator[str]:
        with self._changing:
            url = self._server.url
            self._requests[url] += 1
        try:
            yield url
        finally:
            with self._changing:
                self._requests[url] -= 1
                self._changing.notify_all()

    def _publish(self, client: httpx.Client, _: random.Random) -> None:
        number = next(self._numbers)
        wheel = build_wheel(f"moving-{number % _PROJECTS}", f"1.{number}", padding=number % 7 * 10_000)
        # Bytes that are known already are published once more.
        for _attempt in range(1 + (number % 5 == 0)):
            with self._current() as url:
                answer = client.post(
                    f"{url}legacy/",
                    data=dict(wheel.form_fields()),
                    files={"content": (wheel.filename, wheel.content)},
                    headers=self._credentials,
                )
            self._require(answer.status_code == 200, "publish", answer)
        with self._changing:
            self.expected[f"moving-{number % _PROJECTS}", wheel.filename] = wheel.sha256

    def _delete(self, client: httpx.Client, chance: random.Random) -> None:
        with self._changing:
            project, filename = chance.choice(list(self.expected))
            del self.expected[project, filename]
        with self._current() as url:
            call = {"jsonrpc": "2.0", "id": 1, "method": "file.delete", "params": {"filename": filename}}
            answer = client.post(f"{url}rpc", json=call, headers=self._credentials)
        self._require("result" in answer.json(), "delete", answer)

    def _install(self, client: httpx.Client, chance: random.Random) -> None:
        """Do what an installer does: look at a project's page, load a file of it and its metadata."""
        with self._changing:
            project, filename = chance.choice(list(self.expected))
            sha256 = self.expected[project, filename]
        with self._current() as url:
            page = client.get(f"{url}simple/{project}/", headers=_ACCEPT)
            if page.status_code != 200 and not self._is_expected(project, filename):
                return
            self._require(page.status_code == 200, "page", page)
            found = [each for each in page.json()["files"] if each["filename"] == filename]
            if not found and not self._is_expected(project, filename):
                return
            self._require(len(found) == 1, "page", page)
            address = str(httpx.URL(f"{url}simple/{project}/").join(found[0]["url"]))
            answers = {sha256: client.get(address)}
            if metadata := found[0].get("core-metadata"):
                answers[metadata["sha256"]] = client.get(f"{address}.metadata")
        for digest, answer in answers.items():
            if answer.status_code == 404 and not self._is_expected(project, filename):
                return
            is_whole = hashlib.sha256(answer.content).hexdigest() == digest
            self._require(answer.status_code == 200 and is_whole, "install", answer)

    def _is_expected(self, project: str, filename: str) -> bool:
        with self._changing:
            return (project, filename) in self.expected

    def _require(self, is_right: bool, kind: str, answer: httpx.Response) -> None:
        if is_right:
            self.done[kind] += 1
        else:
            self.failures.append(f"{kind}: {answer.request.url}: {answer.status_code} {answer.text[:300]}")

    @property
    def _credentials(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}
