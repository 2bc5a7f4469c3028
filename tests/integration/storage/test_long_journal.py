"""A journal of a million changes is read completely, by every interface, in the memory of a short one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import String, cast, create_engine, insert, literal, select, update

from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_sql.tables import indexes, journal, serials

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer

PAGE = 50_000
SHORT = PAGE
# What one page can need more than another; what grew with the journal would soon be more.
MOST_GROWTH = 32 * 1024 * 1024

Read = Callable[[httpx.Client, int], list[int]]


def fill(server: RunningServer, up_to: int) -> None:
    """Lengthen the journal of the default index to *up_to* changes."""
    engine = create_engine(f"sqlite:///{server.data / 'index.sqlite'}")
    with engine.begin() as connection:
        index = connection.execute(select(indexes.c.id).where(indexes.c.name == DEFAULT_INDEX)).scalar_one()
        there = connection.execute(select(serials.c.serial).where(serials.c.index_id == index)).scalar_one()
        number = select(literal(there + 1).label("serial")).cte("number", recursive=True)
        number = number.union_all(select(number.c.serial + 1).where(number.c.serial < up_to))
        project = literal("Some.Project-").concat(cast(number.c.serial % 5000, String))
        rows = select(
            literal(index),
            number.c.serial,
            project,
            literal("1.0"),
            literal("add py3 file ").concat(project).concat("-1.0-py3-none-any.whl"),
            literal("owner"),
            literal(datetime(2026, 1, 1, tzinfo=UTC), journal.c.moment.type),
        )
        columns = ["index_id", "serial", "project", "version", "action", "actor", "moment"]
        connection.execute(insert(journal).from_select(columns, rows))
        connection.execute(update(serials).where(serials.c.index_id == index).values(serial=up_to))
    engine.dispose()


def by_change_feed(session: httpx.Client, since: int) -> list[int]:
    page = session.get("changes", params={"since": since, "limit": PAGE})
    return [int(each) for each in re.findall(rb'"serial":(\d+)', page.content)]


def by_json_rpc(session: httpx.Client, since: int) -> list[int]:
    call = {"jsonrpc": "2.0", "id": 1, "method": "changes.since", "params": {"serial": since, "limit": PAGE}}
    [*serials, _next] = re.findall(rb'"serial":(\d+)', session.post("rpc", json=call).content)
    return [int(each) for each in serials]


def by_xml_rpc(session: httpx.Client, since: int) -> list[int]:
    call = (
        "<methodCall><methodName>changelog_since_serial</methodName><params><param><value>"
        f"<int>{since}</int></value></param></params></methodCall>"
    )
    answer = session.post("pypi", content=call, headers={"Content-Type": "text/xml"})
    # The serial is the last of an entry.
    return [int(each) for each in re.findall(rb"<int>(\d+)</int></value></data></array>", answer.content)]


INTERFACES = (by_change_feed, by_json_rpc, by_xml_rpc)


def read_all(server: RunningServer, read: Read) -> Iterator[int]:
    """Yield the serials of all changes, asking for one page after the other."""
    newest = 0
    with httpx.Client(base_url=server.url, trust_env=False, timeout=600) as session:
        while page := read(session, newest):
            yield from page
            newest = page[-1]


@pytest.mark.parametrize(
    "length",
    [pytest.param(4 * PAGE, marks=pytest.mark.slow), pytest.param(1_000_000, marks=pytest.mark.nightly)],
)
def test_a_long_journal_is_read_completely_in_the_memory_of_a_short_one(
    start_server: StartServer, length: int
) -> None:
    server = start_server("--no-worker")
    fill(server, SHORT)
    for read in INTERFACES:
        assert [*read_all(server, read)] == [*range(1, SHORT + 1)]
    before = server.peak_memory()

    fill(server, length)
    for read in INTERFACES:
        for expected, serial in enumerate(read_all(server, read), 1):
            assert serial == expected
        assert serial == length

    growth = server.peak_memory() - before
    print(f"{before / 1024 / 1024:.0f} MiB for {SHORT} changes, {growth / 1024 / 1024:.0f} more for {length}")
    assert growth < MOST_GROWTH
