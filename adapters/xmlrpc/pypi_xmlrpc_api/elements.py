"""XML as it may arrive from anywhere: a small tree, or a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn
from xml.parsers import expat

from pypi_xmlrpc_api.faults import unreadable

_DEEPEST = 100
_MOST_ELEMENTS = 50_000
_PIECE = 64 * 1024
_LONGEST_TAG = 2 * _PIECE


class Element:
    """An element without its attributes, which mean nothing here."""

    __slots__ = ("children", "name", "pieces")

    def __init__(self, name: str) -> None:
        self.name = name
        self.children: list[Element] = []
        self.pieces: list[str] = []

    @property
    def text(self) -> str:
        """The text outside of its children."""
        return "".join(self.pieces)


def parse_elements(body: bytes) -> Element:
    """
    Read a document and return its root.

    A DTD is refused where it begins, and without one there are no entities but XML's own five.
    So is what is deeper than 100 elements, has more than 50,000 of them and of attributes, or a
    tag or comment of more than 128 KiB.

    Raises:
        Fault: It is not XML, or it breaks one of these rules.
    """
    building = _Building()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.EntityDeclHandler = _refuse_dtd
    parser.StartElementHandler = building.begin
    parser.EndElementHandler = building.end
    parser.CharacterDataHandler = building.add
    try:
        for start in range(0, len(body), _PIECE):
            parser.Parse(body[start : start + _PIECE], False)  # noqa: FBT003 - it takes no name
            # Text is handed over as it comes: what is held back is within a tag.
            if start - parser.CurrentByteIndex > _LONGEST_TAG:
                raise unreadable("a tag or comment is too long.")
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise unreadable(f"{error}.") from error
    except (LookupError, ValueError) as error:
        # A declared encoding that is unknown or has more than one byte a character.
        raise unreadable("the encoding is not supported: send UTF-8.") from error
    return building.root


class _Building:
    def __init__(self) -> None:
        self._open = [Element("")]
        self._count = 0

    @property
    def root(self) -> Element:
        return self._open[0].children[0]

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        self._count += 1 + len(attributes)
        if len(self._open) > _DEEPEST:
            raise unreadable(f"elements are nested more than {_DEEPEST} deep.")
        if self._count > _MOST_ELEMENTS:
            raise unreadable(f"there are more than {_MOST_ELEMENTS} elements and attributes.")
        element = Element(name)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def add(self, text: str) -> None:
        self._open[-1].pieces.append(text)


def _refuse_dtd(*_declared: object) -> NoReturn:
    raise unreadable("a call has no DTD and no entities.")
