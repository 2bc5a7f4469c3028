"""What is read out of an archive, and what is refused (``docs/protocol/validation.md``)."""

from __future__ import annotations

import email
import io
import posixpath
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from packaging.metadata import InvalidMetadata, Metadata, parse_email
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from second_server.state import INVALID, Refusal, normalized, parsed_version

_SINGLE = (
    "summary", "description", "description_content_type", "author", "author_email", "maintainer",
    "maintainer_email", "license", "license_expression", "home_page", "download_url", "requires_python",
)  # fmt: skip
_MANY = {
    "keywords": "keywords", "license_files": "license_files", "classifiers": "classifiers",
    "platforms": "platforms", "supported_platforms": "supported_platforms", "requires_dist": "requires_dist",
    "requires_external": "requires_external", "provides_dist": "provides_dist",
    "obsoletes_dist": "obsoletes_dist", "requires": "requires", "provides": "provides",
    "obsoletes": "obsoletes", "provides_extra": "provides_extra", "dynamic": "dynamic",
}  # fmt: skip


def refusal(code: str, sentence: str, where: str = "content") -> Refusal:
    return Refusal(INVALID, code, sentence, [(where, sentence)])


def check_filename(filename: str) -> tuple[str, Version]:
    """Return the normalised name and the version that a file name names."""
    if (
        not filename
        or len(filename.encode()) > 246
        or any(each in "/\\" or ord(each) < 32 for each in filename)
    ):
        raise refusal("invalid-filename", f"{filename[:60]!r} cannot be the name of a file.")
    try:
        if filename.endswith(".whl"):
            name, version = parse_wheel_filename(filename)[:2]
        elif filename.endswith(".tar.gz"):
            name, version = parse_sdist_filename(filename)
        else:
            raise ValueError
    except ValueError:
        raise refusal("invalid-filename", f"{filename!r} is neither a wheel nor an sdist.") from None
    escaped = name.replace("-", "_")
    if not filename.startswith(f"{escaped}-{version}"):
        raise refusal("invalid-filename", f"{filename} should begin with {escaped}-{version}.")
    return name, version


def read_archive(filename: str, content: bytes) -> bytes:
    """Return the METADATA or PKG-INFO of a file."""
    try:
        return _read_wheel(filename, content) if filename.endswith(".whl") else _read_sdist(content)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        OSError,
        EOFError,
        KeyError,
        ValueError,
    ) as error:
        raise refusal("invalid-archive", f"{filename} cannot be read: {error}.") from error


def _read_wheel(filename: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if archive.testzip() is not None:
            raise zipfile.BadZipFile("a checksum is wrong")
        info = "-".join(filename.split("-")[:2]) + ".dist-info"
        for each in ("WHEEL", "RECORD"):
            archive.getinfo(f"{info}/{each}")
        return archive.read(f"{info}/METADATA")


def _read_sdist(content: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            folder, _, path = member.name.partition("/")
            if path == "PKG-INFO" and folder and member.isfile():
                found = archive.extractfile(member)
                return found.read() if found else b""
    raise KeyError("PKG-INFO")


def read_metadata(text: bytes) -> dict[str, Any]:
    """Return the members of MetadataDescription, with ``name`` and ``version`` besides."""
    raw, _unknown = parse_email(text)
    problems = [
        (each, f"{each} is missing.") for each in ("metadata_version", "name", "version") if not raw.get(each)
    ]
    if not problems:
        try:
            Metadata.from_raw(raw, validate=True)
        except ExceptionGroup as group:
            problems = [
                (getattr(each, "field", "").lower().replace("-", "_"), str(each))
                for each in group.exceptions
                if isinstance(each, InvalidMetadata)
            ]
    if problems:
        raise Refusal(INVALID, "invalid-metadata", " ".join(each for _, each in problems), problems)
    values: dict[str, Any] = dict(raw)
    # The name that its author gave, not a normalised one.
    values["name"] = email.message_from_bytes(text)["Name"]
    return values


def described(values: dict[str, Any]) -> dict[str, Any]:
    """Return metadata as the protocol describes it."""
    found = {"metadata_version": values["metadata_version"]}
    found |= {each: values[each] for each in _SINGLE if values.get(each)}
    found |= {each: list(values[source]) for each, source in _MANY.items() if values.get(source)}
    if values.get("project_urls"):
        found["project_urls"] = dict(values["project_urls"])
    return found


def inspect(filename: str, content: bytes, name: str, version: Version) -> tuple[bytes, dict[str, Any]]:
    """Return the metadata of a file that may be published for *name* and *version*."""
    of_file = check_filename(filename)
    metadata = read_archive(filename, content)
    values = read_metadata(metadata)
    inside = canonicalize_name(values["name"]), Version(values["version"])
    if of_file != inside or inside != (normalized(name), version):
        raise refusal(
            "invalid-filename", f"{filename} is of {inside[0]} {inside[1]}, not of {name} {version}."
        )
    return metadata, values


def read_documentation(archive: bytes, fault: Callable[[str], bool] = lambda _: False) -> dict[str, bytes]:
    """Return the pages of a ZIP of documentation, by their paths."""
    problems: list[tuple[str, str]] = []
    pages: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as found:
            for member in found.infolist():
                path = member.filename.lower() if fault("docs: names in lower case") else member.filename
                if fault("docs: paths lead out"):
                    pages[path] = found.read(member)
                elif path.startswith("/") or "\\" in path or posixpath.normpath(path).startswith(".."):
                    problems.append(("documentation.zip", f"{path} leads out of the folder."))
                elif path in pages:
                    problems.append(("documentation.zip", f"{path} is there twice."))
                elif not path.endswith("/"):
                    pages[path] = found.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        problems = [("documentation.zip", f"The ZIP cannot be read: {error}.")]
    else:
        if "index.html" not in pages:
            problems.append(("documentation.zip", "There is no index.html at the top."))
    if problems and fault("docs: one problem alone"):
        problems = problems[:1]
    if problems:
        raise Refusal(INVALID, "invalid-documentation", " ".join(each for _, each in problems), problems)
    return pages


def version_of(text: str) -> Version:
    return parsed_version(text)
