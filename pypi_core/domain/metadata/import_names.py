"""Import-Name and Import-Namespace (PEP 794)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from keyword import iskeyword

from pypi_core.domain.metadata.problems import invalid
from pypi_core.errors import Invalid, shortened
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import CoreMetadata

_MOST_SHOWN = 5
_LONGEST_SHOWN = 100


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


def modules_of(metadata: CoreMetadata) -> frozenset[str]:
    """Return the modules that metadata name, each as it is compared: with its field, and without spaces."""
    return frozenset(
        f"{field} {''.join(each.split())}"
        for field, values in (
            ("Import-Name", metadata.import_names),
            ("Import-Namespace", metadata.import_namespaces),
        )
        for each in values
    )


def public_modules(metadata: CoreMetadata) -> frozenset[str]:
    """Return the names of the modules that metadata give, without private ones."""
    return frozenset(_module(each) for each in metadata.import_names if ";" not in each)


def agreed_modules(known: frozenset[str], file: CoreMetadata) -> frozenset[str]:
    """
    Return the modules of a release of which *known* are known, with one more file.

    A file that says nothing of its modules, as before metadata version 2.5, agrees with any.

    Raises:
        Invalid: The file has other modules.
    """
    found = modules_of(file)
    if known and found and known != found:
        raise Invalid(
            Problem(
                "import_name",
                f"The files of a release have the same modules, and others have {_listed(known)}, not "
                f"{_listed(found)}: make Import-Name and Import-Namespace agree, or use a new version.",
            )
        )
    return known or found


def _listed(modules: Collection[str]) -> str:
    first = ", ".join(shortened(each, _LONGEST_SHOWN) for each in sorted(modules)[:_MOST_SHOWN])
    return f"{first} and others" if len(modules) > _MOST_SHOWN else first


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
