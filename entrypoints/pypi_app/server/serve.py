"""Run the server, in this process or in several, and the worker in a child."""

from __future__ import annotations

import gc
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import uvicorn
from litestar.types import ASGIApp
from msgspec.structs import replace

from pypi_app.application import build_asgi_application, freshness_of
from pypi_app.builders import require_buckets, require_search
from pypi_app.container import Container
from pypi_app.metrics import Exposition
from pypi_app.server.banner import print_banner
from pypi_app.server.connections import Connections
from pypi_app.server.file_limit import fit_file_limit
from pypi_app.server.graceful import GracefulServer
from pypi_app.server.handshakes import TlsConnection
from pypi_app.server.members import Members
from pypi_app.server.processes import Processes, end_with_parent, say_ready
from pypi_app.server.protocol import IndexProtocol
from pypi_app.server.ready_heads import ReadyHeads
from pypi_app.server.set_up import FirstOwner, set_up
from pypi_app.server.shared_signal import SharedSignal
from pypi_app.server.starting import check_tls, listen
from pypi_app.server.worker_process import WorkerProcess
from pypi_app.settings import ConnectionLimits, Settings
from pypi_app.watch import process_samples
from pypi_core import __version__
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.traffic import Traffic
from pypi_http_api.watching import Watched

_logger = logging.getLogger(__name__)

# In seconds.  For each page the interpreter is taken a dozen times, each of which may wait so long for a
# thread that computes.
_SWITCH_INTERVAL = 0.0005

# A process that is killed takes what it has counted since with it.
_SECONDS_BETWEEN_SHARES = 1

Announce = Callable[[FirstOwner | None, str, Path], None]
"""Is told of the account that the first start created, of the URL, and where the owner's token is kept."""


