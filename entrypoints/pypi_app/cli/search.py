"""``pypi-cli search``."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from pypi_app.cli.connecting import Connecting, connect
from pypi_app.cli.failures import UsageError
from pypi_app.cli.terminal import bold, complain, tell

if TYPE_CHECKING:
    from pypi_api_client.models import SearchHit

_PAGE = 100
_NARROWEST = 20


def search(words: list[str], /, *, limit: int = 20, connecting: Connecting | None = None) -> int:
    """
    Find projects by words.

    Every word has to match, each as the beginning of a word in a project's name, keywords, summary or
    description. The best come first: name, newest version, summary.

        pypi-cli search http client
        pypi-cli search data --limit 200

    Parameters
    ----------
    words
        What to look for.
    limit
        How many projects to list at most.
    """
    if limit < 1:
        raise UsageError("--limit is at least 1.")
    hits: list[SearchHit] = []
    more = True
    with connect(connecting) as client:
        while more and len(hits) < limit:
            page = client.search(" ".join(words), offset=len(hits), limit=min(_PAGE, limit - len(hits)))
            hits += page.hits
            more = page.more and bool(page.hits)
    for each in _lines(hits):
        tell(each)
    if not hits:
        complain("Nothing was found: use fewer words, or only the beginnings of them.")
    elif more:
        complain(f"There are more: ask for them with --limit {limit * 2}, or use more words.")
    return 0


def _lines(hits: list[SearchHit]) -> list[str]:
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
        lines.append(f"{bold(name)} {version}{gap}{summary}".rstrip())
    return lines
