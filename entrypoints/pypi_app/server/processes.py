"""Several processes that serve at one socket, and the parent that keeps them running."""

from __future__ import annotations

import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum

from pypi_app.server.members import Members
from pypi_app.server.worker_process import WorkerProcess
from pypi_app.settings import StartError

_logger = logging.getLogger(__name__)

READY = b"ready\n"
"""What a process writes once it accepts connections."""

_STARTS_WITHIN = 60.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
# A process that ran for so long did not fail to start.
_RAN_WELL = 60.0
# Silent connections are kept for five seconds before the grace begins.
_GRACE_BEYOND = 10.0


class Order(Enum):
    """What the parent is asked to do."""

    STOP = "stop"
    RENEW = "renew"


class _Process:
    """One process that serves; *events* gets it when it is ready, and when it has ended."""

    def __init__(
        self, command: Sequence[str], sockets: Sequence[int], events: queue.SimpleQueue[object]
    ) -> None:
        self.is_ready = False
        self.is_over = False
        self.started = time.monotonic()
        # Its input closes with this process, whatever ends it, and then it ends at once.
        self._child = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=sockets, process_group=0
        )
        self._events = events
        threading.Thread(target=self._watch, name=f"process-{self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def code(self) -> int | None:
        return self._child.returncode

    def end(self) -> None:
        """Let it finish what it is doing."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if not self.is_over:
            self._child.send_signal(number)

    def _watch(self) -> None:
        output = self._child.stdout
        if output and output.readline() == READY:
            self.is_ready = True
            self._events.put(self)
        self._child.wait()
        self.is_over = True
        if output:
            output.close()
        self._events.put(self)


class Processes:
    """
    Keeps *count* processes running, which share the listening *sockets*.

    One that ends by itself is started again, later and later if it does not last.  SIGTERM and SIGINT end
    all of them, each when it has finished its requests.  SIGHUP replaces them, and the worker, by new ones,
    which read settings and code anew: the old ones go when the new ones are ready, and stay if these are not.
    The sockets stay open all the time, so that no connection is refused.

    Args:
        command: What a process is started with.
        migrate: What brings the database up to date before new processes start.
        members: Is told which process has ended.
        worker: The worker beside them.
        grace: Seconds that a process may take to finish its requests.
    """

    def __init__(
        self,
        *,
        count: int,
        command: Sequence[str],
        migrate: Sequence[str],
        sockets: Sequence[socket.socket],
        members: Members,
        worker: WorkerProcess | None,
        grace: float,
    ) -> None:
        self._count = count
        self._command = [sys.executable, *command]
        self._migrate = [sys.executable, *migrate]
        self._sockets = [each.fileno() for each in sockets]
        self._members = members
        self._worker = worker
        self._grace = grace
        self._events: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._current: list[_Process] = []
        self._leaving: list[_Process] = []
        self._is_stopping = False
        self._pause = 0.0
        self._next_start = 0.0

    def run(self, on_start: Callable[[], None]) -> None:
        """
        Serve until SIGTERM or SIGINT; *on_start* is called when all processes are ready.

        Raises:
            StartError: A process ends before it is ready.
        """
        self._take_signals()
        try:
            self._current = self._new_generation()
            if self._is_stopping:
                return
            if not self._current:
                raise StartError("A process of the server ended before it was ready: its log says why.")
            on_start()
            self._keep_running()
        finally:
            self._end([*self._current, *self._leaving])

    def _take_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._events.put(Order.STOP))
        # From the terminal that a person started it on, it says that the terminal is gone.
        if not (sys.stdin and sys.stdin.isatty()):
            signal.signal(signal.SIGHUP, lambda _number, _frame: self._events.put(Order.RENEW))

    def _keep_running(self) -> None:
        while True:
            if self._is_stopping:
                return
            match self._next_event():
                case Order.STOP:
                    return
                case Order.RENEW:
                    self._renew()
                case _Process() as process if process.is_over:
                    self._has_ended(process)
            self._fill_up()

    def _next_event(self) -> object:
        missing = len(self._current) < self._count
        try:
            return self._events.get(
                timeout=max(0.0, self._next_start - time.monotonic()) if missing else None
            )
        except queue.Empty:
            return None

    def _has_ended(self, process: _Process) -> None:
        self._members.retire(process.pid)
        if process in self._leaving:
            self._leaving.remove(process)
        if process not in self._current:
            return
        self._current.remove(process)
        _logger.error("process %d ended with code %s and is started again", process.pid, process.code)
        now = time.monotonic()
        lasted = now - process.started >= _RAN_WELL
        self._next_start = now + (0.0 if lasted else self._pause)
        self._pause = _FIRST_PAUSE if lasted else min(max(_FIRST_PAUSE, 2 * self._pause), _LONGEST_PAUSE)

    def _fill_up(self) -> None:
        while len(self._current) < self._count and time.monotonic() >= self._next_start:
            self._current.append(self._start())

    def _start(self) -> _Process:
        return _Process(self._command, self._sockets, self._events)

    def _new_generation(self) -> list[_Process]:
        """Start new processes and return them when all are ready; none if one is not, or all are to stop."""
        new = [self._start() for _ in range(self._count)]
        until = time.monotonic() + _STARTS_WITHIN
        while not all(each.is_ready for each in new):
            try:
                event = self._events.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                event = None
            if event is Order.STOP:
                self._is_stopping = True
            if event is None or self._is_stopping or any(each.is_over for each in new):
                for each in new:
                    # One that is ready may have requests already.
                    if each.is_ready:
                        each.end()
                    else:
                        each.kill()
                self._leaving += new
                return []
            if isinstance(event, _Process) and event.is_over:
                self._has_ended(event)
        return new

    def _renew(self) -> None:
        """Replace all processes, and the worker, if new ones can be started."""
        _logger.info("new processes are started")
        # By the new code, which may be a later version; the one before it works on with the tables of both.
        if subprocess.run(self._migrate, stdout=subprocess.DEVNULL, check=False).returncode:  # noqa: S603 - our own module
            _logger.error("the processes stay: the database could not be brought up to date")
            return
        new = self._new_generation()
        if not new:
            _logger.error("the processes stay: new ones could not be started")
            return
        old, self._current = self._current, new
        self._leaving += old
        for each in old:
            each.end()
        if self._worker is not None:
            self._worker.renew()
        _logger.info("new processes serve, and the old ones finish their requests")

    def _end(self, processes: Sequence[_Process]) -> None:
        for each in processes:
            each.end()
        until = time.monotonic() + self._grace + _GRACE_BEYOND
        while not all(each.is_over for each in processes):
            try:
                self._events.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                for each in processes:
                    each.kill()
                return


def end_with_parent() -> None:
    """End this process at once when the one that started it is gone."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def say_ready() -> None:
    """Tell the parent that connections are accepted."""
    os.write(sys.stdout.fileno(), READY)
