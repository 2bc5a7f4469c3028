"""Exactly the files that lock files name (PEP 751), from the index that was chosen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from packaging.pylock import Package, PackageSdist, PackageWheel, PylockSelectError
from packaging.utils import NormalizedName

from pypi_api_client import Client
from pypi_api_client.address import origin
from pypi_api_client.errors import BadDownload, ClientError, NotFound
from pypi_api_client.integrity import check_filename
from pypi_api_client.models import FileKind, RemoteFile
from pypi_resolution.chosen import ChosenFile
from pypi_resolution.errors import BadRequirements, NothingFits
from pypi_resolution.target import Target
from pypi_resolution.wanted import WantedLock

# PEP 751 wants at least one that cannot be forged.
_SECURE = {"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s"}


def locked_files(
    client: Client, locks: Iterable[WantedLock], target: Target, kinds: Collection[FileKind]
) -> Iterator[ChosenFile]:
    """
    Yield what each lock file selects for *target*; nothing is searched for and nothing compared.

    Raises:
        BadRequirements: The lock names something that is not a file of an index.
        NothingFits: The lock is not for this target, or the index does not have a file.
        BadDownload: The index lists other digests than the lock.
    """
    for each in locks:
        for package, source in _selected(each, target, kinds):
            yield _chosen(client, each.source, package, source)


def _selected(
    wanted: WantedLock, target: Target, kinds: Collection[FileKind]
) -> Iterator[tuple[Package, PackageWheel | PackageSdist]]:
    known_extras = set(wanted.lock.extras or ())
    known_groups = {*(wanted.lock.dependency_groups or ()), *(wanted.lock.default_groups or ())}
    unknown = [
        *(f"no extra {each!r}" for each in sorted(wanted.extras - known_extras)),
        *(f"no group {each!r}" for each in sorted((wanted.groups or frozenset()) - known_groups)),
    ]
    if unknown:
        raise BadRequirements(f"{wanted.source} has {' and '.join(unknown)}.")
    try:
        selected = list(
            wanted.lock.select(
                environment=target.environment,
                tags=list(target.ranks),
                extras=wanted.extras,
                dependency_groups=wanted.groups,
                prefer_sdist_predicate=lambda _name: FileKind.WHEEL not in kinds,
            )
        )
    except PylockSelectError as error:
        raise NothingFits(f"{wanted.source} does not serve {target}: {error}.") from error
    for package, source in selected:
        if not isinstance(source, PackageWheel | PackageSdist):
            raise BadRequirements(
                f"{wanted.source}: {package.name} comes from a repository, a folder or an archive, not "
                "from an index; only wheels and sdists of indexes can be downloaded."
            )
        kind = FileKind.WHEEL if isinstance(source, PackageWheel) else FileKind.SDIST
        if kind not in kinds:
            raise NothingFits(f"{wanted.source}: {package.name} has no {_word(kinds)} for {target}.")
        yield package, source


def _chosen(client: Client, where: str, package: Package, source: PackageWheel | PackageSdist) -> ChosenFile:
    hashes = {name.lower(): digest.lower() for name, digest in source.hashes.items()}
    if not _SECURE & set(hashes):
        raise BadRequirements(f"{where}: {source.filename} has no hash that can be relied on, as sha256.")
    filename = check_filename(source.filename)
    file = _at_home(client, source, filename, hashes) or _listed(client, where, package.name, filename)
    for name, digest in hashes.items():
        if file.hashes.get(name, digest).lower() != digest:
            raise BadDownload(
                f"{filename} is not what {where} names: its {name} is {file.hashes[name]} on this index and "
                f"{digest} there. Nothing was kept."
            )
    if source.size is not None and file.size not in {None, source.size}:
        raise BadDownload(
            f"{filename} is not what {where} names: it has {file.size} bytes on this index and "
            f"{source.size} there. Nothing was kept."
        )
    return ChosenFile(
        name=package.name,
        version=str(package.version or file.version or ""),
        file=file,
        hashes=frozenset(f"{name}:{digest}" for name, digest in hashes.items()),
    )


def _at_home(
    client: Client, source: PackageWheel | PackageSdist, filename: str, hashes: dict[str, str]
) -> RemoteFile | None:
    """Return the file where the lock says that it is, if that is on the index chosen."""
    try:
        if not source.url or origin(source.url) != origin(client.url):
            return None
    except ClientError:
        return None
    return RemoteFile(filename=filename, url=source.url, hashes=hashes, size=source.size)


def _listed(client: Client, where: str, name: NormalizedName, filename: str) -> RemoteFile:
    try:
        files = client.project_page(name).files
    except NotFound:
        files = ()
    found = next((each for each in files if each.filename == filename), None)
    if found is None:
        raise NothingFits(f"{where} names {filename}, which this index does not have.")
    return found


def _word(kinds: Collection[FileKind]) -> str:
    return "wheel" if FileKind.WHEEL in kinds else "sdist"
