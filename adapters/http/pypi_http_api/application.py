"""The application: layers of plain ASGI, and the endpoints behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, ControllerRouterHandler, ExceptionHandler

from pypi_core.ports.changes import ChangeSignal
from pypi_core.site import Site
from pypi_http_api.addressing import Addressing
from pypi_http_api.change_feed import change_feed_endpoints
from pypi_http_api.costly_calls import CostlyCalls
from pypi_http_api.credentials import Credentials
from pypi_http_api.cross_site import CrossSite
from pypi_http_api.documentation import documentation_endpoints
from pypi_http_api.download_counting import CountDownload, DownloadCounting
from pypi_http_api.error_responses import ErrorResponses
from pypi_http_api.feeds import feed_endpoints
from pypi_http_api.files import file_endpoints
from pypi_http_api.freshness import Freshness, FreshnessAtOnce
from pypi_http_api.health import health_endpoints
from pypi_http_api.hot_replies import HotReplies
from pypi_http_api.integrity import integrity_endpoints
from pypi_http_api.legacy_actions import legacy_action_endpoints
from pypi_http_api.metrics import metrics_endpoints
from pypi_http_api.openapi import openapi_endpoint
from pypi_http_api.path_prefix import PathPrefix, parse_path_prefix
from pypi_http_api.pools import Pools
from pypi_http_api.problems import Problems, RefusalPage
from pypi_http_api.project_json import project_json_endpoints
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.request_log import RequestLog
from pypi_http_api.rpc import RpcEndpoint, rpc_endpoints
from pypi_http_api.session_uploads import session_upload_endpoints
from pypi_http_api.settings import HttpSettings
from pypi_http_api.simple import simple_endpoints
from pypi_http_api.traffic import RouteNotes
from pypi_http_api.uploads import upload_endpoints
from pypi_http_api.watching import Watched, Watchers
from pypi_http_api.xml_rpc import XmlRpcCalls, XmlRpcEndpoint, xml_rpc_endpoints

_DEFAULTS = HttpSettings()


def build_application(
    *,
    site: Site,
    change_signal: ChangeSignal,
    freshness: Freshness | None = None,
    json_rpc: RpcEndpoint | None = None,
    xml_rpc: XmlRpcEndpoint | None = None,
    frontend: Sequence[ControllerRouterHandler] = (),
    refusal_page: RefusalPage | None = None,
    count_download: CountDownload | None = None,
    settings: HttpSettings = _DEFAULTS,
    watched: Watched | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> ASGIApp:
    """
    Return the ASGI application that serves all indexes of *site*.

    A request passes, from outside to inside: it is counted and logged when it is answered; whatever is
    raised becomes an answer; its index is found; downloads are counted; known answers are given; what
    another site is behind is refused; credentials are looked at; then comes its endpoint.
    *frontend* are Litestar handlers that are mounted beside ours at the root of every index
    and learn from `IndexRequest` which index they are asked about, where it is served, and by whom.

    Args:
        site: The indexes and accounts.
        change_signal: Tells that nothing was committed since an answer was made.
        freshness: Is asked in its place, on the event loop.
        json_rpc: Answers ``POST /rpc``.
        xml_rpc: Answers ``POST /pypi`` and ``POST /RPC2``.
        frontend: What people see.
        refusal_page: Makes the page that a browser shows when a request is refused; plain text without.
        count_download: Is told of each download; nothing is counted without.
        settings: How all this behaves.
        watched: What those see who watch over the server; without it, that it is ready.
        is_stopping: Tells whether the server wants to end, so that nobody is to be kept waiting.

    Raises:
        ValueError: A trusted proxy or a watcher is neither an address nor a network, or the root path is
            not a path.
    """
    watched = watched or Watched()
    traffic = watched.traffic
    proxies = TrustedProxies(settings.trusted_proxies)
    prefix = PathPrefix(
        parse_path_prefix(settings.root_path), is_stripped=settings.proxy_strips_root_path, proxies=proxies
    )
    freshness = freshness or FreshnessAtOnce(change_signal)
    pools = Pools(settings.read_threads, settings.write_threads)
    costly = CostlyCalls(settings.costly_threads, settings.costly_calls_of_caller, settings.costly_memory)
    traffic.sources += [pools.samples, costly.samples]
    watchers = Watchers(settings.watchers, proxies)
    pages = _pages(frontend)
    problems = Problems(settings.realm, refusal_page, pages)
    calls = XmlRpcCalls(xml_rpc, pools, costly, settings) if xml_rpc else None
    handlers: list[ControllerRouterHandler] = [
        *simple_endpoints(pools, costly),
        *file_endpoints(site, pools),
        *upload_endpoints(pools, settings),
        *documentation_endpoints(pools),
        *session_upload_endpoints(pools),
        *project_json_endpoints(pools),
        *change_feed_endpoints(site, pools, costly, freshness.signal, settings, proxies, is_stopping),
        *integrity_endpoints(pools),
        *feed_endpoints(pools),
        *legacy_action_endpoints(pools, settings, calls),
        *health_endpoints(watched.look, watchers),
        *(metrics_endpoints(watched.expose, traffic, watchers) if watched.expose else ()),
        *(rpc_endpoints(json_rpc, pools, costly, settings.largest_call) if json_rpc else ()),
        *(xml_rpc_endpoints(calls) if calls else ()),
        *frontend,
    ]
    handlers.append(openapi_endpoint(handlers, pools))
    answer = _exception_handler(problems)
    application: ASGIApp = Litestar(
        route_handlers=handlers,
        exception_handlers={HTTPException: answer, Exception: answer},
        on_shutdown=[pools.close, costly.close, watchers.close],
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    application = RouteNotes(application)
    application = Credentials(application, site, pools, proxies, pages)
    application = CrossSite(application, proxies)
    application = HotReplies(application, freshness, settings.reply_memory)
    if count_download:
        application = DownloadCounting(application, count_download)
    application = Addressing(application, site, pools, proxies, prefix)
    application = ErrorResponses(application, problems)
    traced = watched.trace(application)
    # A request that is answered without the application has no trace.
    offers = traced is application
    return RequestLog(traced, proxies, traffic, all_requests=settings.access_log, offers=offers)


def _pages(frontend: Sequence[ControllerRouterHandler]) -> frozenset[str]:
    """Return the first parts of the paths of pages, which are all that take cookies."""
    paths = (path for each in frontend for path in getattr(each, "paths", ()))
    return frozenset(path.split("/", 2)[1] for path in paths) - {"static", "favicon.ico"}


def _exception_handler(problems: Problems) -> ExceptionHandler[Exception]:
    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        reply = problems.reply(error, request.scope)
        headers = {name.decode(): value.decode("latin-1") for name, value in reply.headers}
        # The framework adds the charset to what is text.
        media_type = headers.pop("content-type").partition(";")[0]
        return Response(reply.body, status_code=reply.status, media_type=media_type, headers=headers)

    return answer
