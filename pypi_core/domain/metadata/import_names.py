"""Import-Name and Import-Namespace (PEP 794)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from keyword import iskeyword

from pypi_core.domain.metadata.core_metadata import CoreMetadata
from pypi_core.domain.metadata.problems import invalid
from pypi_core.errors import Problem

_MOST_SHOWN = 5


def import_problems(names: Sequence[str], namespaces: Sequence[str]) -> Iterator[Problem]:
    """Yield what is wrong with the modules a distribution says it has."""
    for form_name, values in (("import_name", names), ("import_namespace", namespaces)):
        for value in values:
            if why := _why_no_import(value):
                yield invalid(form_name, value, why)
    modules = {_module(value) for value in names}
    for value in namespaces:
        if _module(value) in modules:
            yield invalid("import_namespace", value, "Import-Name has it too: give each name once.")


def import_disagreement(release: CoreMetadata, file: CoreMetadata) -> Problem | None:
    """
    Return what is wrong with a file whose modules are not those of its release.

    One that says nothing of its modules, as before metadata version 2.5, disagrees with none.
    """
    said, expected = _modules(file), _modules(release)
    if not said or not expected or said == expected:
        return None
    return Problem(
        "import_name",
        f"The files of a release have the same modules, and those there have {_listed(expected)}, not "
        f"{_listed(said)}: make Import-Name and Import-Namespace agree, or use a new version.",
    )


def _modules(metadata: CoreMetadata) -> set[str]:
    """Return each module as it is compared: with its field, and without spaces."""
    return {f"Import-Name {''.join(each.split())}" for each in metadata.import_names} | {
        f"Import-Namespace {''.join(each.split())}" for each in metadata.import_namespaces
    }


def _listed(modules: Collection[str]) -> str:
    shown_ones = ", ".join(sorted(modules)[:_MOST_SHOWN])
    return f"{shown_ones} and others" if len(modules) > _MOST_SHOWN else shown_ones


def _module(value: str) -> str:
    return value.partition(";")[0].strip()


def _why_no_import(value: str) -> str:
    _, semicolon, option = value.partition(";")
    if semicolon and option.strip() != "private":
        return "After a semicolon there may be 'private' alone."
    for part in _module(value).split("."):
        if not part.isidentifier():
            return "Use a dotted name of identifiers, as in 'package.module'."
        if iskeyword(part):
            return f"{part!r} is a keyword of Python."
    return ""
