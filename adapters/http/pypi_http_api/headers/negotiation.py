"""The choice between the forms of a Simple API page (PEP 691, RFC 9110 section 12)."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

import msgspec

from pypi_http_api.headers.preferences import FULL_WEIGHT, Weight, weighted_elements


class Representation(Enum):
    """A form that every page has; the value is its media type."""

    JSON = "application/vnd.pypi.simple.v1+json"
    HTML_V1 = "application/vnd.pypi.simple.v1+html"
    TEXT_HTML = "text/html"

    @property
    def content_type(self) -> str:
        """
        Return the ``Content-Type`` to send.

        JSON goes without a parameter: some mirrors compare the header to the bare type and
        would read ``; charset=utf-8`` as HTML without a single link.
        """
        return self.value if self is Representation.JSON else f"{self.value}; charset=utf-8"


NOT_ACCEPTABLE_TEXT: Final = (
    "This page is in none of the content types asked for. Ask for one of these in the Accept header:\n"
    + "".join(f"{representation.value}\n" for representation in Representation)
)
"""The body of an answer that refuses (406, ``text/plain``): `negotiate` returned ``None``."""


def negotiate(accept: str | None, format: str | None = None) -> Representation | None:  # noqa: A002
    """
    Choose the form to answer with; ``None`` says that none is acceptable.

    *accept* is the ``Accept`` header, several of them joined by commas, ``None`` without
    one.  *format* is the query parameter of that name, already decoded, ``None`` without
    one; it wins over the header.

    The form with the highest weight is chosen.  Of those with the same weight, the ones
    that are named win over the ones a wildcard matches: JSON, then HTML with the versioned
    type, then ``text/html``.  Where only wildcards match, old clients and browsers are
    asking, and ``text/html`` comes first.  Malformed elements are ignored; a header with no
    other says nothing, as does an empty one, and every form is acceptable then.
    """
    if format is not None:
        # A raw `+` in a query string means a space, and `v1+json` is often sent so.
        return _BY_NAME.get(format.strip().replace(" ", "+").lower())
    offers = _weigh(accept or "")
    highest = max(offer.weight for offer in offers.values())
    if not highest:
        return None
    best = {form: offer for form, offer in offers.items() if offer.weight == highest}
    return next(
        (form for form in _ORDER_OF_NAMED if form in best and best[form].precision == _EXACT),
        next((form for form in _ORDER_OF_MATCHED if form in best), None),
    )


class _Offer(msgspec.Struct, frozen=True, order=True):
    """How much a form is wanted, by the most precise range that matches it."""

    precision: int
    weight: Weight


_UNMATCHED = _Offer(0, Weight(0))
_ANY, _ANY_OF_TYPE, _EXACT = 1, 2, 3

_ORDER_OF_NAMED = (Representation.JSON, Representation.HTML_V1, Representation.TEXT_HTML)
_ORDER_OF_MATCHED = (Representation.TEXT_HTML, Representation.HTML_V1, Representation.JSON)

_BY_NAME = {
    **{form.value: form for form in Representation},
    # PEP 691: `latest` stands for the newest version; the answer names the concrete one.
    "application/vnd.pypi.simple.latest+json": Representation.JSON,
    "application/vnd.pypi.simple.latest+html": Representation.HTML_V1,
}
_RANGES = {
    "*/*": (_ANY, _ORDER_OF_MATCHED),
    "text/*": (_ANY_OF_TYPE, (Representation.TEXT_HTML,)),
    "application/*": (_ANY_OF_TYPE, (Representation.HTML_V1, Representation.JSON)),
    **{name: (_EXACT, (form,)) for name, form in _BY_NAME.items()},
}

# RFC 9110, 5.6.2 and 12.5.1.  The asterisk is a letter of tokens, so this takes wildcards as well.
_TOKEN = r"[!#$%&'*+.^_`|~0-9a-z-]+"
_MEDIA_RANGE = re.compile(rf"{_TOKEN}/{_TOKEN}\Z")


def _weigh(accept: str) -> dict[Representation, _Offer]:
    offers = dict.fromkeys(Representation, _UNMATCHED)
    meaningful = False
    for media_range, weight in weighted_elements(accept):
        if media_range in _RANGES:
            meaningful = True
            precision, forms = _RANGES[media_range]
            for form in forms:
                # Of two ranges that are as precise, such as `v1` and `latest`, the kinder one counts.
                offers[form] = max(offers[form], _Offer(precision, weight))
        elif not meaningful:
            meaningful = _MEDIA_RANGE.match(media_range) is not None
    return offers if meaningful else dict.fromkeys(Representation, _Offer(_ANY, FULL_WEIGHT))
