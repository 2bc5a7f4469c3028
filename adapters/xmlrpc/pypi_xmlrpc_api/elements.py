"""XML as it may arrive from anywhere: a small tree, or a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn
from xml.etree import ElementTree as ET
from xml.parsers import expat

from pypi_xmlrpc_api.faults import unreadable

_DEEPEST = 100
_MOST_ELEMENTS = 50_000
_PIECE = 64 * 1024
_LONGEST_TAG = 2 * _PIECE


def own_text(element: ET.Element) -> str:
    """Return the text of an element outside of its children."""
    return "".join([element.text or "", *(each.tail or "" for each in element)])


def parse_elements(body: bytes) -> ET.Element:
    """
    Read a document and return its root.

    A DTD is refused where it begins, and without one there are no entities but XML's own five.
    So is what is deeper than 100 elements, has more than 50,000 of them and of attributes, or a
    tag or comment of more than 128 KiB.

    Raises:
        Fault: It is not XML, or it breaks one of these rules.
    """
    tree = _BoundedTree()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.EntityDeclHandler = _refuse_dtd
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.data
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
    return tree.close()


class _BoundedTree(ET.TreeBuilder):
    """Builds elements, without their attributes, which mean nothing here."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attrs: Mapping[str, str], /) -> ET.Element:
        self._depth += 1
        self._count += 1 + len(attrs)
        if self._depth > _DEEPEST:
            raise unreadable(f"elements are nested more than {_DEEPEST} deep.")
        if self._count > _MOST_ELEMENTS:
            raise unreadable(f"there are more than {_MOST_ELEMENTS} elements and attributes.")
        return super().start(tag, {})

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def _refuse_dtd(*_declared: object) -> NoReturn:
    raise unreadable("a call has no DTD and no entities.")
