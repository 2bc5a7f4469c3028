"""Reading a wheel to its end, compared with its digests and with ``unzip -t`` over the same bytes."""

from __future__ import annotations

import io
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import BinaryIO

from large_uploads import Payload, hash_twice, seconds
from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_core.domain.archives.wheels import read_wheel
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.rules import PUBLIC

ROUNDS = 7
SMALL_ROUNDS = 200
SMALL_MEMBERS = 46
"""With METADATA, WHEEL, entry points and RECORD they are 50."""


def main() -> None:
    """Measure side by side and print medians and ratios."""
    large = Payload.of_this_environment().wheel("large-1")
    measure("many members, as they are installed here", large)
    measure("few members, half of them compressible", few_members())
    small = build_wheel(
        "small", "1.0", modules={f"small/{n}.py": f"x = {n}\n" * 300 for n in range(SMALL_MEMBERS)},
        scripts={"small": "small:main"},
    )  # fmt: skip
    times = [seconds(lambda: read(small, io.BytesIO(small.content))) for _ in range(SMALL_ROUNDS)]
    print(f"a wheel of {SMALL_MEMBERS + 4} members: {statistics.median(times) * 1000:.2f} ms")


def measure(what: str, wheel: BuiltDistribution) -> None:
    """Print how long one wheel takes in each way, in alternating rounds."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / wheel.filename
        file.write_bytes(wheel.content)
        for _round in range(ROUNDS):
            hashing = seconds(lambda: hash_twice(wheel.content))
            testing = seconds(lambda: subprocess.run(["unzip", "-tqq", str(file)], check=True))
            with file.open("rb") as archive:
                reading = seconds(lambda archive=archive: read(wheel, archive))
            rows.append((hashing, testing, reading, reading / (hashing + testing)))
    print(f"{what}: {len(wheel.content) / 2**20:.0f} MiB")
    names = ("sha256 and BLAKE2", "unzip -t", "read_wheel", "read_wheel / (hashing + unzip -t)")
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        print(f"  {name}: {statistics.median(column):.2f}, from {min(column):.2f} to {max(column):.2f}")


def few_members() -> BuiltDistribution:
    """Return a wheel of 64 MiB that do not compress, and of libraries' worth of text."""
    modules = {
        f"large/{part}.txt": "".join(f"{n} {n * n} {hash((part, n)):x}\n" for n in range(600_000))
        for part in range(4)
    }
    return build_wheel("large", "1.0", modules=modules, padding=64 * 1024 * 1024)


def read(wheel: BuiltDistribution, archive: BinaryIO) -> None:
    """Hold a wheel against all rules; there must be nothing to tell."""
    contents = read_wheel(parse_filename(wheel.filename), archive, PUBLIC)
    if contents.problems:
        raise SystemExit(contents.problems[0].message)


if __name__ == "__main__":
    main()
