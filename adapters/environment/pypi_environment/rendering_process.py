"""A process that renders descriptions, and may be ended by its limits at any time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Timer
from weakref import finalize

import msgspec

# Not imported, which would bring the renderers into this process.
_PROGRAM = Path(__file__).absolute().with_name("readme_process.py")

# Windows has no timer for processor time.
_BOUNDS_PROCESSOR_TIME = hasattr(signal, "setitimer")
_OUT_OF_TIME = getattr(signal, "SIGPROF", 0)


class RenderingFailed(Exception):
    """The process could not be started, or ended for a reason that is not in the text."""


class RenderingExceeded(RenderingFailed):
    """The text made the process exceed its limits or crash, and would do so again."""


class RenderingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one description may take.

    Attributes:
        cpu_seconds: Seconds of processor time, on Windows of time by the clock; reStructuredText takes
            about 2.3 for 100 kB.
        memory: Bytes that the process may address; not bounded on Windows.
        idle_seconds: How long the process waits for another description.
        longest_html: Characters of the result.
        substitutions: How many reStructuredText substitutions are expanded.
    """

    cpu_seconds: float = 10
    memory: int = 512 * 1024 * 1024
    idle_seconds: float = 60
    longest_html: int = 8 * 1024 * 1024
    substitutions: int = 2000


class Rendered(msgspec.Struct, frozen=True):
    """What the process replies: *html*, or in its place the *problem* with the text."""

    html: str | None
    problem: str = ""


class RenderingProcess:
    """
    Start `readme_process` when it is first needed, and again when it has ended.

    It ends by itself when it is idle for long, and with this process.
    """

    def __init__(self, python: str, limits: RenderingLimits) -> None:
        self._python = python
        self._limits = limits
        self._arguments = [
            str(each)
            for each in (
                limits.cpu_seconds,
                limits.memory,
                limits.idle_seconds,
                limits.longest_html,
                limits.substitutions,
            )
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._end: Callable[[], int | None] = lambda: None
        self._was_ended = False
        self._one_at_a_time = Lock()

    def render(self, text: str, markup: str, variant: str) -> Rendered:
        """
        Return *text* as sanitised HTML, or why it is not what *markup* says.

        Raises:
            RenderingExceeded: It takes too much time, or crashes the process.
            RenderingFailed: The process does not run.
        """
        request = json.dumps({"text": text, "markup": markup, "variant": variant}).encode() + b"\n"
        with self._one_at_a_time:
            try:
                reply = self._ask(request) or self._ask(request)
            except OSError as error:
                raise RenderingFailed(f"{self._python} cannot be run: {error}") from error
        if reply is None:
            raise RenderingFailed("the process ended without a reply")
        return msgspec.json.decode(reply, type=Rendered)

    def _ask(self, request: bytes) -> bytes | None:
        """Return the reply, ``None`` where the process had come to its end for want of work."""
        process = self._running()
        reply = b""
        if process.stdin and process.stdout:
            # An ended process breaks the pipe, which Windows calls an invalid argument.
            with suppress(OSError), self._ended_after_a_time(process):
                process.stdin.write(request)
                process.stdin.flush()
                reply = process.stdout.readline()
        if reply.endswith(b"\n"):
            return reply
        self._process = None
        if status := self._end():
            raise self._failure(status)
        return None

    @contextmanager
    def _ended_after_a_time(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Where the process cannot bound its processor time, end it after so much time by the clock."""
        if _BOUNDS_PROCESSOR_TIME:
            yield
            return
        self._was_ended = False

        def end() -> None:
            self._was_ended = True
            process.kill()

        timer = Timer(self._limits.cpu_seconds, end)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _failure(self, status: int) -> RenderingFailed:
        if self._was_ended or status == -_OUT_OF_TIME:
            return RenderingExceeded(f"rendering it takes more than {self._limits.cpu_seconds:g} seconds")
        if status < 0:
            return RenderingExceeded("rendering it takes too much memory")
        return RenderingFailed(f"the process ended with status {status}")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - the program is ours
                # Isolated from environment and working folder, in a session of its own so that
                # an interrupt from the terminal is left to us.
                [self._python, "-I", str(_PROGRAM), *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # docutils would read its settings from files, among them those that keep it safe.
                env={**os.environ, "DOCUTILSCONFIG": ""},
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
            self._end = finalize(self, _ended, self._process)
        return self._process


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Let the process end, which it does when nothing more can come, and return its status."""
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(OSError):
                stream.close()
    return process.wait()
