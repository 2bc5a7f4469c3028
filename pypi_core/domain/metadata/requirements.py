"""Requirements and Requires-Python (docs/reference/standards/dependency-specifiers.md#requirements)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import canonicalize_name

from pypi_core.domain.metadata.problems import invalid
from pypi_core.domain.names import NormalizedName
from pypi_protocol.errors import Problem

# What packaging raises: InvalidRequirement and UndefinedComparison are ValueErrors, as is a version of
# more digits than Python converts; its parser of markers calls itself.
_REFUSED = (ValueError, RecursionError)

# A word is not looked at again from its middle: that would take time by the square of its length.
_OPERAND = r"\"[^\"]*\"|'[^']*'|(?<!\w)\w+"
# In the form in which packaging writes a marker.
_COMPARISON = re.compile(
    rf"(?P<left>{_OPERAND}) (?P<operator>not in|in|[~=]?==?|!=|~=|[<>]=?) (?P<right>{_OPERAND})"
)
_EXTRA = re.compile(r"\bextra\b")
_LONGEST_SPECIFIERS = 1000
_LOCK_FILES_ONLY = frozenset({"extras", "dependency_groups"})
_COMPARED_AS_VERSIONS = frozenset(
    {"implementation_version", "platform_release", "python_full_version", "python_version"}
)


def requirement_problems(
    form_name: str, values: Sequence[str], *, may_name_urls: bool = False
) -> Iterator[Problem]:
    """Yield what is wrong with the values of Requires-Dist, Provides-Dist or Obsoletes-Dist."""
    for value in values:
        try:
            requirement = Requirement(value)
            # Reading the versions is what tells those of too many digits.
            hash(requirement.specifier)
            why = _why_refused(requirement, may_name_urls=may_name_urls)
        except _REFUSED as error:
            why = _reason(error)
        if why:
            yield invalid(form_name, value, why)


def requires_python_problems(value: str) -> Iterator[Problem]:
    """Yield what is wrong with a value of Requires-Python."""
    if len(value) > _LONGEST_SPECIFIERS:
        yield invalid("requires_python", value, f"Use at most {_LONGEST_SPECIFIERS} characters.")
        return
    try:
        hash(SpecifierSet(value))
    except _REFUSED:
        # A marker is an invalid specifier like any other.
        yield invalid("requires_python", value, "Use version specifiers alone, as in '>=3.9,<4'.")


def same_requirements(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether both say the same, in any order and spelling; they were found right before."""
    first, second = set(one), set(other)
    return first == second or (
        {_canonical(Requirement(each)) for each in first}
        == {_canonical(Requirement(each)) for each in second}
    )


def same_specifiers(one: str, other: str) -> bool:
    """Whether both say the same, in any order and spelling; they were found right before."""
    return one == other or (
        _canonical_specifiers(SpecifierSet(one)) == _canonical_specifiers(SpecifierSet(other))
    )


def required_projects(values: Iterable[str]) -> Mapping[NormalizedName, bool]:
    """Return the projects that a Requires-Dist names, and whether only extras require them."""
    found: dict[NormalizedName, bool] = {}
    for value in values:
        try:
            requirement = Requirement(value)
        except _REFUSED:
            # Kept by an earlier version, which was less strict.
            continue
        name = NormalizedName(canonicalize_name(requirement.name))
        is_optional = _EXTRA.search(str(requirement.marker or "")) is not None
        found[name] = found.get(name, True) and is_optional
    return found


def _canonical(requirement: Requirement) -> str:
    """Return *requirement* in a form in which two spellings of the same one are equal."""
    name = canonicalize_name(requirement.name)
    extras = ",".join(sorted(canonicalize_name(each) for each in requirement.extras))
    specifiers = _canonical_specifiers(requirement.specifier)
    return f"{name}[{extras}]{specifiers}@{requirement.url or ''};{requirement.marker or ''}"


def _canonical_specifiers(specifiers: SpecifierSet) -> str:
    return ",".join(sorted(str(each) for each in specifiers))


def _why_refused(requirement: Requirement, *, may_name_urls: bool) -> str:
    if requirement.url and not may_name_urls:
        return "A dependency cannot name a URL: require a version of what is on an index."
    if requirement.marker is None:
        return ""
    for comparison in _COMPARISON.finditer(str(requirement.marker)):
        left, operator, right = comparison["left"], comparison["operator"], comparison["right"]
        if {left, right} & _LOCK_FILES_ONLY:
            return "The marker variables 'extras' and 'dependency_groups' are for lock files alone."
        if left[0] in "\"'" and right[0] in "\"'":
            return "A marker compares a variable with a text, not two texts."
        if not _is_defined(left, operator, right):
            return f"The comparison {operator!r} is not defined for such a marker."
    return ""


# Markers are much alike.
@lru_cache(maxsize=1024)
def _is_defined(left: str, operator: str, right: str) -> bool:
    """Whether installers can work the comparison out, for which they otherwise raise an error."""
    if left in _COMPARED_AS_VERSIONS and operator not in {"in", "not in"}:
        try:
            # A version of too many digits raises ValueError, which is InvalidSpecifier's class too.
            hash(Specifier(f"{operator}{right[1:-1]}"))
            return True
        except InvalidSpecifier:
            pass
    return operator not in {"~=", "==="} or right in _COMPARED_AS_VERSIONS


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "It is nested too deeply."
    # The reason may repeat the whole requirement, and point at a place in it.
    return f"{next(iter(str(error).splitlines()), '')[:200].rstrip('.')}."
