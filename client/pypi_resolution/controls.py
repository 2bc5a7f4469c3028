"""Options of requirements files that name projects: which kinds of files, which kinds of releases."""

from __future__ import annotations

from packaging.utils import canonicalize_name

ALL, NONE = ":all:", ":none:"


class OpposingOptions:
    """
    Two options that exclude each other, project by project, as those of pip do.

    What is said last of a project holds; a name goes before ``:all:``.
    """

    def __init__(self) -> None:
        self._first: set[str] = set()
        self._second: set[str] = set()

    def say_first(self, value: str) -> None:
        """Take in names, separated by commas, of the first option."""
        _take(value, self._first, self._second)

    def say_second(self, value: str) -> None:
        """Take in names, separated by commas, of the second option."""
        _take(value, self._second, self._first)

    def is_first(self, name: str) -> bool | None:
        """Return which of the two holds for the project of this normalised name; ``None`` if neither does."""
        for key in (name, ALL):
            if key in self._first:
                return True
            if key in self._second:
                return False
        return None


def _take(value: str, said: set[str], other: set[str]) -> None:
    names = value.split(",")
    while ALL in names:
        other.clear()
        said.clear()
        said.add(ALL)
        del names[: names.index(ALL) + 1]
        # Names behind it say nothing more, unless it was taken back first.
        if NONE not in names:
            return
    for each in names:
        if each == NONE:
            said.clear()
        else:
            name = canonicalize_name(each)
            other.discard(name)
            said.add(name)
