"""Import-Name and Import-Namespace (PEP 794)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from keyword import iskeyword

from pypi_core.domain.metadata.problems import invalid
from pypi_core.errors import Problem


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
