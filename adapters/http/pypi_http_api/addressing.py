"""The outermost layer: which index is addressed, by whom, at which address."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from pypi_core.domain.accounts import ANONYMOUS, Actor
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName
from pypi_core.errors import PackageIndexError
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_http_api.credentials import parse_authorization
from pypi_http_api.pools import Pools
from pypi_http_api.problems import problem_reply, sentence_reply
from pypi_http_api.settings import HttpSettings
from pypi_http_api.visits import Visit, header

_OTHER_INDEXES = "/i/"


class Addressing:
    """
    Turns a request to any index into one to the same tree of paths.

    ``/i/<index>/…`` loses its prefix, credentials become an actor, HEAD becomes a GET
    whose body is dropped.  Liveness passes by, so that nothing can hold it up.
    """

    def __init__(self, application: ASGIApp, site: Site, pools: Pools, settings: HttpSettings) -> None:
        self._application = application
        self._site = site
        self._pools = pools
        self._realm = settings.realm
        self._is_trusted = _trust(settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Address one request."""
        if scope["type"] != ScopeType.HTTP or scope["path"] == "/health/live":
            await self._application(scope, receive, send)
            return
        only_head = scope["method"] == "HEAD"
        if only_head:
            send = _without_body(send)
        name, root, path = _split(scope["path"])
        inner: Any = {**scope, "path": path, "method": "GET" if only_head else scope["method"]}
        try:
            # Two slashes in a row are nobody's address, and `//host` in a redirect would be another host.
            if "//" in path:
                await sentence_reply(inner, 404, "There is nothing here.")(inner, receive, send)
                return
            visit = Visit(
                index=await self._index(IndexName(name)),
                index_name=name,
                actor=await self._actor(inner),
                root=root,
                base_url=f"{self._origin(inner)}{root}",
                path=path,
                query=scope["query_string"].decode("latin-1"),
                only_head=only_head,
            )
        except PackageIndexError as error:
            await problem_reply(inner, error, self._realm)(inner, receive, send)
            return
        visit.put_into(inner)
        await self._application(inner, receive, send)

    async def _index(self, name: IndexName) -> Index:
        # Only the first request to an index asks the database.
        known = self._site.known_index(name)
        return known if known is not None else await self._pools.read(self._site.index, name)

    async def _actor(self, scope: Scope) -> Actor:
        authorization = header(scope, b"authorization")
        credentials = None if authorization is None else parse_authorization(authorization)
        if credentials is None:
            return ANONYMOUS
        return await self._pools.read(self._site.authenticate, credentials)

    def _origin(self, scope: Scope) -> str:
        scheme, host = scope.get("scheme", "http"), header(scope, b"host") or ""
        client = scope.get("client")
        if client and self._is_trusted(client[0]):
            scheme = _first(header(scope, b"x-forwarded-proto")) or scheme
            host = _first(header(scope, b"x-forwarded-host")) or host
        server = scope.get("server")
        fallback = f"{server[0]}:{server[1]}" if server else "localhost"
        return f"{scheme}://{host or fallback}"


def _split(path: str) -> tuple[str, str, str]:
    """Return index name, prefix and the path below it."""
    if not path.startswith(_OTHER_INDEXES):
        return DEFAULT_INDEX, "", path
    name, _, rest = path.removeprefix(_OTHER_INDEXES).partition("/")
    return name, f"{_OTHER_INDEXES}{name}", f"/{rest}"


def _trust(trusted: tuple[str, ...]) -> Callable[[str], bool]:
    networks = [ip_network(each, strict=False) for each in trusted]

    def is_trusted(address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in networks)

    return is_trusted


def _first(value: str | None) -> str:
    return (value or "").split(",")[0].strip()


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return send_head
