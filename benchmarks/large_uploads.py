"""Uploading a wheel of 100 MiB, compared with what its bytes must go through in any case."""

from __future__ import annotations

import hashlib
import io
import re
import socket
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pypi_contracts.builders import BuiltDistribution
from running import Server, server

ROUNDS = 5
LARGE = 100 * 1024 * 1024


def main() -> None:
    """Measure side by side and print medians."""
    payload = Payload.of_this_environment()
    print(f"a wheel of {len(payload.archive) / 2**20:.0f} MiB, {payload.size / 2**20:.0f} MiB unpacked")
    rows = []
    with server() as ours, tempfile.NamedTemporaryFile(suffix=".whl") as file:
        for number in range(ROUNDS):
            wheel = payload.wheel(f"large-{number}")
            file.seek(0)
            file.truncate()
            file.write(wheel.content)
            file.flush()
            request = upload_request(ours, wheel)
            hashing = seconds(lambda wheel=wheel: hash_twice(wheel.content))
            testing = seconds(lambda: subprocess.run(["unzip", "-tqq", file.name], check=True))
            uploading = seconds(lambda request=request: send(ours, request))
            rows.append((hashing, testing, uploading, uploading / (hashing + testing)))
    names = ("sha256 and BLAKE2", "unzip -t", "upload", "upload / (hashing + unzip -t)")
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        print(f"{name}: {statistics.median(column):.2f}, from {min(column):.2f} to {max(column):.2f}")


class Payload:
    """
    The members that make a wheel large: libraries and sources, as they compress in real wheels.

    Attributes:
        archive: A ZIP of them.
        size: How many bytes they unpack to.
    """

    def __init__(self) -> None:
        self._content = io.BytesIO()
        self._record: list[str] = []
        self.size = 0

    @property
    def archive(self) -> bytes:
        """The bytes of the ZIP so far."""
        return self._content.getvalue()

    @classmethod
    def of_this_environment(cls) -> Payload:
        """Return what is installed here, again and again until it is enough."""
        payload = cls()
        with zipfile.ZipFile(payload._content, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, content in enumerate(installed_files()):
                payload._add(archive, f"large/{number:05}.bin", content)
                if payload._content.tell() > LARGE:
                    break
        return payload

    def wheel(self, name: str) -> BuiltDistribution:
        """Return a wheel of these members of which there is no other."""
        stem = f"{name.replace('-', '_')}-1.0"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n\n".encode()
        tags = b"Wheel-Version: 1.0\nGenerator: benchmark\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        lines = list(self._record)
        content = io.BytesIO(self.archive)
        with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
            for member, data in (("METADATA", metadata), ("WHEEL", tags)):
                archive.writestr(f"{stem}.dist-info/{member}", data)
                lines.append(record_line(f"{stem}.dist-info/{member}", data))
            archive.writestr(f"{stem}.dist-info/RECORD", "".join([*lines, f"{stem}.dist-info/RECORD,,\n"]))
        return BuiltDistribution(
            filename=f"{stem}-py3-none-any.whl",
            content=content.getvalue(),
            metadata=metadata,
            filetype="bdist_wheel",
            pyversion="py3",
        )

    def _add(self, archive: zipfile.ZipFile, name: str, content: bytes) -> None:
        archive.writestr(name, content)
        self._record.append(record_line(name, content))
        self.size += len(content)


def installed_files() -> Iterator[bytes]:
    """Yield the files installed here, over and over; each time with another first line."""
    folders = [Path(sysconfig.get_path(each)) for each in ("platlib", "stdlib")]
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    for turn in range(100):
        for file in files:
            yield b"%d" % turn + file.read_bytes()


def record_line(name: str, content: bytes) -> str:
    """Return the line that RECORD has for a member."""
    digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def hash_twice(content: bytes) -> None:
    """Compute the two digests on one thread."""
    hashlib.sha256(content)
    hashlib.blake2b(content, digest_size=32)


def upload_request(to: Server, wheel: BuiltDistribution) -> bytes:
    """Return the whole request, so that the client costs next to nothing."""
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    fields = "".join(part.format(name, value) for name, value in wheel.form_fields())
    file = f'--b\r\nContent-Disposition: form-data; name="content"; filename="{wheel.filename}"\r\n\r\n'
    body = b"".join([fields.encode(), file.encode(), wheel.content, b"\r\n--b--\r\n"])
    head = (
        f"POST /legacy/ HTTP/1.1\r\nHost: {urlsplit(to.url).netloc}\r\nAuthorization: Bearer {to.token}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body


def send(to: Server, request: bytes) -> None:
    """Send a request and read the answer, which must be 200."""
    place = urlsplit(to.url)
    with socket.create_connection((place.hostname or "", place.port or 0)) as connection:
        connection.sendall(request)
        answer = connection.makefile("rb").read()
    if not re.match(rb"HTTP/1.1 200 ", answer):
        sys.exit(answer.decode("utf-8", "replace"))


def seconds(work: Callable[[], object]) -> float:
    """Return how long *work* takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
