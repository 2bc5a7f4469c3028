"""Finding projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pypi_api_client.errors import NotSpoken
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.xml_rpc_search import search_by_xml_rpc
from pypi_protocol.methods import SEARCH_QUERY
from pypi_protocol.records.search import SEARCHED_FIELDS, FieldName, SearchPage, SortName


def search(
    index: KnownIndex,
    words: str = "",
    *,
    words_in: Sequence[FieldName] | None = None,
    fields: Mapping[FieldName, str] | None = None,
    classifiers: Sequence[str] = (),
    sort: SortName | None = None,
    facets: bool = False,
    cursor: str | None = None,
    limit: int = 20,
) -> Exchange[SearchPage]:
    """
    Find projects by words, by words in single *fields*, and by *classifiers* they carry.

    *words_in* are the fields in which to look for the words; unless they are given, the index chooses.
    *sort* is ``relevance``, ``name`` or ``updated``; *limit* is at most 100, *cursor* the ``next`` of the
    page before.  An index that speaks XML-RPC alone is searched by words in name and summary, and by single
    fields.

    Raises:
        NotSpoken: The index has no search, or none that can do what is asked for.
    """
    try:
        return (
            yield from call(
                index,
                SEARCH_QUERY,
                words=words,
                words_in=tuple(words_in) if words_in else SEARCHED_FIELDS,
                fields=dict(fields or {}),
                classifiers=tuple(classifiers),
                sort=sort or "relevance",
                facets=facets,
                cursor=cursor,
                limit=limit,
            )
        )
    except NotSpoken as error:
        elsewhere = words_in is not None and set(words_in) != {"name", "summary"}
        if classifiers or facets or sort == "updated" or elsewhere:
            raise NotSpoken(
                f"The index at {index.address.root} does not speak JSON-RPC, so that it can be searched by "
                "words in name and summary and by single fields alone: not by classifier, not by date, and "
                "without facets."
            ) from error
    return (
        yield from search_by_xml_rpc(
            index, words, fields=fields or {}, by_name=sort == "name", cursor=cursor, limit=limit
        )
    )
