"""
A worker that stops itself in the middle of its work, as one does whose machine hangs.

``python stopping_worker.py SETTINGS MODULE:CLASS.METHOD before|after NUMBER``, with settings as JSON, sends
itself SIGSTOP at a call of that method; with ``slow`` it goes on after several times its lease.  With fewer
arguments it is an ordinary worker.  Leases are short, and what is claimed is printed.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from functools import wraps
from itertools import count
from typing import Any

import msgspec

from pypi_app.container import assemble
from pypi_app.settings import LocalBlobsFirst, OutboxTerms, S3BlobsFirst, Settings
from pypi_app.worker import work
from pypi_core.ports.outbox import Task
from pypi_sql.outbox import SqlOutbox

LEASE_SECONDS = 1.0


def worker_settings(data: str, database: str | None, blobs: LocalBlobsFirst | S3BlobsFirst) -> Settings:
    """Return the settings of the worker and of the test that looks after it."""
    return Settings(
        data=data,
        database=database,
        blobs=blobs,
        outbox=OutboxTerms(lease_seconds=LEASE_SECONDS, attempts=3),
    )


def _stop_at(place: str, when: str, number: int) -> None:
    module_name, _, path = place.partition(":")
    class_name, _, method_name = path.partition(".")
    kind = getattr(importlib.import_module(module_name), class_name)
    method, calls = getattr(kind, method_name), count(1)

    @wraps(method)
    def stopping(*arguments: Any, **options: Any) -> Any:
        is_here = next(calls) == number
        if is_here and when == "before":
            os.kill(os.getpid(), signal.SIGSTOP)
        if is_here and when == "slow":
            time.sleep(3 * LEASE_SECONDS)
        result = method(*arguments, **options)
        if is_here and when == "after":
            os.kill(os.getpid(), signal.SIGSTOP)
        return result

    setattr(kind, method_name, stopping)


def _print_claims() -> None:
    claim = SqlOutbox.claim

    def printing(*arguments: Any) -> Sequence[Task]:
        tasks = claim(*arguments)
        for each in tasks:
            print(f"{os.getpid()} claimed {each.id}", file=sys.stderr, flush=True)
        return tasks

    setattr(SqlOutbox, "claim", printing)  # noqa: B010 - it is another function for the type checker


def main() -> None:
    _print_claims()
    settings, *place = sys.argv[1:]
    if place:
        where, when, number = place
        _stop_at(where, when, int(number))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    container = assemble(msgspec.json.decode(settings, type=Settings))
    work(container.site(), container.database().change_signal, stop)
    container.database().dispose()


if __name__ == "__main__":
    main()
