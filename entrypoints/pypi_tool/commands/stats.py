"""``pypi-cli stats``: how often a project was downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pypi_terminal.errors import UsageError
from pypi_tool.context import CommandContext
from pypi_tool.parameters import ProjectName

if TYPE_CHECKING:
    from pypi_protocol.records.downloads import DownloadsOf, ProjectDownloads

_MOST_DAYS = 366
_SHOWN = 5


def stats(project: ProjectName, /, *, days: int = 30, context: CommandContext) -> None:
    """
    Show how often a project was downloaded, and by which programs.

    ```
    pypi-cli stats hello-index --days 7
    ```

    Parameters
    ----------
    days
        Count the versions and programs of this many days, today included.
    """
    if not 1 <= days <= _MOST_DAYS:
        raise UsageError(f"--days is a number of days from 1 to {_MOST_DAYS}.")
    with context.client() as client:
        found = client.project_downloads(project, days=days)
    if not found.counted:
        context.output.note("This index does not count downloads.")
    context.output.result(found, _lines(found))


def _lines(found: ProjectDownloads) -> Iterator[str]:
    yield f"{found.name}: {found.total:,} downloads"
    yield f"Yesterday {found.last_day:,}, last 7 days {found.last_week:,}, last 30 days {found.last_month:,}"
    yield f"Since {found.since}: {sum(each.downloads for each in found.days):,}"
    for heading, counted in (
        ("Versions", found.versions),
        ("Installers", found.installers),
        ("Python", found.pythons),
        ("Systems", found.systems),
    ):
        if counted:
            yield f"{heading}: {_most(counted)}"


def _most(counted: tuple[DownloadsOf, ...]) -> str:
    rest = sum(each.downloads for each in counted[_SHOWN:])
    shown = [f"{each.value} {each.downloads:,}" for each in counted[:_SHOWN]]
    return ", ".join([*shown, *([f"{rest:,} more"] if rest else [])])
