"""
The build backend inside of every sdist that the builders make (PEP 517), stdlib alone.

Its source is copied into the sdist, so it imports nothing of this project.  The sdist
holds the members of its wheel in the folder ``wheel``; to build means to pack them.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

# The same bytes each time, whatever the clock says.
_MOMENT = (2020, 2, 2, 0, 0, 0)
_REGULAR_FILE = 0o100644 << 16


def build_wheel(
    wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None
) -> str:
    """Write the wheel into *wheel_directory* and return its file name (PEP 517)."""
    root = Path("wheel")
    members = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    [dist_info] = (name.partition("/")[0] for name in members if name.endswith(".dist-info/WHEEL"))
    filename = f"{dist_info.removesuffix('.dist-info')}-py3-none-any.whl"
    (Path(wheel_directory) / filename).write_bytes(pack_wheel(members, dist_info))
    return filename


def pack_wheel(members: Mapping[str, bytes], dist_info: str) -> bytes:
    """
    Return a wheel of *members* and of the RECORD that lists them.

    Members of folders named ``*.dist-info`` stand at the end, as PEP 427 recommends; what
    is called ``*.bin`` is stored without compression.
    """
    record = f"{dist_info}/RECORD"
    ordered = sorted(members.items(), key=lambda member: (member[0].startswith(f"{dist_info}/"), member[0]))
    rows = io.StringIO()
    table = csv.writer(rows, lineterminator="\n")
    table.writerows([name, _record_digest(content), len(content)] for name, content in ordered)
    table.writerow([record, "", ""])
    return zip_members([*ordered, (record, rows.getvalue().encode())])


def zip_members(members: list[tuple[str, bytes]]) -> bytes:
    """Return a ZIP of *members* in their order, without data descriptors and extra fields."""
    # A buffer can be sought in: sizes are put into the local headers afterwards, and no
    # descriptor is needed behind the data, which indexes refuse.
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members:
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.create_system = 3
            entry.external_attr = _REGULAR_FILE
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".bin") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return content.getvalue()


def _record_digest(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.rstrip(b'=').decode()}"
