"""``pypi-cli changes``."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.failures import UsageError
from pypi_app.cli.global_options import Flag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypi_api_client import Client
    from pypi_api_client.records import Change


def changes(*, since: int = 0, limit: int = 100, follow: Flag = False, context: Surroundings) -> int:
    """
    List what happened on the index, the oldest first.

    ```
    pypi-cli changes --since 41
    pypi-cli changes --since 41 --follow
    ```

    Parameters
    ----------
    since
        The serial of the last change seen.
    limit
        How many changes to list at most.
    follow
        Go on waiting for changes, until Ctrl+C; without --json.
    """
    from pypi_app.cli.results import Changes

    if limit < 1 or since < 0:
        raise UsageError("--limit is at least 1, --since at least 0.")
    with context.client() as client:
        if follow and not context.output.is_json:
            for change in client.follow(since):
                context.output.line(_line(change))
        found = tuple(islice(_paged(client, since), limit))
    context.output.result(Changes(changes=found), map(_line, found))
    return ExitCode.DONE


def _paged(client: Client, since: int) -> Iterator[Change]:
    while True:
        page = client.changes(since)
        yield from page.changes
        if not page.more:
            return
        since = page.since


def _line(change: Change) -> str:
    from pypi_api_client.protocol.messages import printable

    release = f"{change.project} {change.version or ''}".rstrip()
    return (
        f"{change.serial}  {change.timestamp:%Y-%m-%d %H:%M:%S}  {printable(f'{release}: {change.action}')}"
    )
