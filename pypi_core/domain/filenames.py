"""Names of distribution files: PEP 427 for wheels, PEP 625 for sdists."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from pypi_core.domain.names import NormalizedName, escaped, parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import InvalidFilename, InvalidName, InvalidVersion, shown
from pypi_protocol.errors import Problem


class FileType(StrEnum):
    """The kinds of distribution an index takes (PEP 527, PEP 715), as upload forms name them."""

    SDIST = "sdist"
    WHEEL = "bdist_wheel"


class DistributionFilename(msgspec.Struct, frozen=True, kw_only=True):
    """
    A file name taken apart.

    ``literal_name`` and ``literal_version`` are the parts as the file name spells them: a
    wheel's ``.dist-info`` folder must repeat them to the letter, unless an index allows any
    spelling.  ``python_version`` is a wheel's python tag, ``source`` for an sdist.
    """

    text: str
    filetype: FileType
    name: NormalizedName
    version: Version
    literal_name: str
    literal_version: str
    python_version: str = "source"


# The name and `.metadata` behind it must fit the 255 bytes that file systems grant.
_LONGEST = 255 - len(".metadata")
_MOST_TAGS = 500


def check_characters(raw: str) -> None:
    """Refuse a file name that is empty, too long, or has a control character or a slash of either kind."""
    if not raw:
        raise _invalid("The upload's file part has no file name: send the distribution's own.")
    if len(raw.encode("utf-8", "surrogatepass")) > _LONGEST:
        raise _invalid(f"Filename is too long: use at most {_LONGEST} bytes.")
    if any(ord(character) < 32 or ord(character) == 127 for character in raw):
        raise _invalid("The file name has a control character: rename the file.")
    if "/" in raw or "\\" in raw:
        raise _invalid(f"The file name {shown(raw)} has a path separator: send the bare name.")


def filetype_of(raw: str) -> FileType:
    """Tell by its ending what kind of distribution *raw* names."""
    if raw.endswith(".whl"):
        return FileType.WHEEL
    if raw.endswith((".tar.gz", ".zip")):
        return FileType.SDIST
    raise _invalid(
        f"{shown(raw)} has an invalid file extension: use .whl for a wheel or .tar.gz for an sdist."
    )


def parse_filename(raw: str) -> DistributionFilename:
    """
    Take a distribution's file name apart, in any spelling that was ever in use.

    What a *new* file must be called is another question: see `check_spelling`.
    """
    check_characters(raw)
    return _parse_wheel(raw) if filetype_of(raw) is FileType.WHEEL else _parse_sdist(raw)


def check_spelling(filename: DistributionFilename, version: Version) -> None:
    """
    Refuse a new file that is not called as the standards prescribe.

    An sdist has one possible name, given the *version* of its metadata (PEP 625: no
    ``.zip`` any more).  In a wheel's, name and version are spelt the normalised way (PEP 427).
    """
    stem = f"{escaped(filename.name)}-"
    if filename.filetype is FileType.SDIST:
        expected = f"{stem}{version}.tar.gz"
    else:
        expected = f"{stem}{filename.version}-{filename.text.split('-', 2)[2]}"
    if filename.text != expected:
        raise _invalid(
            f"The file name should be {expected!r}, not {filename.text!r}: rebuild with a current build tool."
        )


def _parse_wheel(raw: str) -> DistributionFilename:
    parts = raw.removesuffix(".whl").split("-")
    if len(parts) == 6 and not parts[2][:1].isdecimal():
        raise _invalid(
            f"{raw!r} has six parts, but the third is not a build number, which starts with a digit. "
            "Wheel variants (PEP 825) are not accepted yet."
        )
    product = 1
    for tags in parts[-3:]:
        product *= tags.count(".") + 1
    if product > _MOST_TAGS:
        raise _invalid(
            f"The wheel's compressed tags stand for {product} tags; at most {_MOST_TAGS} are accepted."
        )
    try:
        parse_wheel_filename(raw)
        literal_name, literal_version = raw.split("-", 2)[:2]
        return DistributionFilename(
            text=raw,
            filetype=FileType.WHEEL,
            name=parse_project_name(literal_name),
            version=parse_version(literal_version),
            literal_name=literal_name,
            literal_version=literal_version,
            python_version=raw.split("-")[-3],
        )
    except (InvalidWheelFilename, InvalidName, InvalidVersion, ValueError) as error:
        raise _invalid(
            f"{raw!r} is not a valid wheel file name: "
            "name-version(-build)?-python-abi-platform.whl is expected."
        ) from error


def _parse_sdist(raw: str) -> DistributionFilename:
    stem = raw.removesuffix(".tar.gz").removesuffix(".zip")
    # Legacy versions may have a `-` themselves: the shortest that is one counts.
    for dash in reversed([at for at, character in enumerate(stem) if character == "-"]):
        literal_name, literal_version = stem[:dash], stem[dash + 1 :]
        try:
            return DistributionFilename(
                text=raw,
                filetype=FileType.SDIST,
                name=parse_project_name(literal_name),
                version=parse_version(literal_version),
                literal_name=literal_name,
                literal_version=literal_version,
            )
        except (InvalidName, InvalidVersion):
            continue
    raise _invalid(f"{raw!r} is not a valid sdist file name: name-version.tar.gz is expected.")


def _invalid(message: str) -> InvalidFilename:
    return InvalidFilename(Problem("content", message))
