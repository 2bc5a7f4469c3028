"""The commands ``backup`` and ``restore``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.parameters import Threads
from pypi_app.server_command.progress import Progress
from pypi_app.server_command.results import BackedUp, Restored
from pypi_app.server_command.side_by_side import SideBySide
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Flag
from pypi_terminal.quantities import counted, file_size

if TYPE_CHECKING:
    from pypi_app.backups.folder import BackupFolder
    from pypi_app.container import Container
    from pypi_app.settings import Settings
    from pypi_terminal.output import Output

_NEVER_SERIAL = 2**62


def backup(folder: Path, /, *, threads: Threads = 4, context: CommandContext) -> int:
    """
    Back up all rows and stored files, as of one moment, while servers go on.

    The exit code is 1 if the index has lost files; the others are backed up. Run it again with the same
    folder: what is there already is not copied again, and the backup before is valid until the new one is
    complete. The folder has password hashes and private files: keep it as safe as the index.

    Parameters
    ----------
    folder
        The folder of the backup; it is made if it is missing.
    """
    from pypi_app.backups.back_up import BackUp
    from pypi_app.backups.settings_text import settings_text

    with context.container() as container, _explained(folder) as target:
        settings = container.settings()
        _require_apart(target, settings)
        back_up = BackUp(
            folder=target,
            database=container.database(),
            blobs=container.blobs(),
            settings_text=settings_text(settings),
            clock=container.clock(),
            randomness=container.randomness(),
        )
        manifest, copied = back_up(Progress(context.output), SideBySide(threads))
    result = BackedUp(
        folder=str(target.path),
        made=manifest.made,
        serials=manifest.serials,
        rows=manifest.rows,
        files=manifest.files,
        bytes=manifest.bytes,
        copied_files=copied.files,
        copied_bytes=copied.bytes,
        damaged=manifest.damaged,
    )
    context.output.result(result, _backed_up(result))
    return ExitCode.FAILED if manifest.damaged else ExitCode.DONE


def restore(
    folder: Path,
    /,
    *,
    force: Flag = False,
    seen_serial: Annotated[int, Parameter(show_default=False)] = 0,
    threads: Threads = 4,
    context: CommandContext,
) -> int:
    """
    Restore a backup into an empty database and its store, of whatever kind they are.

    Stop the servers and workers before, start them after. It can be interrupted and run again. Serials never
    go back: where a higher one was seen, they go on above it, and mirrors are told what to fetch again.

    Parameters
    ----------
    folder
        The folder that `pypi-server backup` was given.
    force
        Replace all rows of a database that is not empty.
    seen_serial
        The highest serial that a mirror has seen, where the database that knew it is lost.
    """
    from pypi_app.backups.restore import Restore
    from pypi_core.ports.blobs import Store
    from pypi_terminal.errors import UsageError

    if not 0 <= seen_serial <= _NEVER_SERIAL:
        raise UsageError("--seen-serial is a serial that a mirror has seen: a number, 0 or more.")
    with _explained(folder) as source:
        # Before anything is made for it.
        source.manifest()
        with context.container(creates=True) as container:
            _require_apart(source, container.settings())
            run = Restore(
                folder=source,
                database=container.database(),
                store=Store(name="blobs", blobs=container.blobs(), staging=container.staging()),
                clock=container.clock(),
                randomness=container.randomness(),
                replaces=force,
                seen=seen_serial,
            )
            manifest, copied = run(Progress(context.output), SideBySide(threads))
            _rebuild_search(container, context.output)
            serials = {str(name): int(serial) for name, serial in container.database().serials().items()}
    result = Restored(
        made=manifest.made,
        serials=serials,
        rows=manifest.rows,
        files=manifest.files,
        bytes=manifest.bytes,
        copied_files=copied.files,
        copied_bytes=copied.bytes,
        damaged=manifest.damaged,
    )
    context.output.result(result, _restored(result))
    return ExitCode.FAILED if manifest.damaged else ExitCode.DONE


def _backed_up(result: BackedUp) -> Iterator[str]:
    files = f"{counted(result.files, 'file')} ({file_size(result.bytes)})"
    yield f"Backed up {counted(result.rows, 'row')} and {files}."
    yield f"Copied {counted(result.copied_files, 'file')} ({file_size(result.copied_bytes)})."
    yield from (f"{index}: serial {serial}" for index, serial in result.serials.items())
    yield from (f"missing or damaged, not backed up: {each}" for each in result.damaged)


def _restored(result: Restored) -> Iterator[str]:
    when = f"{result.made:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Restored {counted(result.rows, 'row')} and {counted(result.files, 'file')} as of {when}."
    yield from (f"{index}: serial {serial}" for index, serial in result.serials.items())
    yield from (
        f"not in the backup, because it was missing or damaged already: {each}" for each in result.damaged
    )
    yield "Tokens revoked and accounts disabled since then are valid again: revoke and disable them again."


@contextmanager
def _explained(folder: Path) -> Iterator[BackupFolder]:
    """Say of an error of the system that it is about the folder."""
    from pypi_app.backups.folder import BackupFolder, unusable

    backup = BackupFolder(folder)
    try:
        yield backup
    except OSError as error:
        raise unusable(backup.path, error) from error


def _require_apart(folder: BackupFolder, settings: Settings) -> None:
    """
    Refuse to use the server's own files as a backup of them.

    Raises:
        UsageError: The folder is one that the server writes to.
    """
    from pypi_app.settings import LocalBlobs
    from pypi_terminal.errors import UsageError

    own = [settings.data_folder]
    own += [settings.folder_of(each) for each in settings.stores.values() if isinstance(each, LocalBlobs)]
    if any(
        folder.path.resolve() == each.resolve() or each.resolve() == folder.blobs.resolve() for each in own
    ):
        raise UsageError(
            f"{folder.path} is where the server keeps its data: name another folder for the backup."
        )


def _rebuild_search(container: Container, output: Output) -> None:
    """Rebuild searches that know what was there before; the worker fills those that are empty."""
    from pypi_core.errors import Unavailable

    site = container.site()
    for each in site.indexes():
        try:
            if not container.search(each.name).is_empty():
                site.index(each.name).rebuild_search()
        except Unavailable as error:
            output.problem(
                f"The search of {each.name} was not rebuilt: {error} Run `pypi-server search rebuild`."
            )
