"""Requirements files in pip's format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pypi_api_client.text_files import FileTooLarge, read_content, without_mark
from pypi_resolution.errors import BadRequirements
from pypi_resolution.sources.named import parse_requirement
from pypi_resolution.sources.requirements_lines import Line, decoded, logical_lines, parse_line
from pypi_resolution.wanted import Wanted, WantedRequirement

_SECURE = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")

# Where files come from is decided by the caller, not by the file.
_IGNORED = {
    "index-url": "the index is the one that was chosen",
    "extra-index-url": "the index is the one that was chosen",
    "no-index": "the index is the one that was chosen",
    "find-links": "the index is the one that was chosen",
    "trusted-host": "certificates are always verified",
    "use-feature": "it concerns pip itself",
    "config-settings": "nothing is built",
}


def read(wanted: Wanted, path: Path, variables: Mapping[str, str], *, as_constraints: bool = False) -> None:
    """Take in a requirements file and those that it includes."""
    reader = _Reader(wanted, variables)
    reader.read(path, as_constraints, ())
    if reader.problems:
        raise BadRequirements(*reader.problems)


def read_text(path: Path, encoding: str | None = None) -> str:
    """Return the text of a file, in *encoding* or in the one that the file says."""
    try:
        content = read_content(path)
        return without_mark(content.decode(encoding)) if encoding else decoded(content)
    except OSError as error:
        raise BadRequirements(f"{path} cannot be read: {error.strerror or error}.") from error
    except FileTooLarge as error:
        raise BadRequirements(f"{path} cannot be read: {error}") from error
    except (UnicodeDecodeError, LookupError) as error:
        raise BadRequirements(f"{path} is not readable text: {error}.") from error


class _Reader:
    """Reads one file after the other into what is wanted, and collects what is wrong."""

    def __init__(self, wanted: Wanted, variables: Mapping[str, str]) -> None:
        self._wanted = wanted
        self._variables = variables
        self.problems: list[str] = []

    def read(self, path: Path, as_constraints: bool, included_by: tuple[Path, ...]) -> None:
        try:
            text = read_text(path)
        except BadRequirements as error:
            where = f" ({included_by[-1]} includes it)" if included_by else ""
            self.problems += (f"{each.removesuffix('.')}{where}." for each in error.problems)
            return
        inside = (*included_by, path)
        for number, raw in logical_lines(text):
            where = f"{path} (line {number})"
            try:
                line = parse_line(raw, self._variables)
                self._heed(line, where, as_constraints, inside)
            except ValueError as error:
                self.problems.append(f"{where}: {error}")

    def _heed(self, line: Line, where: str, as_constraints: bool, inside: tuple[Path, ...]) -> None:
        if line.requirement:
            self._require(line, where, as_constraints)
            return
        for option, value in line.options:
            if option in {"requirement", "constraint"}:
                self._include(value, option == "constraint", inside)
            elif option == "editable":
                raise ValueError(f"-e {value}: projects in folders are not downloaded from an index.")
            else:
                self._set(option, value, where)

    def _require(self, line: Line, where: str, as_constraints: bool) -> None:
        requirement = parse_requirement(line.requirement)
        if as_constraints and requirement.extras:
            raise ValueError(f"a constraint has no extras: write {requirement.name!r}.")
        hashes = frozenset(_parse_hash(value) for option, value in line.options if option == "hash")
        for option, value in line.options:
            if option != "hash":
                self._set(option, value, where)
        found = WantedRequirement(requirement=requirement, hashes=hashes, source=where)
        (self._wanted.constraints if as_constraints else self._wanted.requirements).append(found)

    def _include(self, value: str, as_constraints: bool, inside: tuple[Path, ...]) -> None:
        if "://" in value:
            raise ValueError("files at URLs are not read: download it first.")
        path = inside[-1].parent / value
        if path.resolve() in {each.resolve() for each in inside}:
            raise ValueError(f"{value} includes itself.")
        self.read(path, as_constraints, inside)

    def _set(self, option: str, value: str, where: str) -> None:
        wanted = self._wanted
        match option:
            case "no-binary":
                wanted.kinds.say_first(value)
            case "only-binary":
                wanted.kinds.say_second(value)
            case "prefer-binary":
                wanted.prefers_wheels = True
            case "pre":
                wanted.releases.say_first(":all:")
            case "all-releases":
                wanted.releases.say_first(value)
            case "only-final":
                wanted.releases.say_second(value)
            case "require-hashes" | "no-require-hashes":
                wanted.requires_hashes = option == "require-hashes"
            case "hash":
                wanted.note(f"{where}: --hash stands alone and is ignored.")
            case _:
                # What follows an option may be a password in a URL: it is not repeated.
                wanted.note(f"{where}: --{option} is ignored, as {_IGNORED[option]}.")


def _parse_hash(value: str) -> str:
    algorithm, _, digest = value.partition(":")
    digest = digest.lower()
    if _SECURE.get(algorithm) != len(digest) or not _HEX.fullmatch(digest):
        raise ValueError(
            f"--hash={value} is not valid: write sha256, sha384 or sha512, a colon and the hex digest."
        )
    return f"{algorithm}:{digest}"
