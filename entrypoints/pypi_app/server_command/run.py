"""The commands that run: ``serve``, ``work``, ``migrate``."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Annotated

from cyclopts import Parameter

from pypi_app.container import assemble
from pypi_app.logs import set_up_logs
from pypi_app.server_command.options import Common, opened_container


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    tls_certificate: str | None = None,
    tls_key: str | None = None,
    worker: bool | None = None,
    access_log: bool | None = None,
    common: Common | None = None,
) -> None:
    """
    Serve the index until Ctrl+C or SIGTERM.

    The first start creates what is missing: the database, the indexes `pypi` (at /) and
    `test` (at /i/test/), an owner account and its token, kept in DATA/owner-token.

    Parameters
    ----------
    host
        The address to listen on (default: 127.0.0.1, this machine only).
    port
        The port to listen on (default: 8080); 0 takes a free one.
    tls_certificate
        A file with the certificate chain (PEM): serve https.
    tls_key
        A file with the certificate's private key (PEM).
    worker
        Run a worker beside the server (default); without one, run `pypi-server work`.
    access_log
        Log every request.
    """
    from pypi_app.server.serve import serve as run_server

    common = common or Common()
    settings = common.load(
        host=host,
        port=port,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
        worker=worker,
        access_log=access_log,
    )
    set_up_logs()
    run_server(settings, assemble(settings), _worker_arguments(common))


def work(
    *, until_input_closes: Annotated[bool, Parameter(show=False)] = False, common: Common | None = None
) -> None:
    """
    Work off what uploads leave to do: index for search, render pages ahead, sweep.

    `serve` runs one by itself.  Several may run at once, on several machines.
    """
    from pypi_app.worker import work as run_worker

    set_up_logs()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    # With a parent, Ctrl+C reaches both: the parent decides when the worker stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN if until_input_closes else lambda _signal, _frame: stop.set())
    if until_input_closes:
        threading.Thread(target=_set_at_end_of_input, args=(stop,), daemon=True).start()
    with opened_container(common) as container:
        run_worker(container.site(), container.database().change_signal, stop)


def migrate(*, common: Common | None = None) -> None:
    """Create the database's tables or bring them up to date; running it again does no harm."""
    with opened_container(common):
        print("The database is up to date.")


def _worker_arguments(common: Common) -> list[str]:
    given = {"--settings": common.settings, "--data": common.data, "--database": common.database}
    options = [text for name, value in given.items() if value is not None for text in (name, str(value))]
    return ["-m", "pypi_app.server_command", "work", "--until-input-closes", *options]


def _set_at_end_of_input(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()
