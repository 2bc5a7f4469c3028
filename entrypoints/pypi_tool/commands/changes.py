"""``pypi-cli changes``."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pypi_terminal.columns import Row, Table
from pypi_terminal.errors import UsageError
from pypi_terminal.parameters import Flag
from pypi_tool.context import CommandContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypi_api_client import Client
    from pypi_protocol.records.changes import ChangeDescription


def changes(
    *,
    since: Annotated[int, Parameter(show_default=False)] = 0,
    last: Annotated[int | None, Parameter(show_default=False)] = None,
    limit: int = 100,
    follow: Flag = False,
    context: CommandContext,
) -> None:
    """
    List what happened on the index, oldest first.

    ```
    pypi-cli changes --last 10
    pypi-cli changes --since 41
    pypi-cli changes --since 41 --follow
    ```

    Parameters
    ----------
    since
        The serial of the last change seen.
    last
        List this many of the latest changes.
    limit
        List at most this many changes.
    follow
        Keep waiting for changes until Ctrl+C; not with --json.
    """
    from pypi_tool.results import Changes

    if limit < 1 or since < 0 or (last is not None and last < 1):
        raise UsageError("--limit and --last are at least 1, --since at least 0.")
    if last is not None and (since or follow):
        raise UsageError("--last cannot be combined with --since or --follow.")
    with context.client() as client:
        if follow and not context.output.is_json:
            for change in client.follow(since):
                context.output.line(_line(change))
        found = tuple(islice(_paged(client, since), limit)) if last is None else _last(client, last)
    rows = [
        Row((str(each.serial), _time(each), each.project, each.version or "", each.action)) for each in found
    ]
    table = Table(("Serial", "Time (UTC)", "Project", "Version", "Change"), rows)
    context.output.result(Changes(changes=found), map(_line, found), table=table)


def _last(client: Client, count: int) -> tuple[ChangeDescription, ...]:
    """Return the last changes, looking further back where serials have gaps."""
    newest, window = client.status().serial or 0, count
    while True:
        since = max(0, newest - window)
        found = tuple(deque(_paged(client, since), maxlen=count))
        if len(found) == count or since == 0:
            return found
        window *= 4


def _paged(client: Client, since: int) -> Iterator[ChangeDescription]:
    while True:
        page = client.changes(since)
        yield from page.changes
        if not page.more:
            return
        since = page.since


def _line(change: ChangeDescription) -> str:
    release = f"{change.project} {change.version or ''}".rstrip()
    return f"{change.serial}  {_time(change)}  {release}: {change.action}"


def _time(change: ChangeDescription) -> str:
    return f"{change.timestamp:%Y-%m-%d %H:%M:%S}"
