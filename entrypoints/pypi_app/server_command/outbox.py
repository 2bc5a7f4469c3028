"""``pypi-server outbox``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from pypi_app.server_command.context import CommandContext
from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.quantities import counted
from pypi_terminal.streams import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pypi_app.server_command.results import PeriodicWork, Task
    from pypi_core.ports.outbox import KeptTask, Outbox, TaskState
    from pypi_core.site import Site

_All = Annotated[bool, Parameter(name="--all", negative=(), show_default=False)]
_State = Annotated[Literal["waiting", "claimed", "buried"] | None, Parameter(show_default=False)]


def status(*, context: CommandContext) -> None:
    """Show how much work is left to workers, and when the work that comes back is done."""
    from pypi_app.server_command.results import OutboxStatus, PeriodicWork

    with context.site() as site:
        standing = site.outbox.standing(_now())
        periodic = tuple(
            PeriodicWork(
                name=each.kind,
                due=each.due,
                lease_until=each.lease_until,
                began=each.began,
                ended=each.ended,
                error=each.error,
            )
            for each in site.periodic_work.states()
        )
    found = OutboxStatus(
        waiting=standing.waiting,
        claimed=standing.claimed,
        buried=standing.buried,
        oldest=standing.oldest,
        periodic=periodic,
    )
    oldest = "" if standing.oldest is None else f", the oldest since {_moment(standing.oldest)}"
    lines = [f"{found.waiting} waiting, {found.claimed} claimed, {found.buried} buried{oldest}."]
    if found.buried:
        lines.append("See `pypi-server outbox list --state buried`.")
    context.output.result(found, [*lines, *map(_periodic_line, periodic)])


def list_(*, state: _State = None, limit: int = 100, context: CommandContext) -> None:
    """
    List the work that uploads and other changes left to workers, oldest first.

    Parameters
    ----------
    state
        Only what waits, what a worker has claimed, or what was buried because it failed too often.
    limit
        Stop after this many; 0 lists all.
    """
    from itertools import islice

    from pypi_app.server_command.results import Tasks
    from pypi_core.ports.outbox import TaskState

    if limit < 0:
        raise UsageError("--limit is a number of tasks, or 0 for all.")
    with context.site() as site:
        wanted = None if state is None else TaskState(state)
        found = tuple(map(_result, islice(_all(site.outbox, wanted), limit or None)))
    context.output.result(Tasks(tasks=found), map(_line, found))


def show(identifier: int, /, *, context: CommandContext) -> int:
    """
    Show one task, with what its last attempt failed of.

    Parameters
    ----------
    identifier
        Its id, as `pypi-server outbox list` shows it.
    """
    with context.site() as site:
        found = site.outbox.tasks(_now(), after=identifier - 1, limit=1)
    if not found or found[0].task.id != identifier:
        return _none(context, identifier)
    task = _result(found[0])
    lines = [_line(task)]
    if task.since:
        lines.append(f"Recorded {_moment(task.since)}.")
    if task.due:
        lines.append(f"Tried again {_moment(task.due)}.")
    if task.lease_until:
        lines.append(f"A worker has it until {_moment(task.lease_until)}, or longer.")
    context.output.result(task, [*lines, *sanitize(task.error).splitlines()])
    return ExitCode.DONE


def retry(*identifiers: int, every: _All = False, context: CommandContext) -> int:
    """
    Let a worker try tasks again at once, as if they had never failed.

    A task that is tried again has a new id.

    Parameters
    ----------
    identifiers
        Their ids, as `pypi-server outbox list` shows them.
    every
        All tasks that are buried.
    """
    with context.site() as site:
        return _change(context, site, identifiers, every, site.outbox.renew, "tried again")


def drop(*identifiers: int, every: _All = False, context: CommandContext) -> int:
    """
    Forget tasks; the next change of the project makes new ones.

    Parameters
    ----------
    identifiers
        Their ids, as `pypi-server outbox list` shows them.
    every
        All tasks that are buried.
    """
    with context.site() as site:
        return _change(context, site, identifiers, every, site.outbox.drop, "dropped")


def _change(
    context: CommandContext,
    site: Site,
    identifiers: tuple[int, ...],
    every: bool,
    change: Callable[[int, datetime], bool],
    fate: str,
) -> int:
    from pypi_app.server_command.results import ChangedTasks
    from pypi_core.ports.outbox import TaskState

    if every == bool(identifiers):
        raise UsageError("Name the ids of tasks, or all that are buried with --all.")
    if every:
        identifiers = tuple(each.task.id for each in _all(site.outbox, TaskState.BURIED))
    changed = tuple(each for each in identifiers if change(each, _now()))
    context.output.result(ChangedTasks(ids=changed), [f"{counted(len(changed), 'task')} {fate}."])
    missed = [each for each in identifiers if each not in changed] if not every else []
    return _none(context, *missed) if missed else ExitCode.DONE


def _none(context: CommandContext, *identifiers: int) -> int:
    ids = ", ".join(map(str, identifiers))
    context.output.note(f"There is no such task, or a worker has it: {ids}. See `pypi-server outbox list`.")
    return ExitCode.NOT_FOUND


def _all(outbox: Outbox, state: TaskState | None) -> Iterator[KeptTask]:
    after = 0
    while found := outbox.tasks(_now(), state, after):
        yield from found
        after = found[-1].task.id


def _now() -> datetime:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def _result(kept: KeptTask) -> Task:
    from pypi_app.server_command.results import Task

    return Task(
        id=kept.task.id,
        index=kept.task.index,
        kind=kept.task.reaction.kind,
        project=kept.task.reaction.subject,
        state=kept.state,
        attempts=kept.task.attempts,
        since=kept.since,
        due=kept.due,
        lease_until=kept.lease_until,
        error=kept.error,
    )


def _line(task: Task) -> str:
    tried = f", tried {counted(task.attempts, 'time')}" if task.attempts else ""
    # What an error quotes may be a user's text: it must not repaint the operator's terminal.
    reason = f": {sanitize(task.error.partition(chr(10))[0])}" if task.error else ""
    return f"{task.id}  {task.kind} of {task.project} on {task.index}  ({task.state}{tried}){reason}"


def _periodic_line(work: PeriodicWork) -> str:
    last = "never done" if work.ended is None else f"last done {_moment(work.ended)}"
    following = "being done" if work.lease_until else f"next {_moment(work.due)}"
    failed = f"; failed: {sanitize(work.error)}" if work.error else ""
    return f"{work.name}  {last}, {following}{failed}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
