"""The methods that list all projects, whose answers are made and sent a segment at a time."""

from __future__ import annotations

from collections.abc import Sequence

from pypi_core.domain.entities import ListedProject, Serial
from pypi_core.simple_api.project_list import ListFrame
from pypi_core.use_cases.reading.project_list import ListForm, ProjectList
from pypi_xmlrpc_api.answers import CLOSING, OPENING, integer, text_of
from pypi_xmlrpc_api.methods import Caller, Method


def list_packages(caller: Caller) -> ProjectList:
    """Return the names of all projects, as their owners spell them."""
    return caller.index.pages.project_list_in_form(caller.actor, _NAMES)


def list_packages_with_serial(caller: Caller) -> ProjectList:
    """Return the names of all projects, each with the serial of its newest change."""
    return caller.index.pages.project_list_in_form(caller.actor, _SERIALS)


def inner(listed: ProjectList) -> bytes:
    """Return the value alone, to stand in another answer."""
    whole = b"".join(listed.chunks(gzip=False))
    return whole[len(OPENING) : -len(CLOSING)]


def _names_frame(_serial: Serial) -> ListFrame:
    return ListFrame(head=OPENING + b"<array><data>", separator=b"", tail=b"</data></array>" + CLOSING)


def _names_segment(projects: Sequence[ListedProject]) -> bytes:
    return "".join(
        [f"<value><string>{text_of(each.display_name)}</string></value>\n" for each in projects]
    ).encode()


def _serials_frame(_serial: Serial) -> ListFrame:
    return ListFrame(head=OPENING + b"<struct>", separator=b"", tail=b"</struct>" + CLOSING)


def _serials_segment(projects: Sequence[ListedProject]) -> bytes:
    return "".join(
        [
            f"<member><name>{text_of(each.display_name)}</name>"
            f"<value>{integer(each.serial)}</value></member>\n"
            for each in projects
        ]
    ).encode()


_NAMES = ListForm(name="xmlrpc-names", frame=_names_frame, segment=_names_segment)
_SERIALS = ListForm(name="xmlrpc-serials", frame=_serials_frame, segment=_serials_segment)

METHODS = (Method.of(list_packages, costly=True), Method.of(list_packages_with_serial, costly=True))
