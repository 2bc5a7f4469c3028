"""Clients that upload while something happens to what a server stands on."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import httpx

from pypi_contracts.builders import BuiltDistribution, build_wheel
from running_server import RunningServer

_SIMPLE = {"Accept": "application/vnd.pypi.simple.v1+json"}


class Attempt(NamedTuple):
    """An upload and the answer to it; ``None`` where the line broke first."""

    wheel: BuiltDistribution
    answer: httpx.Response | None

    @property
    def is_confirmed(self) -> bool:
        """Whether the server said that the file is published."""
        return self.answer is not None and self.answer.status_code == 200


def upload(server: RunningServer, wheel: BuiltDistribution, token: str | None = None) -> Attempt:
    """Upload once."""
    try:
        answer = httpx.post(
            f"{server.url}legacy/",
            data=dict(wheel.form_fields()),
            files={"content": (wheel.filename, wheel.content)},
            headers={"Authorization": f"Bearer {token or server.token}"},
            trust_env=False,
            timeout=120,
        )
    except httpx.TransportError:
        answer = None
    return Attempt(wheel, answer)


class Uploading:
    """Uploads of several clients, one after the other each, until they are told to end."""

    def __init__(self, server: RunningServer, clients: int) -> None:
        self.attempts: list[Attempt] = []
        self._server = server
        self._ends = threading.Event()
        self._pool = ThreadPoolExecutor(clients)
        self._running: list[Future[None]] = [
            self._pool.submit(self._upload, number) for number in range(clients)
        ]

    def _upload(self, client: int) -> None:
        number = 0
        while not self._ends.is_set():
            wheel = build_wheel(f"project-{client}", f"1.{number}", padding=20_000)
            self.attempts.append(upload(self._server, wheel))
            number += 1

    def wait_for(self, confirmed: int) -> None:
        """Wait until so many more uploads are confirmed."""
        wanted = self._confirmed() + confirmed
        while self._confirmed() < wanted:
            time.sleep(0.02)
            assert not any(each.done() for each in self._running), "a client failed"

    def _confirmed(self) -> int:
        return sum(each.is_confirmed for each in self.attempts)

    def end(self) -> list[Attempt]:
        """Let the uploads under way end, and return all attempts."""
        self._ends.set()
        self._pool.shutdown()
        for each in self._running:
            each.result()
        return self.attempts


@contextlib.contextmanager
def uploading(server: RunningServer, clients: int = 4) -> Iterator[Uploading]:
    """Upload as long as the block lasts."""
    found = Uploading(server, clients)
    try:
        yield found
    finally:
        found.end()


def assert_nothing_is_lost_or_halved(server: RunningServer, attempts: list[Attempt]) -> None:
    """
    Check every attempt against what the server shows.

    What was confirmed is there.  What was not is absent, or complete.  All that was refused was refused in
    a sentence, and for a while.
    """
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as session:
        names = {attempt.wheel.filename.partition("-")[0].replace("_", "-") for attempt in attempts}
        pages = [session.get(f"simple/{name}/", headers=_SIMPLE) for name in names]
        listed = {
            each["filename"]: each for page in pages if page.is_success for each in page.json()["files"]
        }
        for attempt in attempts:
            name = attempt.wheel.filename
            if attempt.is_confirmed:
                assert name in listed, f"{name} was confirmed and is lost"
            elif attempt.answer is not None:
                assert attempt.answer.status_code == 503, attempt.answer.text
                assert "Retry-After" in attempt.answer.headers
                assert "Traceback" not in attempt.answer.text
            if name in listed:
                address = httpx.URL(f"{server.url}simple/sample/").join(listed[name]["url"])
                content = session.get(address).content
                assert hashlib.sha256(content).hexdigest() == attempt.wheel.sha256
