"""Wheels: ZIP archives that everybody reads alike (docs/reference/standards/wheels.md#contents)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import BinaryIO, Final

from pypi_core.domain.archives.contents import ArchiveContents, archive_problem
from pypi_core.domain.archives.entry_points import entry_point_faults
from pypi_core.domain.archives.member_names import check_member_names
from pypi_core.domain.archives.modules import top_level_modules
from pypi_core.domain.archives.polyglots import check_is_zip_alone
from pypi_core.domain.archives.record import mismatches, most_lines, parse_record
from pypi_core.domain.archives.wheel_file import parse_wheel_file, tag_warnings, wheel_file_faults
from pypi_core.domain.archives.wheel_members import WheelMembers
from pypi_core.domain.archives.zip_framing import ZipFrame
from pypi_core.domain.filenames import DistributionFilename
from pypi_core.domain.platform_tags import is_for_linux_alone
from pypi_core.domain.rules import UploadRules

_MOST_TOLD: Final = 20


def read_wheel(filename: DistributionFilename, archive: BinaryIO, rules: UploadRules) -> ArchiveContents:
    """Read a wheel from its first byte to its last; every member is decompressed once."""
    check_is_zip_alone(archive)
    frame = ZipFrame(archive)
    may_differ_in_case = rules.allow_case_conflicts and is_for_linux_alone(filename)
    check_member_names(frame.members, may_differ_in_case=may_differ_in_case)
    wheel = WheelMembers(filename, archive, frame, any_spelling=rules.allow_unnormalized_filenames)
    faults, warnings = _wheel_file(wheel, filename)
    faults += _first_of(entry_point_faults(wheel.documents.get("entry_points.txt", b"")), "entry points")
    contradictions = _record(wheel)
    if rules.allow_record_mismatch:
        warnings += (f"{reason[:1].upper()}{reason[1:]}." for reason in contradictions)
    else:
        faults += contradictions
    if "RECORD" not in wheel.documents:
        faults.append(f"it has no {wheel.dist_info}/RECORD")
    return ArchiveContents(
        metadata_file=wheel.documents["METADATA"],
        license_paths=frozenset(wheel.below("licenses")),
        sboms=tuple(wheel.below("sboms")),
        modules=top_level_modules(wheel.sizes),
        problems=tuple(map(archive_problem, faults)),
        warnings=tuple(warnings),
    )


def _wheel_file(wheel: WheelMembers, filename: DistributionFilename) -> tuple[list[str], list[str]]:
    content = wheel.documents.get("WHEEL")
    if content is None:
        return [f"it has no {wheel.dist_info}/WHEEL"], []
    try:
        told = parse_wheel_file(content)
    except UnicodeDecodeError:
        return ["its WHEEL is not UTF-8"], []
    return list(wheel_file_faults(told, filename)), list(tag_warnings(told, filename))


def _record(wheel: WheelMembers) -> list[str]:
    content = wheel.documents.get("RECORD")
    if content is None:
        return []
    rows, faults = parse_record(content, most_lines(wheel.sizes))
    contradictions = mismatches(rows, wheel.sizes, f"{wheel.dist_info}/RECORD", wheel.digest_of)
    return _first_of(chain(faults, contradictions), "rows of RECORD or files that it does not list")


def _first_of(reasons: Iterable[str], what: str) -> list[str]:
    told: list[str] = []
    further = 0
    for reason in reasons:
        if len(told) < _MOST_TOLD:
            told.append(reason)
        else:
            further += 1
    if further:
        told.append(f"as much is wrong with {further} more {what}")
    return told
