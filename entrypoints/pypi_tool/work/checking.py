"""Local distribution files: which of them are meant, and what an index would say of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pypi_terminal.errors import UsageError

if TYPE_CHECKING:
    from pypi_core.domain.descriptions import RenderDescriptionText
    from pypi_core.domain.rules import UploadRules

_ENDINGS = (".whl", ".tar.gz")
_SIGNATURES = (".asc", ".sig", ".attestation", ".sigstore", ".sigstore.json")


class InspectedFile(NamedTuple):
    """A file that was read to its end: everything wrong with it, and what is worth knowing."""

    path: Path
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def inspect_files(
    paths: Iterable[Path], rules: UploadRules, render: RenderDescriptionText
) -> Iterator[InspectedFile]:
    """
    Check wheels and sdists against *rules*, and against the other files of their release, as a server does.

    Raises:
        OSError: A file cannot be read.
    """
    from pypi_core.domain.distributions import inspect_distribution
    from pypi_core.domain.metadata.import_names import agreed_modules
    from pypi_core.domain.versions import release_key
    from pypi_core.errors import Invalid

    modules: defaultdict[object, frozenset[str]] = defaultdict(frozenset)
    for path in paths:
        warnings: tuple[str, ...] = ()
        try:
            with path.open("rb") as archive:
                distribution = inspect_distribution(path.name, archive, rules, render)
            warnings = distribution.warnings
            release = (distribution.filename.name, release_key(distribution.filename.version))
            modules[release] = agreed_modules(modules[release], distribution.metadata.core)
        except Invalid as error:
            yield InspectedFile(path, tuple(each.message for each in error.problems), warnings)
        else:
            yield InspectedFile(path, (), warnings)


def broken_files(paths: Iterable[Path]) -> dict[Path, str]:
    """
    Return the files that every index of this kind would refuse, whatever its settings, and why.

    Raises:
        OSError: A file cannot be read.
    """
    from pypi_core.domain.descriptions import RenderedDescription
    from pypi_core.domain.rules import LENIENT

    # Whether descriptions must render is up to the index, so there is no need to try.
    inspected = inspect_files(paths, LENIENT, lambda _text, _content_type: RenderedDescription(""))
    return {each.path: " ".join(each.problems) for each in inspected if each.problems}


def unreadable_files(paths: Iterable[Path]) -> dict[Path, str]:
    """Return the files out of which no metadata can be read, so that no form can be filled in, and why."""
    from pypi_api_client.archives import read_metadata
    from pypi_api_client.errors import InvalidDistribution

    found = {}
    for path in paths:
        try:
            read_metadata(path)
        except InvalidDistribution as error:
            found[path] = str(error)
    return found


def distribution_files(names: Iterable[str], *, skip_unsupported: bool = False) -> list[Path]:
    """
    Return the wheels and sdists that are meant, each once; patterns are expanded where the shell did not.

    Signatures and attestations, as ``dist/*`` names them too, are left out.  With *skip_unsupported* so is
    every other file that is neither a wheel nor an sdist.

    Raises:
        UsageError: A file is missing or of another kind, or none is left; every problem is listed.
    """
    paths: dict[Path, None] = {}
    problems: list[str] = []
    foreign = False
    for name in names:
        found = [name] if Path(name).exists() else _matching(name)
        if not found:
            problems.append(f"There is no file {name!r}.")
        for each in map(Path, found):
            if each.name.endswith(_ENDINGS) and not each.is_dir():
                paths[each] = None
            elif each.name.endswith(_SIGNATURES) or skip_unsupported:
                continue
            elif each.is_dir():
                problems.append(f"{each} is a folder: name the files in it, as {each}/*.")
            else:
                foreign = True
                problems.append(f"{each} is neither a wheel (.whl) nor an sdist (.tar.gz).")
    if foreign:
        problems.append("--skip-unsupported leaves such files out.")
    if not paths and not problems:
        problems.append("None of the files is a wheel or an sdist.")
    if problems:
        raise UsageError(" ".join(problems))
    return list(paths)


def by_release(paths: Iterable[Path]) -> list[list[Path]]:
    """Return *paths* by release; a file whose name cannot be read is a group of its own."""
    from pypi_api_client.filenames import name_and_version

    groups: dict[object, list[Path]] = {}
    for each in paths:
        groups.setdefault(name_and_version(each.name) or each, []).append(each)
    return list(groups.values())


def _matching(pattern: str) -> list[str]:
    path = Path(pattern)
    return sorted(map(str, path.parent.glob(path.name))) if path.name else []


def metadata_text(path: Path) -> tuple[str, str, str]:
    """
    Return name, version and text of core metadata: of a METADATA file, or out of a wheel or sdist.

    Name and version are empty where the text has none.

    Raises:
        UsageError: There is no such file, or it is not text.
        InvalidDistribution: It is a wheel or sdist that cannot be read.
    """
    from email.parser import HeaderParser

    from pypi_api_client.archives import read_metadata

    if not path.is_file():
        raise UsageError(f"There is no file {str(path)!r}.")
    content = read_metadata(path) if path.name.endswith(_ENDINGS) else path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text.") from error
    headers = HeaderParser().parsestr(text)
    return headers.get("Name", "").strip(), headers.get("Version", "").strip(), text
