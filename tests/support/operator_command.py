"""``pypi-server``, run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from pypi_app.server_command.main import main


class Outcome(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        """The result that it printed as JSON."""
        return json.loads(self.out)["result"]


class OperatorCommand:
    """Runs ``pypi-server`` as a shell would, with *common* options at the end."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *common: object
    ) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self._common = common

    def __call__(self, *arguments: object) -> Outcome:
        """Run a command and return what became of it."""
        self._monkeypatch.setattr("sys.argv", ["pypi-server", *map(str, (*arguments, *self._common))])
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Outcome(int(ended.value.code), said.out, said.err)


OperatorOn = Callable[..., OperatorCommand]
