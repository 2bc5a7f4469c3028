"""Distribution files held against the rules that the server has, by the server's own function."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pypi_app.cli.failures import UsageError

if TYPE_CHECKING:
    from pypi_core.domain.descriptions import RenderDescriptionText
    from pypi_core.domain.distributions import Distribution
    from pypi_core.domain.rules import UploadRules

_ENDINGS = (".whl", ".tar.gz")


def inspect_file(path: Path, rules: UploadRules, render: RenderDescriptionText) -> Distribution:
    """
    Read a wheel or sdist to its end and hold it against *rules*.

    Raises:
        Invalid: With every problem found.
        OSError: The file cannot be read.
    """
    from pypi_core.domain.distributions import inspect_distribution

    with path.open("rb") as archive:
        return inspect_distribution(path.name, archive, rules, render)


def refusal_by_any_index(path: Path) -> str:
    """Return why every index of ours would refuse a file, or nothing: no switch of an index would help."""
    from pypi_core.domain.descriptions import RenderedDescription
    from pypi_core.domain.rules import LENIENT
    from pypi_core.errors import Invalid

    try:
        # Whether descriptions must render is up to the index, so there is no need to try.
        inspect_file(path, LENIENT, lambda _text, _content_type: RenderedDescription(""))
    except Invalid as error:
        return str(error)
    return ""


def distribution_files(names: list[str], *, beside: str = "") -> list[Path]:
    """
    Return the files meant, each once; patterns are expanded where the shell has not done it.

    Names that end in *beside* are left out: ``dist/*`` names what stands beside distributions too.

    Raises:
        UsageError: One is not there, or is nothing that can be published.
    """
    paths: dict[Path, None] = {}
    for name in names:
        found = [name] if Path(name).exists() else _matching(name)
        if not found:
            raise UsageError(f"There is no file {name!r}.")
        for each in map(Path, found):
            if beside and each.name.endswith(beside):
                continue
            if each.is_dir():
                raise UsageError(f"{each} is a folder: name the files in it, as {each}/*.")
            if not each.name.endswith(_ENDINGS):
                raise UsageError(f"{each} is neither a wheel (.whl) nor an sdist (.tar.gz).")
            paths[each] = None
    return list(paths)


def by_release(paths: Iterable[Path]) -> list[list[Path]]:
    """Return *paths* in groups of one release each; a name that is not as it should be is one of its own."""
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
        UsageError: There is no such file, or it is no text.
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
        raise UsageError(f"{path} is no text in UTF-8.") from error
    headers = HeaderParser().parsestr(text)
    return headers.get("Name", "").strip(), headers.get("Version", "").strip(), text
