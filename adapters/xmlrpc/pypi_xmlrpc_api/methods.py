"""A method: its function, and what the function's signature tells of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index
from pypi_xmlrpc_api.faults import wrong_argument


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """
    Who calls, and where.

    ``base_url`` is the absolute URL of the index, ``site_url`` that of the site, neither with
    a slash at its end.
    """

    index: Index
    actor: Actor
    base_url: str
    site_url: str


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """What a method takes at one place; the types are those of XML-RPC."""

    name: str
    type: Any
    default: Any = inspect.Parameter.empty

    @property
    def is_required(self) -> bool:
        """Return whether it must be sent."""
        return self.default is inspect.Parameter.empty


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something that can be called; *function* takes a `Caller` and the arguments.

    What is *costly* takes long or much memory for a single caller.
    """

    name: str
    function: Callable[..., object]
    parameters: tuple[Parameter, ...]
    costly: bool = False

    @classmethod
    def of(cls, function: Callable[..., object], name: str | None = None, *, costly: bool = False) -> Method:
        """Return the method that *function* carries out, named like it unless told otherwise."""
        hints = get_type_hints(function)
        _caller, *parameters = inspect.signature(function).parameters.values()
        return cls(
            name=name or str(function.__name__),
            function=function,
            costly=costly,
            parameters=tuple(
                Parameter(name=each.name, type=hints[each.name], default=each.default) for each in parameters
            ),
        )

    @property
    def help(self) -> str:
        """What it does, as ``system.methodHelp`` tells it."""
        return inspect.getdoc(self.function) or ""

    def __call__(self, caller: Caller, arguments: Sequence[Any]) -> object:
        """
        Carry it out.

        Raises:
            Fault: An argument is missing, of the wrong type or one too many.
        """
        if len(arguments) > len(self.parameters):
            known = ", ".join(each.name for each in self.parameters) or "none"
            raise wrong_argument("params", f"{len(arguments)} were sent; those known are: {known}")
        given = zip(self.parameters, arguments, strict=False)
        missing = [each.name for each in self.parameters[len(arguments) :] if each.is_required]
        if missing:
            raise wrong_argument(missing[0], "this argument is required")
        return self.function(caller, *(_converted(each, value) for each, value in given))


def _converted(parameter: Parameter, value: Any) -> Any:
    try:
        return msgspec.convert(value, parameter.type)
    except msgspec.ValidationError as error:
        raise wrong_argument(parameter.name, str(error)) from error
