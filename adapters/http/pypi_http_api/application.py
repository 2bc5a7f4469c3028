"""The HTTP application: layers around one Litestar application."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.types import ASGIApp, ControllerRouterHandler

import pypi_core
from pypi_core.ports.changes import ChangeSignal
from pypi_core.site import Site
from pypi_http_api.addressing import Addressing
from pypi_http_api.files import file_handlers
from pypi_http_api.health import health_handlers
from pypi_http_api.hot_replies import HotReplies
from pypi_http_api.legacy_json import legacy_json_handlers
from pypi_http_api.pools import Pools
from pypi_http_api.problems import exception_handlers
from pypi_http_api.rpc import RpcEndpoint, rpc_handlers
from pypi_http_api.settings import HttpSettings
from pypi_http_api.simple import simple_handlers
from pypi_http_api.upload import upload_handlers


def build_application(
    *,
    site: Site,
    change_signal: ChangeSignal,
    is_ready: Callable[[], bool],
    json_rpc: RpcEndpoint | None = None,
    frontend: Sequence[ControllerRouterHandler] = (),
    settings: HttpSettings | None = None,
) -> ASGIApp:
    """
    Return everything that a site serves over HTTP.

    Args:
        site: The site, whose index ``pypi`` stands at the root and every other at ``/i/<name>/``.
        change_signal: Tells whether anything was committed; asked on the event loop.
        is_ready: Tells whether requests can be served; asked in a thread.
        json_rpc: Answers the calls to ``/rpc``.
        frontend: Further handlers, mounted at the root of every index; see `pypi_http_api.visits`.
        settings: What the operator set.
    """
    settings = settings or HttpSettings()
    pools = Pools(settings.read_threads, settings.write_threads)
    litestar = Litestar(
        [
            *health_handlers(is_ready, pools),
            *simple_handlers(pools),
            *file_handlers(site, pools),
            *upload_handlers(pools, settings),
            *legacy_json_handlers(pools),
            *(rpc_handlers(json_rpc, pools, settings) if json_rpc else ()),
            *frontend,
        ],
        exception_handlers=exception_handlers(settings.realm),
        openapi_config=OpenAPIConfig(
            title="Python package index", version=pypi_core.__version__, path="/openapi"
        ),
        # Logging is set up by whoever runs us, and errors are logged where they are answered.
        logging_config=None,
        # Uploads are read as they arrive, with a limit of their own.
        request_max_body_size=None,
        on_shutdown=[pools.close],
    )
    return Addressing(HotReplies(litestar, change_signal, settings.reply_memory), site, pools, settings)
