"""Fuzz the reading of lock files and project files: nothing but errors of the client may be raised."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_resolution", "packaging", "tomllib"):
    from packaging.pylock import PylockSelectError

    from pypi_api_client.errors import ClientError
    from pypi_resolution import parse_target, read_wanted

from tests.fuzz import costly

TARGET = parse_target("3.12", ["manylinux_2_28_x86_64"])


def lock(data: bytes) -> None:
    """Read *data* as a lock file and select what is for one target."""
    with tempfile.TemporaryDirectory(prefix="fuzzing-lock-") as folder:
        file = Path(folder) / "pylock.toml"
        file.write_bytes(data)
        try:
            wanted = read_wanted([], [file])
        except ClientError as error:
            assert str(error)
            return
    for each in wanted.locks:
        try:
            list(each.lock.select(environment=TARGET.environment, tags=list(TARGET.ranks)))
        except PylockSelectError as error:
            assert str(error)


def project(data: bytes) -> None:
    """Read *data* as the file of a project."""
    with tempfile.TemporaryDirectory(prefix="fuzzing-lock-") as folder:
        file = Path(folder) / "pyproject.toml"
        file.write_bytes(data)
        try:
            read_wanted([], [file], groups=["a"], extras=["b"])
        except ClientError as error:
            assert str(error)


def locks() -> Iterator[bytes]:
    """Yield lock files."""
    filename = "a-1-py3-none-any.whl"
    wheel = f'{{name = "{filename}", url = "https://index.example/{filename}", hashes = {{sha256 = "00"}}}}'
    yield (
        'lock-version = "1.0"\nrequires-python = ">=3.9"\nenvironments = ["os_name == \'posix\'"]\n'
        'extras = ["b"]\ndependency-groups = ["a"]\ndefault-groups = ["a"]\ncreated-by = "me"\n'
        '[[packages]]\nname = "a"\nversion = "1"\nmarker = "python_version > \'3\' and \'b\' in extras"\n'
        f"wheels = [{wheel}]\nsdist = {wheel.replace('-py3-none-any.whl', '.tar.gz')}\n"
    ).encode()
    yield b'lock-version = "1.0"\ncreated-by = "me"\npackages = []\n'


def projects() -> Iterator[bytes]:
    """Yield files of projects."""
    yield (
        b'[project]\nname = "x"\nrequires-python = ">=3.9"\ndependencies = ["a>=1; os_name==\'posix\'"]\n'
        b'[project.optional-dependencies]\nb = ["c", "x[b]"]\n'
        b'[dependency-groups]\na = ["d", {include-group = "e"}]\ne = ["f"]\n'
    )


if __name__ == "__main__":
    run(
        {
            b"l": (lock, lambda: chain(locks(), costly.toml_texts())),
            b"p": (project, lambda: chain(projects(), costly.toml_texts())),
        }
    )
