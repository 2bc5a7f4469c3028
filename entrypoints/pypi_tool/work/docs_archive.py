"""A folder of documentation, packed into the ZIP that an index takes."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pypi_terminal.errors import UsageError


@contextmanager
def documentation_archive(path: Path) -> Iterator[Path]:
    """
    Give the ZIP at *path*, or one of the folder there, which exists until the block ends.

    Raises:
        UsageError: There is nothing at *path*, or the folder cannot be packed.
    """
    if not path.exists():
        raise UsageError(f"There is no {str(path)!r}.")
    if not path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        yield pack_documentation(path, Path(folder))


def pack_documentation(folder: Path, into: Path) -> Path:
    """
    Pack everything in *folder* and return the ZIP, which is in the folder *into*.

    Links to files and folders inside *folder* are followed: the ZIP has what a browser would see.

    Raises:
        UsageError: There is no ``index.html``, or something in the folder cannot be packed: a link that leads
            out of it, to nothing or around in a circle, or what is neither a file nor a folder.
        OSError: Something cannot be read.
    """
    if not (folder / "index.html").is_file():
        raise UsageError(f"{folder} has no index.html: name the folder in which it is.")
    archive = into / "docs.zip"
    # Dates before 1980, which reproducible builds use, become that year.
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
        for path in _files(folder, folder, ()):
            packed.write(path, path.relative_to(folder).as_posix())
    return archive


def _files(top: Path, folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files in *folder*, which is below *top*; *above* are the real folders on the way to it."""
    here = folder.resolve()
    for path in sorted(folder.iterdir()):
        _check_name(path)
        if path.is_symlink():
            _check_link(top, path, (*above, here))
        if path.is_dir():
            yield from _files(top, path, (*above, here))
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"{path} is neither a file nor a folder: remove it.")


def _check_name(path: Path) -> None:
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        shown = path.name.encode("utf-8", "backslashreplace").decode()
        raise UsageError(
            f"The name of {shown} in {path.parent} is not UTF-8, so no browser could ask for it: "
            "rename the file."
        ) from error


def _check_link(top: Path, path: Path, above: tuple[Path, ...]) -> None:
    """
    Refuse a link that cannot be followed.

    Raises:
        UsageError: It leads out of *top*, to nothing, or to one of the folders *above*.
    """
    try:
        target = path.resolve(strict=True)
    except FileNotFoundError as error:
        raise UsageError(f"{path} links to nothing: correct or remove the link.") from error
    except (OSError, RuntimeError) as error:
        # Python 3.13 and later raise an OSError for a loop, earlier ones a RuntimeError.
        raise UsageError(f"{path} links to itself: correct or remove the link.") from error
    if not target.is_relative_to(above[0]):
        raise UsageError(
            f"{path} links out of {top}, to {target}: replace the link by a copy, or remove it. Nothing "
            "outside the folder is published."
        )
    if target in above:
        raise UsageError(f"{path} links to a folder that contains it: remove the link.")
