"""Signals that tell a server to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from pypi_app.server.serve import outlive_stop_signals


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_before_the_server_listens_for_it_stops_it(number: signal.Signals) -> None:
    server = SimpleNamespace(should_exit=False)
    outlive_stop_signals(server)  # type: ignore[arg-type]

    signal.raise_signal(number)

    assert server.should_exit
