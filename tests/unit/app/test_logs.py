"""How log lines look: for a person on a terminal, for a machine elsewhere."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest

from pypi_app.logs import set_up_logs

FIELDS = {"client": "192.0.2.1", "status": 200}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(stream: io.StringIO) -> str:
    with redirect_stderr(stream):
        set_up_logs()
    logging.getLogger("requests-of-a-test").info('192.0.2.1 "GET /"', extra=FIELDS)
    return stream.getvalue()


def test_a_machine_gets_the_fields_beside_the_message() -> None:
    line = json.loads(logged(io.StringIO()))

    assert (line["event"], line["client"], line["status"]) == ('192.0.2.1 "GET /"', "192.0.2.1", 200)
    assert line["level"] == "info"


def test_a_person_gets_one_readable_line() -> None:
    line = logged(Terminal())

    assert '192.0.2.1 "GET /"' in line
    assert "client=" not in line
    assert line.count("\n") == 1
