"""The table of methods: what it names is there, what it says fits the types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import pypi_protocol
from pypi_protocol.methods import METHODS, AnyMethod, examples_of

ROOM = Path(pypi_protocol.__file__).parent


@pytest.mark.parametrize("method", METHODS, ids=lambda each: each.name)
def test_examples_are_of_the_types_of_their_method(method: AnyMethod) -> None:
    for each in examples_of(method, "an-index 1.0"):
        msgspec.convert(each.params, method.params)
        written = msgspec.json.encode(msgspec.convert(each.result, method.result))

        assert msgspec.json.decode(written) == each.result


def test_every_file_of_examples_belongs_to_a_method() -> None:
    files = {each.stem for each in (ROOM / "examples").glob("*.json")}

    # The result of discovery is the document that the examples are in.
    assert files == {each.name for each in METHODS} - {"rpc.discover"}


def test_a_method_that_cannot_be_repeated_writes() -> None:
    assert all(each.writes for each in METHODS if not each.repeatable)


def test_the_protocol_needs_msgspec_alone() -> None:
    program = (
        "import sys, msgspec; before = {*sys.modules}; import pypi_protocol.openrpc; "
        "print(*{each.partition('.')[0] for each in {*sys.modules} - before} - {*sys.stdlib_module_names})"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["pypi_protocol"]
