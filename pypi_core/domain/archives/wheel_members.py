"""The members of a wheel, each decompressed once, and the few files in it that are read."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, Final

from pypi_core.domain.archives import entry_points, record, wheel_file
from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.inflating import inflate
from pypi_core.domain.archives.zip_framing import ZipFrame
from pypi_core.domain.archives.zip_records import Member
from pypi_core.domain.filenames import DistributionFilename
from pypi_core.domain.metadata.bounds import LARGEST_METADATA
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid, shown

# What is read whole, and how large it may be; RECORD may be as large as its rows make it.
_DOCUMENTS: Final = {
    "METADATA": LARGEST_METADATA,
    "WHEEL": wheel_file.LARGEST,
    "entry_points.txt": entry_points.LARGEST,
}


class WheelMembers:
    """
    What is in a wheel; to construct it reads the archive to its end.

    With *any_spelling* the ``.dist-info`` folder may spell project and version another way than the file
    name, as it does where a tool normalised the name of a file that was built before names were.

    Attributes:
        dist_info: The name of its ``.dist-info`` folder.
        sizes: The size of each file by its name; folders are left out.
        documents: The content of METADATA and, where they are, of WHEEL, RECORD and ``entry_points.txt``.

    Raises:
        InvalidArchive: It has no METADATA, not one ``.dist-info`` folder of the right name, or a
            member that is not what its headers say.
    """

    def __init__(
        self,
        filename: DistributionFilename,
        archive: BinaryIO,
        frame: ZipFrame,
        *,
        any_spelling: bool = False,
    ) -> None:
        self._frame = frame
        self._files = {member.name: member for member in frame.members if not member.is_folder}
        self._digests: dict[str, bytes] = {}
        self.sizes = {name: member.size for name, member in self._files.items()}
        self.documents: dict[str, bytes] = {}
        self.dist_info = self._find_folder(filename, any_spelling=any_spelling)
        self._wanted = self._find_documents()
        for member in frame.walk():
            self._digests[member.name] = self._read(archive, member)

    def below(self, folder: str) -> list[str]:
        """Return the files below a folder in ``.dist-info``, relative to it, sorted."""
        path = f"{self.dist_info}/{folder}/"
        return sorted(name.removeprefix(path) for name in self._files if name.startswith(path))

    def digest_of(self, name: str, algorithm: str) -> bytes:
        """Return a digest of the content of one file."""
        if algorithm == "sha256":
            return self._digests[name]
        # Hardly any RECORD tells another one, so only that is worth a second reading.
        member = self._files[name]
        digest = hashlib.new(algorithm)
        for piece in inflate(self._frame.data_of(member), member):
            digest.update(piece)
        return digest.digest()

    def _read(self, archive: BinaryIO, member: Member) -> bytes:
        digest = hashlib.sha256()
        if document := self._wanted.get(member.name):
            self.documents[document] = content = b"".join(inflate(archive, member))
            digest.update(content)
        else:
            for piece in inflate(archive, member):
                digest.update(piece)
        return digest.digest()

    def _find_folder(self, filename: DistributionFilename, *, any_spelling: bool) -> str:
        expected = f"{filename.literal_name}-{filename.literal_version}.dist-info"
        tops = {member.name.partition("/")[0] for member in self._frame.members}
        found = sorted(top for top in tops if top.endswith(".dist-info"))
        # Deeper ones are of vendored packages.
        if found == [expected] or (any_spelling and len(found) == 1 and _means(found[0], filename)):
            return found[0]
        listed = ", ".join(map(shown, found[:3])) or "none"
        raise refusal(
            f"its file name demands {shown(expected)} as the one such folder at the top level; "
            f"there is {listed}"
        )

    def _find_documents(self) -> dict[str, str]:
        limits = {**_DOCUMENTS, "RECORD": record.largest_record(self.sizes)}
        for name, largest in limits.items():
            size = self.sizes.get(f"{self.dist_info}/{name}", 0)
            if size > largest:
                raise refusal(f"its {name} is larger than {largest} bytes")
        if f"{self.dist_info}/METADATA" not in self.sizes:
            raise refusal(f"it has no {self.dist_info}/METADATA")
        return {f"{self.dist_info}/{name}": name for name in limits}


def _means(folder: str, filename: DistributionFilename) -> bool:
    """Return whether a ``.dist-info`` folder names the project and version of a file, however spelt."""
    name, _, version = folder.removesuffix(".dist-info").rpartition("-")
    try:
        return parse_project_name(name) == filename.name and parse_version(version) == filename.version
    except Invalid:
        return False
