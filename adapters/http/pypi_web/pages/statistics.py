"""How much there is on an index."""

from __future__ import annotations

from litestar import Response, get

from pypi_http_api.headers.preferences import weighted_elements
from pypi_web.contexts import AnyRequest, asked, context_of
from pypi_web.rendering import html_page, json_page

_MOST_USED = 100


@get("/stats/", sync_to_thread=True, include_in_schema=False)
def statistics(request: AnyRequest) -> Response[str] | Response[bytes]:
    """
    Show how much there is on the index, to programs as JSON.

    See docs/reference/standards/feeds-and-statistics.md#statistics.
    """
    addressed = asked(request)
    context = context_of(request)
    counted = addressed.index.statistics.read(addressed.actor)
    wants_json = dict(weighted_elements(request.headers.get("accept", ""))).get("application/json")
    if not wants_json and request.query_params.get("format") != "json":
        return html_page(
            context,
            "stats.html",
            statistics=counted,
            most_used=addressed.index.download_counts.most_downloaded(addressed.actor, _MOST_USED),
            headers={"Vary": "Accept, Accept-Language"},
        )
    answer = json_page(
        context,
        {
            "total_packages_size": counted.total_size,
            "top_packages": {each.project: {"size": each.size} for each in counted.projects},
        },
    )
    answer.headers["Vary"] = "Accept"
    return answer
