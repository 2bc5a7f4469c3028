"""The rules for what is uploaded that an index may switch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec.structs import replace

from pypi_core.domain.names import NormalizedName
from pypi_core.errors import InvalidSetting
from pypi_protocol.errors import Problem


class UploadRules(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an index is stricter or laxer about than the standards are; the defaults suit a public one.

    Whatever is not here no index can switch.

    Args:
        allow_standard_library_names: Take new projects named as a module of the standard library.
        allow_similar_names: Take new projects whose name can be mistaken for one that is there.
        prohibited_names: Names that no new project may have.
        allow_local_versions: Take versions with a local part (``1.0+cu128``).
        allow_direct_references: Take dependencies that name a URL.
        allow_private_classifiers: Take classifiers that start with ``Private ::``.
        allow_unknown_classifiers: Take classifiers that are in no list, and deprecated ones.
        allow_unnormalized_extras: Take names of extras that PEP 685 wants spelt another way.
        allow_any_platform_tag: Take wheels for platforms that are not on the list.
        platform_tags: Further platform tags to take, as they stand in file names (``linux_x86_64``).
        allow_unrenderable_descriptions: Take descriptions that do not render as what they say they are.
        allow_record_mismatch: Take wheels whose RECORD contradicts what is in them.
        allow_unnormalized_filenames: Take file names in which project and version are spelt another way.
        allow_case_conflicts: Take wheels for Linux alone that have members whose names differ only in case.
        release_open_days: For how many days a release takes further files; ``None`` is for ever.
    """

    allow_standard_library_names: bool = False
    allow_similar_names: bool = False
    prohibited_names: frozenset[NormalizedName] = frozenset()
    allow_local_versions: bool = False
    allow_direct_references: bool = False
    allow_private_classifiers: bool = False
    allow_unknown_classifiers: bool = False
    allow_unnormalized_extras: bool = False
    allow_any_platform_tag: bool = False
    platform_tags: frozenset[str] = frozenset()
    allow_unrenderable_descriptions: bool = False
    allow_record_mismatch: bool = False
    allow_unnormalized_filenames: bool = False
    allow_case_conflicts: bool = False
    release_open_days: int | None = None


PUBLIC = UploadRules()
"""The rules of a public index, which an index has unless it is told otherwise."""

SWITCHES: Final[Mapping[str, str]] = MappingProxyType(
    {
        field.removeprefix("allow_").replace("_", "-"): field
        for field in UploadRules.__struct_fields__
        if field.startswith("allow_")
    }
)
"""What can be allowed or forbidden, as people write it (``local-versions``), and the field of each."""


def switched(rules: UploadRules, *, allow: Iterable[str] = (), forbid: Iterable[str] = ()) -> UploadRules:
    """
    Return *rules* with some switches set.

    Raises:
        InvalidSetting: One is unknown, or both allowed and forbidden.
    """
    wanted = [*((each, True) for each in allow), *((each, False) for each in forbid)]
    known = ", ".join(SWITCHES)
    problems = [
        Problem("rules", f"There is no rule {name!r}: use one of {known}.")
        for name, _ in wanted
        if name not in SWITCHES
    ]
    if len({name for name, _ in wanted}) < len(set(wanted)):
        problems.append(Problem("rules", "Something is both allowed and forbidden: decide for one."))
    if problems:
        raise InvalidSetting(*problems)
    return replace(rules, **{SWITCHES[name]: value for name, value in wanted})


LENIENT = switched(PUBLIC, allow=SWITCHES)
"""What no index refuses: every switch stands on allowed."""


def check_rules(rules: UploadRules) -> list[Problem]:
    """Return what is not acceptable in the rules of an index."""
    problems = []
    if rules.release_open_days is not None and rules.release_open_days < 1:
        problems.append(Problem("release_open_days", "A release is open for at least one day."))
    problems += [
        Problem("platform_tags", f"{tag!r} is not a platform tag: use letters, digits and '_'.")
        for tag in sorted(rules.platform_tags)
        if not _PLATFORM_TAG.match(tag)
    ]
    return problems


_PLATFORM_TAG = re.compile(r"[A-Za-z0-9_]+\Z", re.ASCII)
