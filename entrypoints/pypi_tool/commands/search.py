"""``pypi-cli search``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, Literal, cast

from cyclopts import Parameter

from pypi_terminal.columns import Row, Table
from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Flag
from pypi_tool.context import CommandContext

if TYPE_CHECKING:
    from pypi_protocol.records.search import FieldName, Hit, SearchPage
    from pypi_terminal.output import Output
    from pypi_tool.results import Found

_PAGE = 100
_LONGEST = 500
_WORDS_IN: Final = ("name", "summary")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class FieldOptions:
    """
    Words looked for in one field alone.

    Parameters
    ----------
    name
        Words that the name must contain.
    summary
        Words that the summary must contain.
    keywords
        Words that must be among the keywords.
    description
        Words that the description must contain.
    author
        Words that the author's name or e-mail address must contain.
    maintainer
        Words that the maintainer's name or e-mail address must contain.
    license
        Words that the license must contain.
    """

    name: str | None = None
    summary: str | None = None
    keywords: str | None = None
    description: str | None = None
    author: str | None = None
    maintainer: str | None = None
    license: str | None = None


_NO_FIELDS = FieldOptions()


def search(
    words: list[str] | None = None,
    /,
    *,
    fields: FieldOptions = _NO_FIELDS,
    classifier: Annotated[list[str] | None, Parameter(negative=())] = None,
    sort: Literal["relevance", "name", "updated"] = "relevance",
    facets: Flag = False,
    limit: int = 20,
    context: CommandContext,
) -> int:
    """
    Find projects by words, by single fields and by classifiers.

    Each word must match the beginning of a word in a project's name or summary; the words of an option must
    match in its field. The best matches come first: name, newest version, summary.

    ```
    pypi-cli search http client
    pypi-cli search --author ada --classifier "Framework :: Pytest" --sort updated
    ```

    Parameters
    ----------
    words
        What to look for.
    classifier
        A classifier that the newest release carries; may be repeated.
    sort
        The order: the best matches first, by name, or the latest releases first.
    facets
        Also count the projects found, and their classifiers, licenses and versions of Python.
    limit
        List at most this many projects.
    """
    if limit < 1:
        raise UsageError("--limit is at least 1.")
    words_of = {field: text for field, text in asdict(fields).items() if text}
    given = cast("dict[FieldName, str]", words_of)
    if not (words or given or classifier):
        raise UsageError("Say what to look for: words, or an option such as --name or --classifier.")
    with context.client() as client:
        query = partial(
            client.search,
            " ".join(words or ()),
            words_in=_WORDS_IN,
            fields=given,
            classifiers=classifier or (),
            sort=sort,
        )
        found = _found(query, limit, facets=facets)
    output = context.output
    rows = [Row((each.display_name, each.version, each.summary)) for each in found.hits]
    table = Table(("Project", "Version", "Summary"), rows)
    output.result(found, _lines(found.hits, output), table=table)
    for line in _facets(found, output):
        output.line(line)
    if not found.hits:
        output.note("Nothing was found: use fewer words, or options such as --description.")
        return ExitCode.NOTHING_MATCHED
    if found.more:
        output.note(f"There are more: ask for them with --limit {limit * 2}, or use more words.")
    return ExitCode.DONE


def _found(query: Callable[..., SearchPage], limit: int, *, facets: bool) -> Found:
    from pypi_tool.results import Found

    # The classifiers are those of all hits, so the first page tells them.
    page = query(cursor=None, limit=min(_PAGE, limit), facets=facets)
    first, hits = page, list(page.hits)
    while page.next is not None and len(hits) < limit:
        page = query(cursor=page.next, limit=min(_PAGE, limit - len(hits)))
        hits += page.hits
    return Found(
        hits=tuple(hits),
        more=page.next is not None,
        facets=first.facets,
        licenses=first.licenses,
        pythons=first.pythons,
        total=first.total,
        total_is_at_least=first.total_is_at_least,
    )


def _facets(found: Found, output: Output) -> Iterator[str]:
    counted = [(each.count, each.classifier) for each in found.facets]
    counted += [(each.count, each.value) for each in found.licenses]
    counted += [(each.count, f"Python {each.value}") for each in found.pythons]
    more = "+" if found.total_is_at_least else ""
    if counted:
        yield ""
    for count, what in counted:
        yield f"{f'{count}{more}':>6} {output.dim(what)}"
    if found.total is not None:
        yield f"{f'{found.total:,}{more}':>6} {'project' if found.total == 1 else 'projects'} in all"


def _lines(hits: Sequence[Hit], output: Output) -> Iterator[str]:
    labels = [f"{output.bold(each.display_name)} {each.version}" for each in hits]
    widths = [len(each.display_name) + len(each.version) + 3 for each in hits]
    for label, width, hit in zip(labels, widths, hits, strict=True):
        summary = hit.summary if len(hit.summary) <= _LONGEST else f"{hit.summary[: _LONGEST - 1]}…"
        yield f"{label}{' ' * (max(widths) - width + 2)}{summary}".rstrip()
