"""The ASGI application: the web adapters over one site."""

from __future__ import annotations

from collections.abc import Callable

from litestar.types import ASGIApp

from pypi_app.settings import Settings, SettingsError
from pypi_core.domain.call_budgets import CallBudget
from pypi_core.ports.changes import ChangeSignal
from pypi_core.site import Site
from pypi_http_api import HttpSettings, build_application, parse_path_prefix
from pypi_http_api.download_counting import CountDownload
from pypi_http_api.freshness import Freshness, FreshnessAtOnce, SharedFreshness
from pypi_http_api.watching import Watched
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_sql import SqlDatabase
from pypi_web import frontend, refusal_page
from pypi_xmlrpc_api import XmlRpcEndpoint


def build_asgi_application(
    settings: Settings,
    site: Site,
    database: SqlDatabase,
    is_stopping: Callable[[], bool] = lambda: False,
    freshness: Freshness | None = None,
    watched: Watched | None = None,
    count_download: CountDownload | None = None,
) -> ASGIApp:
    """
    Mount everything that is served over *site*; *is_stopping* tells that the server wants to end.

    *freshness* is shared with what else gives answers again.  What *watched* is shown to those who watch
    over the server; without it the server is always ready and has no metrics.
    *count_download* is told of each download.

    Raises:
        SettingsError: A trusted proxy is neither an address nor a network, or the root path is not a path.
    """
    budget = CallBudget(
        entries=settings.calls.entries, size=settings.calls.answer_size, seconds=settings.calls.seconds
    )
    try:
        parse_path_prefix(settings.root_path)
    except ValueError as error:
        raise SettingsError(f"{error}.", "root_path") from error
    try:
        return build_application(
            site=site,
            change_signal=database.change_signal,
            freshness=freshness or freshness_of(database),
            json_rpc=JsonRpcEndpoint(site, budget=budget),
            xml_rpc=XmlRpcEndpoint(budget),
            frontend=frontend(watched.look if watched else None),
            refusal_page=refusal_page,
            count_download=count_download,
            settings=HttpSettings(
                trusted_proxies=settings.trusted_proxies,
                root_path=settings.root_path,
                proxy_strips_root_path=settings.proxy_strips_root_path,
                read_threads=settings.read_threads,
                write_threads=settings.write_threads,
                access_log=settings.access_log,
                reply_memory=settings.reply_memory,
                event_streams=settings.connections.event_streams,
                event_streams_per_address=settings.connections.event_streams_per_address,
                costly_threads=settings.calls.threads,
                costly_calls_of_caller=settings.calls.of_caller,
                costly_memory=settings.calls.memory,
                watchers=settings.metrics.allow,
            ),
            is_stopping=is_stopping,
            watched=watched,
        )
    except ValueError as error:
        raise SettingsError(str(error), "trusted_proxies") from error


def freshness_of(
    database: SqlDatabase, share: Callable[[ChangeSignal], ChangeSignal] = lambda signal: signal
) -> Freshness:
    """Return what knows which answers still hold; *share* makes a signal that tasks may share answers of."""
    if database.loop_signal is not None:
        return SharedFreshness(database.loop_signal)
    return FreshnessAtOnce(database.change_signal, share(database.change_signal))
