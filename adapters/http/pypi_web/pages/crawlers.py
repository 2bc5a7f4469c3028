"""What search engines are told: where to look, and which projects there are."""

from __future__ import annotations

from xml.sax.saxutils import escape

from litestar import Response, get
from litestar.params import FromQuery

from pypi_web.contexts import AnyRequest, asked, context_of

_CLOSED = (
    "search/",
    "suggestions",
    "activity/",
    "project/*/compare/",
    "account/",
    "manage/",
    "simple/",
    "packages/",
    "rpc",
)
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MOST_PARTS = 50_000
_HIGHEST_SEGMENT = 2**31 - 1


@get("/robots.txt", sync_to_thread=True, include_in_schema=False)
def robots(request: AnyRequest) -> Response[str]:
    """Keep crawlers away from what is endless or not for people; each index at the root speaks for all."""
    context = context_of(request)
    lines = ["User-agent: *"]
    lines += [f"Disallow: {context.root}/{each}" for each in _CLOSED]
    lines += [f"Disallow: {context.root}/i/*/{each}" for each in _CLOSED]
    lines += [f"Disallow: {context.root}/*?format=json", f"Sitemap: {context.base_url}/sitemap.xml", ""]
    return Response("\n".join(lines), media_type="text/plain", headers=_HEADERS)


@get("/sitemap.xml", sync_to_thread=True, include_in_schema=False)
def sitemap(request: AnyRequest, part: FromQuery[int | None] = None) -> Response[str]:
    """List the parts of the site map, or the pages of the projects in one part, about a thousand."""
    addressed = asked(request)
    context = context_of(request)
    projects, actor, url = addressed.index.projects, addressed.actor, escape(context.base_url)
    if part is None:
        kind = "sitemapindex"
        entries = [
            f"<sitemap><loc>{url}/sitemap.xml?part={number}</loc></sitemap>"
            for number in projects.segments(actor)[:_MOST_PARTS]
        ]
    else:
        kind = "urlset"
        found = projects.in_segment(actor, part) if 0 <= part <= _HIGHEST_SEGMENT else ()
        entries = [f"<url><loc>{url}/project/{each.name}/</loc></url>" for each in found]
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{_NAMESPACE}">{"".join(entries)}</{kind}>\n'
    )
    return Response(body, media_type="application/xml", headers=_HEADERS)
