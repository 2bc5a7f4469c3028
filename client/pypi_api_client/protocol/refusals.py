"""What a status of 400 and above says."""

from __future__ import annotations

from collections.abc import Mapping

from pypi_api_client import errors
from pypi_api_client.problems import NO_PROBLEM, ProblemDocument, read_problem
from pypi_api_client.protocol.messages import Response, printable

# Not failures that pass: what is asked for does not exist there.
LASTING = {501, 505}
_LONGEST_TEXT = 2000

_KINDS: Mapping[int, type[errors.Refused]] = {
    401: errors.CredentialsRefused,
    403: errors.AccessRefused,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.NotFound,
    413: errors.TooLarge,
    422: errors.InvalidRequest,
    429: errors.TooManyRequests,
}


def refusal_of(response: Response) -> errors.Refused:
    """Return the error that a response stands for, in the index's own words."""
    problem, status = problem_of(response), response.status
    kind = _KINDS.get(status, errors.IndexUnavailable if status >= 500 else errors.Refused)
    if status == 400 and problem.code:
        kind = errors.InvalidRequest
    return kind(
        _sentence(response, problem), status=status, problem=problem, retry_after=_retry_after(response)
    )


def is_index_missing(response: Response) -> bool:
    """Return whether a server of several indexes says that it has none of this name."""
    return response.status == 404 and problem_of(response).code == "index-not-found"


def is_busy(response: Response) -> bool:
    """Return whether the same request may be answered otherwise later."""
    return response.status == 429 or (response.status >= 500 and response.status not in LASTING)


def problem_of(response: Response) -> ProblemDocument:
    """Return what a refusal says, as far as it can be read."""
    if not response.media_type.endswith("json"):
        return NO_PROBLEM
    try:
        return read_problem(response.json())
    except errors.BadAnswer:
        return NO_PROBLEM


def _sentence(response: Response, problem: ProblemDocument) -> str:
    """Find what is meant for a person: in the body, else in the reason phrase."""
    said = next(
        (
            text
            for key in ("message", "detail", "details", "title")
            if isinstance(text := problem.members.get(key), str)
        ),
        "",
    )
    if response.media_type == "text/plain":
        said = response.body[:_LONGEST_TEXT].decode("utf-8", "replace")
        said += "…" if len(response.body) > _LONGEST_TEXT else ""
    said = printable(said) or printable(response.reason)
    return said or f"The index answered with status {response.status} and no explanation."


def _retry_after(response: Response) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
