"""Classifiers to browse by: the list that all indexes share, one heading at a time."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from pypi_core.domain.metadata.classifiers import classifiers_below
from pypi_web.contexts import AnyRequest, context_of
from pypi_web.rendering import page_or_json

_BETWEEN = " :: "


class ListedClassifier(msgspec.Struct, frozen=True, kw_only=True):
    """
    A part of a classifier.

    *search* is the query that finds the projects that have it, empty for a heading that is not a classifier;
    *below* the query that lists what stands below it, empty where nothing does.
    """

    label: str
    search: str = ""
    below: str = ""


class ClassifiersView(msgspec.Struct, frozen=True, kw_only=True):
    """What stands below a heading, and the way back up: labels and queries."""

    heading: str
    way: Sequence[tuple[str, str]]
    classifiers: Sequence[ListedClassifier]


@get("/classifiers/", sync_to_thread=True, include_in_schema=False)
def browse(request: AnyRequest, below: FromQuery[str] = "") -> Response[str] | Response[bytes]:
    """List the classifiers below a heading; without one the headings."""
    context = context_of(request)
    parts = below.split(_BETWEEN) if below else []
    found = classifiers_below(below)
    view = ClassifiersView(
        heading=below if found else "",
        way=[
            (part, f"?{urlencode({'below': _BETWEEN.join(parts[: number + 1])})}")
            for number, part in enumerate(parts)
        ]
        if found
        else [],
        classifiers=[
            ListedClassifier(
                label=label,
                search=f"?{urlencode({'c': whole})}" if is_classifier else "",
                below=f"?{urlencode({'below': whole})}" if has_more else "",
            )
            for label, whole, is_classifier, has_more in found
        ],
    )
    status = 404 if below and not found else 200
    return page_or_json(request, context, "classifiers.html", view, status=status)