class Commands(msgspec.Struct, frozen=True, kw_only=True):
    """
    The interpreter's arguments that start other processes with the same settings.

    Attributes:
        worker: A worker.
        migrate: What brings the database up to date.
        member: A further process that serves; the folder of `Membership` and the sockets are added.
    """

    worker: tuple[str, ...]
    migrate: tuple[str, ...]
    member: tuple[str, ...]


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What a process of several is given by its parent: the folder that they share, and descriptors."""

    folder: Path
    sockets: tuple[int, ...]


def serve(
    settings: Settings, container: Container, commands: Commands, announce: Announce = print_banner
) -> None:
    """
    Serve until SIGTERM or SIGINT; requests under way are finished first.  The caller closes the database.

    *announce* is called once the server can be reached.

    Raises:
        StartError: The address, the certificate, the data folder, the bucket or the search cannot be used.
        SettingsError: A trusted proxy or the database is named in a way that means nothing.
        Unavailable: The database cannot be used.
    """
    check_tls(settings)
    # The data is touched last: a start that fails before leaves nothing behind.
    with listen(settings) as sockets:
        require_buckets(container.buckets())
        database = container.database()
        if database.file is None:
            database.require_known()
        require_search(container.search_server())
        settings.make_data_folder()
        server = _server(settings, container)
        owner = set_up(container.site(), database, settings.data_folder)
        url = _base_url(settings, sockets[0].getsockname()[1])

        def start() -> None:
            announce(owner, url, settings.data_folder / "owner-token")
            _logger.info("pypi-server %s serves %s at %s", __version__, settings.data_folder, url)

        with WorkerProcess(commands.worker) if settings.worker else nullcontext() as worker:
            if settings.processes == 1:
                _outlive_reloads()
                start()
                _run(container, server, sockets)
            else:
                database.dispose()
                _serve_by_processes(settings, commands, sockets, worker, start)
            _logger.info("pypi-server has stopped")


def serve_as_member(settings: Settings, container: Container, membership: Membership) -> None:
    """Serve as one process of several, until SIGTERM or the end of the parent."""
    end_with_parent()
    members = Members(membership.folder)
    sockets = [socket.socket(fileno=each) for each in membership.sockets]
    _run(container, _server(settings_of_member(settings), container, members, say_ready), sockets)


def _serve_by_processes(
    settings: Settings,
    commands: Commands,
    sockets: Sequence[socket.socket],
    worker: WorkerProcess | None,
    on_start: Callable[[], None],
) -> None:
    with TemporaryDirectory(prefix="pypi-server-") as folder:
        listening = ",".join(str(each.fileno()) for each in sockets)
        processes = Processes(
            count=settings.processes,
            command=(*commands.member, "--member", folder, "--listening", listening),
            migrate=commands.migrate,
            sockets=sockets,
            members=Members(Path(folder)),
            worker=worker,
            grace=settings.shutdown_grace,
        )
        processes.run(on_start)


def settings_of_member(settings: Settings) -> Settings:
    """
    Return the settings of one process of several.

    Limits on everything together are divided.  Those on one address are not, since
    the connections of an address may all come to the same process.
    """
    count, connections, calls = settings.processes, settings.connections, settings.calls
    return replace(
        settings,
        connections=replace(
            connections,
            total=ceil(connections.total / count),
            event_streams=ceil(connections.event_streams / count),
            unsent=ceil(connections.unsent / count),
        ),
        calls=replace(calls, memory=ceil(calls.memory / count)),
    )


def _run(container: Container, server: GracefulServer, sockets: list[socket.socket]) -> None:
    sys.setswitchinterval(_SWITCH_INTERVAL)
    outlive_stop_signals(server)
    _spare_the_collector()
    with container.download_counter() or nullcontext():
        server.run(sockets=sockets)


def _spare_the_collector() -> None:
    """
    Keep the garbage collector away from what is there for good: code, routes, tables, settings.

    While it looks at all objects no thread runs, and at these it would look for a tenth of a second.
    """
    gc.collect()
    gc.freeze()


def _server(
    settings: Settings,
    container: Container,
    members: Members | None = None,
    on_start: Callable[[], None] = lambda: None,
) -> GracefulServer:
    database, traffic = container.database(), Traffic()
    freshness = freshness_of(database, SharedSignal)
    watch = container.watch()
    application = build_asgi_application(
        settings,
        container.site(),
        database,
        # Clients that wait for changes are sent away when the server stops.
        lambda: server.should_exit,
        freshness,
        Watched(
            look=watch.look,
            expose=Exposition(watch.samples, members.others if members else tuple),
            traffic=traffic,
            trace=container.traces().of_requests,
        ),
        container.download_counter(),
    )
    # The application has said by now what is wrong with a setting.
    connections = Connections(fit_file_limit(settings.connections), TrustedProxies(settings.trusted_proxies))
    traffic.sources += [connections.samples, process_samples, watch.samples_of_process]
    ready = ReadyHeads(freshness, settings.ready_memory)
    traffic.settling.append(ready.count)
    protocol = partial(IndexProtocol, connections=connections, ready=ready if settings.ready_memory else None)
    config = _uvicorn_config(settings, application, connections, protocol)
    server = GracefulServer(config, connections, on_start=on_start, on_end=ready.count)
    if members is not None:
        share = partial(members.publish_from, traffic)
        server.config.callback_notify, server.config.timeout_notify = share, _SECONDS_BETWEEN_SHARES
    return server


def _uvicorn_config(
    settings: Settings,
    application: ASGIApp,
    connections: Connections,
    protocol: Callable[..., IndexProtocol],
) -> uvicorn.Config:
    config = uvicorn.Config(
        application,
        # uvicorn only ever calls it.
        http=protocol,  # type: ignore[arg-type]
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
        config.http_protocol_class = partial(_secured, protocol, connections.limits, context)  # type: ignore[assignment]
    return config


def _secured(
    protocol: Callable[..., IndexProtocol], limits: ConnectionLimits, context: ssl.SSLContext, **its: Any
) -> TlsConnection:
    return TlsConnection(protocol(**its), context, timeout=limits.head_timeout)


def _outlive_reloads() -> None:
    """Let SIGHUP, which renews several processes, not end a single one; that of a terminal still does."""
    if not sys.stdin.isatty():
        told = "SIGHUP replaces processes only where there are several (`processes`): restart the server"
        signal.signal(signal.SIGHUP, lambda _signal, _frame: _logger.warning(told))


def outlive_stop_signals(server: GracefulServer) -> None:
    """
    Let the process go on to tidy up after the server has stopped.

    uvicorn stops at these signals by handlers of its own, then raises them once more for
    the handlers it found.  A signal that comes before its handlers are there stops it as well.
    """

    def stop(_signal: int, _frame: object) -> None:
        server.should_exit = True

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)


def _base_url(settings: Settings, port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    usual = {"http": 80, "https": 443}[settings.scheme]
    path = "" if settings.proxy_strips_root_path else settings.root_path.rstrip("/")
    return f"{settings.scheme}://{host}{'' if port == usual else f':{port}'}{path}/"
