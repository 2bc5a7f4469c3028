"""The methods that tell what happened, from the journal of the index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pypi_core.domain.entities import Change, Serial
from pypi_xmlrpc_api.faults import APPLICATION_ERROR, Fault
from pypi_xmlrpc_api.methods import Caller, Method

_MOST = 50_000
_PAGE = 1000
_LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


def changelog(caller: Caller, since: int, with_ids: bool = False) -> Sequence[Sequence[object]]:
    """
    Return up to 50,000 changes later than a time: name, version or nil, time, action.

    Times are seconds since 1970 in UTC. With with_ids each has its serial at the end.
    """
    changes = caller.index.journal.later_than(caller.actor, _moment(since), _MOST)
    entries = map(_entry, changes)
    return list(entries) if with_ids else [each[:-1] for each in entries]


def changelog_last_serial(caller: Caller) -> int:
    """Return the serial of the newest change."""
    return caller.index.journal.last_serial(caller.actor)


def changelog_since_serial(caller: Caller, serial: int) -> Iterator[Sequence[object]]:
    """
    Return up to 50,000 changes after a serial: name, version or nil, time, action, serial.

    They come in the order of their serials: ask again with the last of them for more.
    """
    return _since(caller, Serial(max(serial, 0)))


def updated_releases(caller: Caller, since: int) -> Sequence[tuple[str, str]]:
    """Return name and version of the releases made after a time that are still there, the newest first."""
    found = caller.index.releases.created_since(caller.actor, _moment(since))
    return [(each.project, str(each.version)) for each in found]


def changed_packages(caller: Caller, since: int) -> Sequence[str]:
    """Return the names of the projects that changed after a time, the last one first."""
    changes = caller.index.journal.later_than(caller.actor, _moment(since), _MOST + 1)
    if len(changes) > _MOST:
        raise Fault(
            APPLICATION_ERROR,
            f"ValueError: There are more than {_MOST} changes since: "
            "ask for a later time, or page through changelog_since_serial.",
        )
    return list(dict.fromkeys(each.project for each in reversed(changes)))


def _since(caller: Caller, serial: Serial) -> Iterator[Sequence[object]]:
    """Yield the entries page by page: the journal grows at its end alone."""
    left = _MOST
    while left and (page := caller.index.journal.since(caller.actor, serial, min(_PAGE, left))):
        yield from map(_entry, page)
        serial = page[-1].serial
        left -= len(page)


def _entry(change: Change) -> tuple[object, ...]:
    return (change.project, change.version, int(change.moment.timestamp()), change.action, change.serial)


def _moment(seconds: int) -> datetime:
    # Before the first and after the last that can be written there is nothing to tell apart.
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST_SECOND), UTC)


METHODS = (
    Method.of(changelog, costly=True),
    Method.of(changelog_last_serial),
    Method.of(changelog_since_serial, costly=True),
    Method.of(updated_releases, costly=True),
    Method.of(changed_packages, costly=True),
)
