"""Which index a request is addressed to, and under which URL the client knows it."""

from __future__ import annotations

import re

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec.structs import replace

from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, parse_index_name
from pypi_core.errors import InvalidSetting, NotFound
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_http_api.addressed import ADDRESSED, Addressed
from pypi_http_api.path_prefix import PathPrefix, is_of_server
from pypi_http_api.pools import Pools
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.replies import redirect

# Decoding these would make two parts of one, or a name that ends early.
_AMBIGUOUS = re.compile(r"//|%2f|%5c|%00|\\", re.IGNORECASE)
_OTHER_INDEX = re.compile(r"/i/(?P<name>[^/]+)(?P<path>/.*)?\Z")


class Addressing:
    """
    Finds the index of each request and puts an `Addressed` into the state of the scope.

    The scope's own ``root_path`` is ``root``, its path stays whole, as ASGI has it.
    HEAD becomes a GET; `ErrorResponses` drops the body.
    """

    def __init__(
        self, application: ASGIApp, site: Site, pools: Pools, proxies: TrustedProxies, prefix: PathPrefix
    ) -> None:
        self._application = application
        self._site = site
        self._pools = pools
        self._proxies = proxies
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on to where it belongs."""
        if scope["type"] != ScopeType.HTTP:
            return await self._application(scope, receive, send)
        own: HTTPScope = scope.copy()
        site_root, path = self._prefix.split(own)
        only_head = scope["method"] == "HEAD"
        # Noted early, so that a refusal is put in the words of the endpoint.
        addressed = Addressed(path=path, root=site_root)
        state = {**scope.get("state", {}), ADDRESSED: addressed}
        own["state"] = scope["state"] = state
        own["root_path"] = site_root
        if _AMBIGUOUS.search(path):
            raise NotFound("There is nothing at this address.")
        if not is_of_server(path):
            prefix, name, path = _split_index(path)
            state[ADDRESSED] = addressed = replace(addressed, path=path or "/")
            index = await self._index(name)
            if not path:
                query = scope["query_string"].decode("latin-1")
                location = f"{site_root}{prefix}/{'?' if query else ''}{query}"
                return await redirect(location, status=308)(own, receive, send)
            site_url = f"{self._proxies.origin(own)}{site_root}"
            addressed = Addressed(
                path=path,
                root=site_root + prefix,
                index=index,
                name=name,
                site=self._site,
                base_url=site_url + prefix,
                site_root=site_root,
                site_url=site_url,
            )
            own["root_path"] = addressed.root
        state[ADDRESSED] = replace(addressed, only_head=only_head)
        if only_head:
            own["method"] = "GET"
        return await self._application(own, receive, send)

    async def _index(self, name: IndexName) -> Index:
        # Indexes are never taken away, so one that was found is found for good, without a thread.
        known = self._site.known_index(name)
        return known if known is not None else await self._pools.read(self._site.index, name)


def _split_index(path: str) -> tuple[str, IndexName, str]:
    """Return prefix and name of the index addressed, and what follows, empty for no slash even."""
    match = _OTHER_INDEX.match(path)
    if match is None:
        return "", DEFAULT_INDEX, path
    try:
        name = parse_index_name(match["name"])
    except InvalidSetting as error:
        raise NotFound("There is no such index on this server.") from error
    return f"/i/{name}", name, match["path"] or ""
