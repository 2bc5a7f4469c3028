"""What a release depends on, in words, grouped by extra."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_MOST_SHOWN = 1000
# In the form in which packaging writes a marker.  None looks at a stretch again from its middle: that would
# take time by the square of its length.
_EXTRA = re.compile(r"""\(?\bextra == ["']([^"']+)["']\)?""")
_COMPARISON = re.compile(r"""(?<!\w)(\w+) (==|!=|<=|>=|<|>|~=|not in|in) ["']([^"']*)["']""")
_SYSTEMS = {
    "win32": "Windows", "windows": "Windows", "linux": "Linux", "darwin": "macOS", "nt": "Windows",
    "posix": "Unix", "java": "Java", "emscripten": "Pyodide", "cygwin": "Cygwin",
}  # fmt: skip
_OPERATORS = {
    "==": "",
    "!=": "not ",
    "<": "below ",
    "<=": "up to ",
    ">": "above ",
    ">=": "",
    "~=": "compatible with ",
}
_SUBJECTS = {
    "python_version": "Python ", "python_full_version": "Python ", "implementation_name": "",
    "platform_python_implementation": "", "platform_machine": "", "os_name": "", "sys_platform": "",
    "platform_system": "",
}  # fmt: skip


class ShownRequirement(msgspec.Struct, frozen=True, kw_only=True):
    """
    One dependency.

    *project* is its name where this index has it, else empty.  *versions* and *condition* are in words;
    *raw* is what the metadata says.
    """

    name: str
    project: str
    extras: Sequence[str]
    versions: str
    condition: str
    raw: str


class RequirementGroup(msgspec.Struct, frozen=True, kw_only=True):
    """What is always needed, for an empty *extra*, or what an extra adds."""

    extra: str
    requirements: Sequence[ShownRequirement]


def requirement_groups(
    values: Sequence[str], extras: Sequence[str], known: Collection[str]
) -> Sequence[RequirementGroup]:
    """Return the requirements, always needed first, then those of each extra; *known* are on this index."""
    groups: dict[str, list[ShownRequirement]] = {"": [], **{each: [] for each in extras}}
    for value in values[:_MOST_SHOWN]:
        extra, shown = _shown(value, known)
        groups.setdefault(extra, []).append(shown)
    return [
        RequirementGroup(extra=extra, requirements=found) for extra, found in groups.items() if found or extra
    ]


def required_names(values: Iterable[str]) -> frozenset[str]:
    """Return the normalized names that requirements name."""
    return frozenset(canonicalize_name(each.name) for each in map(_parsed, values) if each)


def _shown(value: str, known: Collection[str]) -> tuple[str, ShownRequirement]:
    requirement = _parsed(value)
    if requirement is None:
        return "", ShownRequirement(name=value, project="", extras=(), versions="", condition="", raw=value)
    marker = str(requirement.marker) if requirement.marker else ""
    extra = found[1] if (found := _EXTRA.search(marker)) else ""
    rest = _EXTRA.sub("", marker, count=1) if extra else marker
    name = canonicalize_name(requirement.name)
    return extra, ShownRequirement(
        name=requirement.name,
        project=name if name in known else "",
        extras=sorted(requirement.extras),
        versions=requirement.url or versions_in_words(str(requirement.specifier)),
        condition=marker_in_words(rest),
        raw=value,
    )


def _parsed(value: str) -> Requirement | None:
    try:
        return Requirement(value)
    except (InvalidRequirement, ValueError, RecursionError):
        return None


def versions_in_words(specifier: str) -> str:
    """Return what ``>=1,<2`` stands for."""
    words: Mapping[str, str] = {
        "~=": "compatible with {}", "==": "exactly {}", "!=": "not {}", "<=": "up to {}", ">=": "{} or newer",
        "<": "below {}", ">": "newer than {}", "===": "exactly {}",
    }  # fmt: skip
    parts = sorted(each.strip() for each in specifier.split(",") if each.strip())
    parts.sort(key=lambda each: not each.startswith((">", "~", "=")))
    found = (re.fullmatch(r"(===|~=|==|!=|<=|>=|<|>)\s*(.+)", each) for each in parts)
    return ", ".join(words[each[1]].format(each[2]) for each in found if each)


def marker_in_words(marker: str) -> str:
    """Return what ``sys_platform == "win32"`` stands for; what is not understood stays as it is."""
    text = marker.strip()
    while text.startswith(("and ", "or ")) or text.endswith((" and", " or")):
        text = re.sub(r"^(?:and|or) | (?:and|or)$", "", text).strip()
    if text.startswith("(") and text.endswith(")") and "(" not in text[1:]:
        text = text[1:-1]
    return _COMPARISON.sub(_comparison_in_words, text)


def _comparison_in_words(found: re.Match[str]) -> str:
    subject, operator, value = found.groups()
    if subject not in _SUBJECTS or operator not in _OPERATORS:
        return found[0]
    name = _SYSTEMS.get(value.lower(), value)
    if subject.startswith("python"):
        return f"Python {value} or newer" if operator == ">=" else f"Python {_OPERATORS[operator]}{value}"
    return f"{_OPERATORS[operator]}{name}" if operator in {"==", "!="} else found[0]
