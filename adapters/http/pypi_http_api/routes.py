"""Where endpoints are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pypi_core.errors import NotFound

_PLACE: Final = re.compile(r"<(\w+)(\.\.\.)?>")


class Route:
    """
    Where an endpoint is, such as ``/simple/<name>/``.

    ``<name>`` stands for one part of a path, ``<path...>`` for all that follow.  An address that ends with a
    slash is found without it too, by clients that are to be sent there; ``[/]`` makes no difference.

    Attributes:
        has_slash: Whether the address ends with a slash, which the framework takes off.
        path: The address as the framework writes it.
    """

    def __init__(self, pattern: str) -> None:
        bare = pattern.removesuffix("[/]").rstrip("/")
        self.has_slash = pattern.endswith("/")
        self.path = _PLACE.sub(lambda place: f"{{{place[1]}:{'path' if place[2] else 'str'}}}", bare)
        expression, end = "", 0
        for place in _PLACE.finditer(bare):
            part = ".+" if place[2] else "[^/]+"
            expression += f"{re.escape(bare[end : place.start()])}(?P<{place[1]}>{part})"
            end = place.end()
        slash = "/?" if pattern != bare else ""
        self._expression = re.compile(f"{expression}{re.escape(bare[end:])}{slash}", re.DOTALL)

    def captured(self, path: str) -> Mapping[str, str]:
        """
        Return what stands in the places of a decoded path.

        Raises:
            NotFound: It is another address.
        """
        found = self._expression.fullmatch(path)
        if found is None:
            raise NotFound("There is nothing at this address.")
        return found.groupdict()
