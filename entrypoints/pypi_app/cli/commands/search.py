"""``pypi-cli search``."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.failures import UsageError

if TYPE_CHECKING:
    from pypi_api_client.models import SearchHit
    from pypi_app.cli.output import Output

_PAGE = 100
_NARROWEST = 20


def search(words: list[str], /, *, limit: int = 20, context: Surroundings) -> int:
    """
    Find projects by words.

    Every word has to match, each as the beginning of a word in a project's name, keywords, summary or
    description. The best come first: name, newest version, summary.

    ```
    pypi-cli search http client
    pypi-cli search data --limit 200
    ```

    Parameters
    ----------
    words
        What to look for.
    limit
        How many projects to list at most.
    """
    if limit < 1:
        raise UsageError("--limit is at least 1.")
    from pypi_app.cli.results import Found

    hits: list[SearchHit] = []
    cursor, more = None, True
    with context.client() as client:
        while more and len(hits) < limit:
            page = client.search(" ".join(words), cursor=cursor, limit=min(_PAGE, limit - len(hits)))
            hits += page.hits
            cursor, more = page.next, page.next is not None
    context.output.result(Found(hits=tuple(hits), more=more), _lines(hits, context.output))
    if not hits:
        context.output.note("Nothing was found: use fewer words, or only the beginnings of them.")
        return ExitCode.NOTHING_MATCHED
    if more:
        context.output.note(f"There are more: ask for them with --limit {limit * 2}, or use more words.")
    return ExitCode.DONE


def _lines(hits: list[SearchHit], output: Output) -> list[str]:
    from pypi_api_client.protocol.messages import printable

    labels = [(printable(each.display_name), printable(each.version)) for each in hits]
    width = max((len(name) + len(version) for name, version in labels), default=0) + 3
    # A terminal breaks lines, a pipe does not.
    room = max(_NARROWEST, shutil.get_terminal_size().columns - width) if sys.stdout.isatty() else 500
    lines = []
    for (name, version), hit in zip(labels, hits, strict=True):
        summary = printable(hit.summary)
        summary = summary if len(summary) <= room else f"{summary[: room - 1]}…"
        gap = " " * (width - len(name) - len(version) - 1)
        lines.append(f"{output.bold(name)} {version}{gap}{summary}".rstrip())
    return lines
