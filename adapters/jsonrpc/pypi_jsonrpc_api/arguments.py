"""The parameters of a call, by name or by position."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from pypi_core.errors import shown
from pypi_jsonrpc_api.refusals import Refused, standard_refusal
from pypi_protocol.errors import INVALID_PARAMS, Problem
from pypi_protocol.methods import AnyMethod

_LONGEST_FIELD = 60


class Arguments:
    """Reads the parameters of one method, by name or by position."""

    def __init__(self, method: AnyMethod) -> None:
        self._type = method.params
        self._names = [each.encode_name for each in method.parameters]

    def read(self, params: list[Any] | dict[str, Any]) -> Any:
        """
        Return the Struct that the method's function takes.

        Raises:
            Refused: One is missing, unknown, too many or of the wrong type.
        """
        if isinstance(params, list):
            if len(params) > len(self._names):
                raise _bad_params(
                    Problem("", f"{len(params)} parameters were sent and {len(self._names)} are known.")
                )
            params = dict(zip(self._names, params, strict=False))
        try:
            return msgspec.convert(params, self._type)
        except msgspec.ValidationError as error:
            raise _bad_params(self._problem(str(error))) from error

    def _problem(self, text: str) -> Problem:
        what, _at, path = text.partition(" - at `")
        # Of a key that is none of those possible the path is "key` in `$.fields".
        path = path.removesuffix("`").rpartition("`")[2].removeprefix("$").removeprefix(".")
        if match := re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL):
            sentence = f"There is no parameter {shown(match[1])}."
            if not path:
                sentence = f"{sentence[:-1]}; those known are: {', '.join(self._names) or 'none'}."
            return Problem(_joined(path, match[1][:_LONGEST_FIELD]), sentence)
        if match := re.fullmatch(r"Object missing required field `(\w+)`", what):
            field = _joined(path, match[1])
            return Problem(field, f"The parameter {field!r} is missing.")
        return Problem(path, f"{what}.")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _bad_params(problem: Problem) -> Refused:
    return Refused(standard_refusal(INVALID_PARAMS, problem, name="invalid-params"))
