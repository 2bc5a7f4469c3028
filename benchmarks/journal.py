"""
Reading a long journal: a page at its end compared with one at its start.

Pages are found along a key, so the ratio is to be 1, however long the journal is.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import httpx
from sqlalchemy import create_engine, insert, literal, select, update

from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_memory.environment import FixedClock
from pypi_sql.tables import indexes, journal, serials
from running import Server, server

CHANGES = 1_000_000
PAGE = 50_000
ROUNDS = 5

Ask = Callable[[httpx.Client, int], httpx.Response]


def main() -> None:
    """Measure and print."""
    with server() as ours, httpx.Client(base_url=ours.url, trust_env=False, timeout=600) as session:
        fill(ours)
        print(f"{'':34}{'start':>10}{'end':>10}{'ratio':>8}   changes a second, medians of {ROUNDS}")
        for what, ask in (
            ("change feed", feed),
            ("changes.since", json_rpc),
            ("changelog_since_serial", xml_rpc),
        ):
            compare(session, what, ask)


def fill(ours: Server) -> None:
    """Write the journal, without the projects it tells of."""
    engine = create_engine(f"sqlite:///{ours.data / 'index.sqlite'}")
    with engine.begin() as connection:
        index = connection.execute(select(indexes.c.id).where(indexes.c.name == DEFAULT_INDEX)).scalar_one()
        number = select(literal(1).label("serial")).cte("number", recursive=True)
        number = number.union_all(select(number.c.serial + 1).where(number.c.serial < CHANGES))
        rows = select(
            literal(index),
            number.c.serial,
            literal("Some.Project"),
            literal("1.0"),
            literal("add py3 file some_project-1.0-py3-none-any.whl"),
            literal("owner"),
            literal(FixedClock().now(), journal.c.moment.type),
        )
        columns = ["index_id", "serial", "project", "version", "action", "actor", "moment"]
        connection.execute(insert(journal).from_select(columns, rows))
        connection.execute(update(serials).where(serials.c.index_id == index).values(serial=CHANGES))
    engine.dispose()


def feed(session: httpx.Client, since: int) -> httpx.Response:
    """Ask for a page of the change feed."""
    return session.get("changes", params={"since": since, "limit": PAGE})


def json_rpc(session: httpx.Client, since: int) -> httpx.Response:
    """Call changes.since."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "changes.since", "params": {"serial": since, "limit": PAGE}}
    return session.post("rpc", json=call)


def xml_rpc(session: httpx.Client, since: int) -> httpx.Response:
    """Call changelog_since_serial, whose pages have a length of their own."""
    call = (
        "<methodCall><methodName>changelog_since_serial</methodName><params><param><value>"
        f"<int>{since}</int></value></param></params></methodCall>"
    )
    return session.post("pypi", content=call, headers={"Content-Type": "text/xml"})


def compare(session: httpx.Client, what: str, ask: Ask) -> None:
    """Measure one interface and print a line."""
    seconds: dict[int, list[float]] = {0: [], CHANGES - PAGE: []}
    for _ in range(ROUNDS):
        for since, taken in seconds.items():
            started = time.perf_counter()
            answer = ask(session, since)
            taken.append(time.perf_counter() - started)
            assert answer.content.count(b"some_project-1.0-py3-none-any.whl") == PAGE
    start, end = (PAGE / statistics.median(each) for each in seconds.values())
    print(f"{what:34}{start:10.0f}{end:10.0f}{start / end:8.2f}")


if __name__ == "__main__":
    main()
