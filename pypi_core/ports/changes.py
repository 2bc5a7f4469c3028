"""Knowing, cheaply, that nothing changed."""

from __future__ import annotations

from typing import NewType, Protocol

Generation = NewType("Generation", int)
"""Two equal generations mean: nothing that an answer could depend on was committed in between."""


class ChangeSignal(Protocol):
    """Cheap enough to ask for every request; safe from every thread."""

    def generation(self) -> Generation:
        """
        Return the present generation of everything the server has stored.

        A commit that returned before the call is reflected in it.  It may move without
        need, never stay when something relevant changed.
        """
        ...
