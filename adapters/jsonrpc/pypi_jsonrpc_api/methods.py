"""A method: its function, and what the function's signature tells of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_type_hints

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.errors import PackageIndexError, Problem, shown
from pypi_core.index import Index
from pypi_jsonrpc_api.refusals import INVALID_PARAMS, Refused, standard_refusal

_LONGEST_FIELD = 60

Function = Callable[[Index, Actor, Any], object]


class NoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A method that takes none."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A call with its parameters by name, and what it returns, both as JSON has them."""

    name: str
    params: dict[str, Any]
    result: Any


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something that can be called.

    ``function`` takes the index, the actor and a Struct, whose fields are the parameters in
    their order; its return type is the type of the result.  ``raises`` are families of errors.  What
    ``writes`` changes something, or takes as long as that.  What writes, or says that it
    ``needs_actor``, is refused to a caller whose credentials are not good; what reads counts
    such credentials as none.
    What is ``costly`` takes long or much memory for a single caller.  In a batch a call counts as so
    many ``entries`` of a list, or as its parameter ``limit`` says.
    """

    name: str
    function: Function
    result_name: str
    summary: str
    raises: tuple[type[PackageIndexError], ...] = ()
    examples: tuple[Example, ...] = ()
    writes: bool = False
    needs_actor: bool = False
    costly: bool = False
    entries: int = 1

    @property
    def parameters(self) -> type[msgspec.Struct]:
        """The Struct that the function takes."""
        hints = get_type_hints(self.function, include_extras=True)
        hints.pop("return")
        taken: type[msgspec.Struct] = [*hints.values()][-1]
        return taken

    @property
    def result(self) -> Any:
        """The type that the function returns."""
        return get_type_hints(self.function, include_extras=True)["return"]


class Arguments:
    """Reads the parameters of one method, by name or by position."""

    def __init__(self, method: Method) -> None:
        self._type = method.parameters
        self._names = self._type.__struct_fields__

    def read(self, params: list[Any] | dict[str, Any]) -> msgspec.Struct:
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
