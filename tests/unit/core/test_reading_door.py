"""Nothing is read from an index without saying who reads."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import pypi_core
from pypi_contracts.assembly import InMemorySite

QUESTIONS = sorted((Path(pypi_core.__file__).parent / "use_cases" / "reading").glob("*.py"))

WITHOUT_AN_ACTOR = {
    # The worker and the operator's programs call them; what they find answers no caller.
    "count_sizes",
    "count_sizes.newest",
    "index_for_search",
    "rebuild_pages",
    "rebuild_search",
    "render_project",
    "sweep_uploads",
    "unpack_documentation",
    # What they are given was authorised already.
    "pages.description",
    "publish_documentation.check",
    "receive_bytes.close",
    "receive_bytes.cut_off",
    # An index's name and settings are not secret.
    "reading.record",
}


@pytest.mark.parametrize("module", QUESTIONS, ids=lambda each: each.stem)
def test_only_the_door_opens_snapshots_to_answer_questions(module: Path) -> None:
    nodes = list(ast.walk(ast.parse(module.read_text())))
    names = (
        {node.id for node in nodes if isinstance(node, ast.Name)}
        | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        | {node.name for node in nodes if isinstance(node, ast.alias)}
        | {node.arg for node in nodes if isinstance(node, ast.arg)}
    )
    openers = {each for each in names if "open" in each.lower() and "snapshot" in each.lower()}

    assert not openers or module.stem == "access"


def test_every_use_case_of_an_index_asks_who_acts() -> None:
    index = InMemorySite().index
    without = {
        name if attribute == "__call__" else f"{name}.{attribute}"
        for name, use_case in vars(index).items()
        if type(use_case).__module__.startswith("pypi_core.use_cases")
        for attribute, method in inspect.getmembers(type(use_case), inspect.isfunction)
        if attribute == "__call__" or not attribute.startswith("_")
        if "actor" not in inspect.signature(method).parameters
    }

    assert without <= WITHOUT_AN_ACTOR
