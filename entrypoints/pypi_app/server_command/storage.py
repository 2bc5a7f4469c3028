"""The command that moves stored files to another store: ``storage copy``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.parameters import Threads
from pypi_app.server_command.results import CopiedStore
from pypi_app.server_command.side_by_side import SideBySide
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.quantities import counted, file_size

if TYPE_CHECKING:
    from pypi_app.settings import Settings
    from pypi_core.ports.blobs import Store
    from pypi_core.ports.environment import Randomness


def copy(
    *, to: Annotated[Path, Parameter(show_default=False)], threads: Threads = 4, context: CommandContext
) -> int:
    """
    Copy all listed files, metadata and documentation to another store; exit code 1 if any is damaged.

    May run beside servers, and be repeated: what is there already is not copied again. Each object is checked
    by its digest on the way; one that is damaged is named and left out.

    Parameters
    ----------
    to
        A TOML file that describes the other store in its table [blobs]; its bucket or folder is made if it
        is missing.
    """
    from pypi_core.use_cases.upkeep.copy_blobs import CopyBlobs, CopyState

    states: Counter[CopyState] = Counter()
    size = 0
    damaged = []
    with context.container() as container:
        target = _store(container.settings(), to, container.randomness())
        copy_blobs = CopyBlobs(container.database().open_site_snapshot, container.blobs(), target)
        with context.output.progress("copying", None) as show:
            for each in copy_blobs(map_all=SideBySide(threads)):
                states[each.state] += 1
                if each.state is CopyState.COPIED:
                    size += each.size
                elif each.state is CopyState.DAMAGED:
                    damaged.append(each.key.path)
                    context.output.line(f"damaged: {each.key.path}")
                if show:
                    show(size)
    result = CopiedStore(
        copied=states[CopyState.COPIED],
        bytes=size,
        present=states[CopyState.PRESENT],
        unlisted=states[CopyState.UNLISTED],
        damaged=tuple(damaged),
    )
    context.output.result(result, _summary(result))
    return ExitCode.FAILED if damaged else ExitCode.DONE


def _summary(result: CopiedStore) -> Iterable[str]:
    if result.copied:
        yield f"Copied {counted(result.copied, 'object')} ({file_size(result.bytes)})."
        yield "Run it again for what was uploaded meanwhile."
    elif not result.damaged:
        yield "Nothing is left to copy."
    yield f"There before: {counted(result.present, 'object')}."
    if result.unlisted:
        yield f"Left out, because no index lists them: {counted(result.unlisted, 'object')}."
    if result.damaged:
        yield (
            f"Damaged and not copied: {counted(len(result.damaged), 'object')}. "
            "`pypi-server check --thorough --repair` names and repairs files."
        )


def _store(settings: Settings, file: Path, randomness: Randomness) -> Store:
    """
    Return the store that *file* describes, made if it is missing.

    Raises:
        SettingsError: It does not describe one, or what it needs is missing.
        UsageError: It is the only one that the index has.
        Unavailable: It does not answer, or refuses.
    """
    from pypi_app.builders import build_bucket, build_bucket_store, build_folder_store
    from pypi_app.settings_sources import load_store
    from pypi_blobs.s3_settings import S3Blobs
    from pypi_terminal.errors import UsageError

    described = load_store(file)
    if settings.blobs.fallback is None and settings.is_same_store(settings.blobs, described):
        raise UsageError(f"{file} describes the store that is in use: there is nothing to copy.")
    if not isinstance(described, S3Blobs):
        return build_folder_store(str(file), settings.folder_of(described), randomness)
    bucket = build_bucket(settings, described, rf"blobs.\1 in {file.as_posix()}")
    bucket.create()
    return build_bucket_store(str(file), bucket, randomness)
