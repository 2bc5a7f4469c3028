"""The worker as a child process that cannot outlive its parent."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

_logger = logging.getLogger(__name__)

_STOPS_WITHIN = 20.0
_PAUSE_BEFORE_RESTART = 2.0


class WorkerProcess:
    """
    Keeps one worker running while the block lasts; one that ends by itself is started again.

    The child stops when its standard input closes, which the operating system does for a
    parent that was killed.

    Args:
        arguments: What the interpreter is started with, such as ``["-m", "package", "work"]``.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._command = [sys.executable, *arguments]
        self._stopping = threading.Event()
        self._is_renewed = False
        self._child = self._start()
        self._keeper = threading.Thread(target=self._keep_running, name="worker-keeper", daemon=True)

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        child = self._child
        if child.stdin:
            child.stdin.close()
        try:
            child.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            # What it was doing is done again by the next worker.
            child.kill()
        self._keeper.join()

    def renew(self) -> None:
        """Let the worker finish what it is doing, and start another one then."""
        self._is_renewed = True
        if self._child.stdin:
            self._child.stdin.close()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603 - our own module

    def _keep_running(self) -> None:
        while True:
            code = self._child.wait()
            if self._stopping.is_set():
                return
            if not self._is_renewed:
                _logger.error("the worker ended with code %d and is started again", code)
                if self._stopping.wait(_PAUSE_BEFORE_RESTART):
                    return
            self._is_renewed = False
            self._child = self._start()
