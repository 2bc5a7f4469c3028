"""The choice of a content coding (RFC 9110, 12.5.3)."""

from __future__ import annotations

from pypi_http_api.headers.preferences import Weight, weighted_elements


def accepts_gzip(accept_encoding: str | None) -> bool:
    """
    Return whether a body may be sent gzipped to a client that sent this ``Accept-Encoding``.

    Without the header every coding is acceptable; the answer is no all the same, because
    programs that send none often cannot decode any.  It is also no for a client that prefers
    ``identity``.  Sending the body as it is remains right in every case.
    """
    weights: dict[str, Weight] = {}
    for coding, weight in weighted_elements(accept_encoding or ""):
        # RFC 9110, 8.4.1.3: `x-gzip` means the same.
        name = "gzip" if coding == "x-gzip" else coding
        weights[name] = max(weight, weights.get(name, weight))
    gzip = weights.get("gzip", weights.get("*", Weight(0)))
    return gzip > 0 and gzip >= weights.get("identity", Weight(0))
