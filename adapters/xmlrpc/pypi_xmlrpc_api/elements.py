"""XML as it may arrive from anywhere: a small tree, or a fault."""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from pypi_xmlrpc_api.faults import unreadable

_DEEPEST = 100
_MOST_ELEMENTS = 50_000


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
    So is what is deeper than 100 elements, or has more than 50,000.

    Raises:
        Fault: It is no XML, or breaks one of these rules.
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
        parser.Parse(body, True)  # noqa: FBT003 - it takes no name; all of it is there
    except expat.ExpatError as error:
        raise unreadable(f"{error}.") from error
    except (LookupError, ValueError) as error:
        # A declared encoding that nobody knows, or of more than one byte a character.
        raise unreadable("the encoding is not supported: send UTF-8.") from error
    return building.root


class _Building:
    def __init__(self) -> None:
        self._open = [Element("")]
        self._count = 0

    @property
    def root(self) -> Element:
        return self._open[0].children[0]

    def begin(self, name: str, _attributes: object) -> None:
        self._count += 1
        if len(self._open) > _DEEPEST:
            raise unreadable(f"elements are nested more than {_DEEPEST} deep.")
        if self._count > _MOST_ELEMENTS:
            raise unreadable(f"there are more than {_MOST_ELEMENTS} elements.")
        element = Element(name)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def add(self, text: str) -> None:
        self._open[-1].pieces.append(text)


def _refuse_dtd(*_declared: object) -> NoReturn:
    raise unreadable("a call has no DTD and no entities.")
