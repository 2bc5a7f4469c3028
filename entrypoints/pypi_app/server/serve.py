"""Run the server in this process and the worker in a child."""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import ssl
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from pypi_app.application import build_asgi_application
from pypi_app.container import Container
from pypi_app.server.banner import print_banner
from pypi_app.server.connections import Connections
from pypi_app.server.file_limit import fit_file_limit
from pypi_app.server.handshakes import TlsConnection
from pypi_app.server.protocol import IndexProtocol
from pypi_app.server.set_up import FirstOwner, set_up
from pypi_app.server.shared_signal import SharedSignal
from pypi_app.server.starting import check_tls, listen
from pypi_app.server.worker_process import WorkerProcess
from pypi_app.settings import Settings
from pypi_core import __version__
from pypi_http_api.proxies import TrustedProxies

_logger = logging.getLogger(__name__)

# In seconds.  For each page the interpreter is taken a dozen times, each of which may wait so long for a
# thread that computes.
_SWITCH_INTERVAL = 0.0005

Announce = Callable[[FirstOwner | None, str, Path], None]
"""Is told of the account that the first start created, of the URL, and where the owner's token is kept."""


def serve(
    settings: Settings, container: Container, worker_command: list[str], announce: Announce = print_banner
) -> None:
    """
    Serve until SIGTERM or SIGINT; requests under way are finished first.  The caller closes the database.

    *worker_command* are the interpreter's arguments that start a worker.  *announce* is called once the
    server can be reached.

    Raises:
        StartError: The address, the certificate or the data folder cannot be used.
        SettingsError: A trusted proxy or the database is named in a way that means nothing.
        Unavailable: The database or the store of files cannot be used.
    """
    check_tls(settings)
    sys.setswitchinterval(_SWITCH_INTERVAL)
    # The data is touched last: a start that fails before leaves nothing behind.
    with listen(settings) as listening:
        if bucket := container.bucket():
            bucket.require()
        settings.make_data_folder()
        # Clients that wait for changes are sent away when the server stops.
        server = uvicorn.Server(_uvicorn_config(settings, container, lambda: server.should_exit))
        owner = set_up(container.site(), container.database(), settings.data_folder)
        url = _base_url(settings, listening.getsockname()[1])
        with WorkerProcess(worker_command) if settings.worker else contextlib.nullcontext():
            announce(owner, url, settings.data_folder / "owner-token")
            _outlive_stop_signals()
            _spare_the_collector()
            _logger.info("pypi-server %s serves %s at %s", __version__, settings.data_folder, url)
            server.run(sockets=[listening])
            _logger.info("pypi-server has stopped")


def _spare_the_collector() -> None:
    """
    Keep the garbage collector away from what is there for good: code, routes, tables, settings.

    While it looks at all objects no thread runs, and at these it would look for a tenth of a second.
    """
    gc.collect()
    gc.freeze()


def _uvicorn_config(
    settings: Settings, container: Container, is_stopping: Callable[[], bool]
) -> uvicorn.Config:
    database = container.database()
    application = build_asgi_application(
        settings, container.site(), database, is_stopping, SharedSignal(database.change_signal)
    )
    limits = fit_file_limit(settings.connections)
    connections = Connections(limits, TrustedProxies(settings.trusted_proxies))
    config = uvicorn.Config(
        application,
        # uvicorn only ever calls it.
        http=partial(IndexProtocol, connections=connections),  # type: ignore[arg-type]
        ws="none",
        # Signals and the loop are uvicorn's; names, proxies and errors are the application's.
        proxy_headers=False,
        server_header=False,
        date_header=True,
        # The application writes it: it knows who asked.
        access_log=False,
        log_config=None,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        timeout_graceful_shutdown=settings.shutdown_grace,
    )
    config.load()
    if config.ssl is not None:
        # uvicorn makes the protocol after the handshake, which has to be counted and hurried, too.
        context, config.ssl = config.ssl, None
        config.http_protocol_class = partial(_secured, connections, context)  # type: ignore[assignment]
    return config


def _secured(connections: Connections, context: ssl.SSLContext, **its: Any) -> TlsConnection:
    protocol = IndexProtocol(**its, connections=connections)
    return TlsConnection(protocol, context, timeout=connections.limits.head_timeout)


def _outlive_stop_signals() -> None:
    """
    Let the process go on to tidy up after the server has stopped.

    uvicorn stops at these signals by handlers of its own, then raises them once more for
    the handlers it found.
    """
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda _signal, _frame: None)


def _base_url(settings: Settings, port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    usual = {"http": 80, "https": 443}[settings.scheme]
    path = "" if settings.proxy_strips_root_path else settings.root_path.rstrip("/")
    return f"{settings.scheme}://{host}{'' if port == usual else f':{port}'}{path}/"
