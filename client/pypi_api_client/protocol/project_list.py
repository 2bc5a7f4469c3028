"""The list of all projects, in JSON and HTML (PEP 503, 691)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pypi_api_client.errors import BadAnswer
from pypi_api_client.protocol.html_tokens import StartTag, tokens
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Request, Response
from pypi_api_client.protocol.refusals import refusal_of
from pypi_api_client.protocol.simple import ACCEPT, HTML, JSON, Meta, version_warnings
from pypi_api_client.protocol.steps import Batch, Series


# There may be a million of them: the garbage collector has no need to look at each.
class _Listed(msgspec.Struct, frozen=True, gc=False):
    name: str


class _List(msgspec.Struct, frozen=True):
    projects: tuple[_Listed, ...]
    meta: Meta = Meta()


def projects(index: KnownIndex, *, largest: int | None = None) -> Series[str]:
    """
    Yield the names of all projects as the index spells them; they arrive in one answer.

    Raises:
        BadAnswer: The answer is not a list of projects, or has more than *largest* bytes.
    """
    response: Response = yield Request(
        method="GET", url=index.simple, headers={"Accept": ACCEPT}, largest=largest
    )
    if response.status != 200:
        raise refusal_of(response)
    if response.media_type == JSON:
        # Nothing of an entry is kept but its name, so that many of them are no danger.
        listing = response.json_as(_List, most_values=None)
        version_warnings(index, listing.meta.api_version, response.url)
        return Batch(tuple(each.name for each in listing.projects))
    if response.media_type in {HTML, "text/html"}:
        return Batch(tuple(_names_in_html(index, response)))
    raise BadAnswer(f"The answer of {response.url} is {response.media_type!r}, not a list of projects.")


def _names_in_html(index: KnownIndex, response: Response) -> Iterator[str]:
    link: list[str] | None = None
    for token in tokens(response.body.decode("utf-8", "replace")):
        if isinstance(token, str):
            if link is not None:
                link.append(token)
        elif isinstance(token, StartTag):
            if token.name == "meta" and token.attributes.get("name") == "pypi:repository-version":
                version_warnings(index, token.attributes.get("content") or "", response.url)
            elif token.name == "a" and token.attributes.get("href"):
                link = []
        elif token.name == "a" and link is not None:
            if name := "".join(link).strip():
                yield name
            link = None
