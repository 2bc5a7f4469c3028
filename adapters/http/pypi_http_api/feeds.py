"""RSS feeds (docs/reference/standards/feeds-and-statistics.md#feeds)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from email.utils import format_datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.indexes import Reading
from pypi_core.domain.names import parse_project_name
from pypi_core.simple_api.etag import strong_etag
from pypi_core.use_cases.reading.news import NewsItem
from pypi_http_api.endpoints import get_endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.replies import ANY_ORIGIN, NO_SNIFFING, Reply

_MOST_RELEASES = 100
_MOST_PROJECTS = 40
_MOST_OF_PROJECT = 40
# XML 1.0 has no way to say these, not even as references.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_endpoints(pools: Pools) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the feeds."""
    feeds = _Feeds(pools)
    return [
        get_endpoint("/rss/updates.xml", feeds.send_releases, pools, _feed_of("the newest releases")),
        get_endpoint("/rss/packages.xml", feeds.send_projects, pools, _feed_of("the newest projects")),
        get_endpoint(
            "/rss/project/<name>/releases.xml",
            feeds.send_releases_of_project,
            pools,
            _feed_of("the newest releases of a project"),
        ),
    ]


def _feed_of(subject: str) -> OperationDescription:
    return OperationDescription(
        summary=f"Tell {subject} by RSS",
        tag="Feeds",
        types=("text/xml",),
        headers={"If-None-Match": "The `ETag` of the feed that is there."},
        moves=True,
    )


class _Feeds:
    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def send_releases(self, request: IndexRequest) -> ASGIApp:
        """Send the newest releases of all projects."""
        return await self._send(
            request,
            "newest releases",
            lambda: request.index.news.releases(request.actor, _MOST_RELEASES),
            lambda item: f"{item.project.display_name} {_version(item)}",
        )

    async def send_projects(self, request: IndexRequest) -> ASGIApp:
        """Send the newest projects."""
        return await self._send(
            request,
            "newest projects",
            lambda: request.index.news.projects(request.actor, _MOST_PROJECTS),
            lambda item: f"{item.project.display_name} added",
        )

    async def send_releases_of_project(self, request: IndexRequest) -> ASGIApp:
        """Send the newest releases of one project."""
        raw = request.captured["name"]
        name = parse_project_name(raw)
        if raw != name:
            return request.moved(f"/rss/project/{name}/releases.xml")
        return await self._send(
            request,
            f"releases of {name}",
            lambda: request.index.news.releases_of(request.actor, name, _MOST_OF_PROJECT),
            _version,
        )

    async def _send(
        self,
        request: IndexRequest,
        subject: str,
        read: Callable[[], Sequence[NewsItem]],
        title_of: Callable[[NewsItem], str],
    ) -> ASGIApp:
        def make() -> tuple[Reply, bool]:
            items = read()
            settings = request.index.reading.record().settings
            body = _feed(f"{settings.title}: {subject}", request.base_url, items, title_of)
            private = settings.reading is Reading.PRIVATE
            return _reply(body, private=private), private

        reply, private = await self._pools.read(make)
        return request.answer_with(reply, private=private)


def _feed(title: str, base_url: str, items: Sequence[NewsItem], title_of: Callable[[NewsItem], str]) -> bytes:
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _add(channel, title=title, link=f"{base_url}/", description=title, language="en")
    for item in items:
        link = _link(base_url, item)
        element = ET.SubElement(channel, "item")
        _add(element, title=title_of(item), link=link, guid=link, description=item.summary)
        if item.authors:
            _add(element, author=", ".join(item.authors))
        _add(element, pubDate=format_datetime(item.moment, usegmt=True))
    encoded: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return encoded


def _add(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = _ILLEGAL.sub("", text)


def _link(base_url: str, item: NewsItem) -> str:
    link = f"{base_url}/project/{item.project.name}/"
    return f"{link}{quote(_version(item), safe='')}/" if item.release else link


def _version(item: NewsItem) -> str:
    return str(item.release.version) if item.release else ""


def _reply(body: bytes, *, private: bool) -> Reply:
    cache = b"max-age=0, must-revalidate"
    return Reply(
        headers=(
            (b"content-type", b"text/xml; charset=utf-8"),
            (b"etag", strong_etag(body).encode()),
            (b"cache-control", b"private, " + cache if private else cache),
            NO_SNIFFING,
            *(((b"vary", b"Authorization"),) if private else (ANY_ORIGIN,)),
        ),
        body=body,
    )
