"""``pypi-cli download``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Flag
from pypi_tool.context import CommandContext, Context
from pypi_tool.work.choosing import EVERYTHING, Choosing

if TYPE_CHECKING:
    from pypi_api_client import Client
    from pypi_resolution.chosen import ChosenFile
    from pypi_tool.results import DownloadedFile


def download(
    requirements: list[str] | None = None,
    /,
    *,
    dest: Annotated[Path, Parameter(name=["--dest", "-d"])] = Path(),
    all_files: Flag = False,
    docs: Flag = False,
    choosing: Choosing = EVERYTHING,
    context: CommandContext,
) -> int:
    """
    Download distributions and everything they depend on: one file per project.

    For each project the highest version that fits is chosen, as pip does: no pre-release unless there is
    nothing else or it is asked for, nothing yanked unless pinned exactly. Of its files the best wheel is
    chosen, or the sdist if no wheel fits. Nothing is built. If only the code of an sdist can say what it
    depends on, that code is run only if --build permits it; a person at a terminal is asked. Each file is
    verified before it appears under its name; a good copy that is already there is left alone.

    ```
    pypi-cli download "hello-index>=1,<2" other==2.0 --dest wheels
    pypi-cli download -r requirements.txt --python 3.12 --platform manylinux2014_x86_64 --wheel
    pypi-cli download -r pyproject.toml --group test
    pypi-cli download hello-index==1.0 --docs
    ```

    Parameters
    ----------
    requirements
        Projects, with or without versions: NAME, NAME==VERSION, "NAME[EXTRA]>=1,<2".
    dest
        The folder to store files in; it is created if it is missing.
    all_files
        Download all files of the named releases, for every Python and platform, without dependencies.
    docs
        Download the documentation of the named releases, each as a ZIP.
    """
    from pypi_tool.results import DownloadedFiles

    if docs and all_files:
        raise UsageError("--all-files cannot be combined with --docs: a release has one documentation.")
    names = requirements or []
    with context.client(redirect_hosts=choosing.redirect_host or ()) as client:
        if docs or all_files:
            _check_names_alone(choosing, "--docs" if docs else "--all-files")
            chosen = tuple(
                _documentation(client, names) if docs else _all_files(client, names, choosing, context)
            )
        else:
            wanted, target = choosing.wanted(names), choosing.target()
            chosen = choosing.choose(client, wanted, target, context)
        files, failed = _fetch_all(client, chosen, dest, context)
    context.output.result(DownloadedFiles(files=tuple(files)))
    return ExitCode.FAILED if failed else ExitCode.DONE


def _check_names_alone(choosing: Choosing, option: str) -> None:
    of_use = {"sdist", "wheel", "pre"} if option == "--all-files" else set()
    for each in fields(Choosing):
        if each.name not in of_use and getattr(choosing, each.name):
            name = each.name.replace("_", "-")
            raise UsageError(f"--{name} cannot be combined with {option}: name only projects.")


def _fetch_all(
    client: Client, chosen: Iterable[ChosenFile], folder: Path, context: Context
) -> tuple[list[DownloadedFile], int]:
    """Store each; one that is refused does not keep the others from being stored."""
    from pypi_api_client.errors import (
        BadDownload,
        ForbiddenAddress,
        InvalidDistribution,
        NotFound,
        RedirectRefused,
    )

    files, failed = [], 0
    for each in chosen:
        try:
            files.append(_fetch(client, each, folder, context))
        except (BadDownload, ForbiddenAddress, InvalidDistribution, NotFound, RedirectRefused) as error:
            context.output.problem(str(error))
            failed += 1
    return files, failed


def _fetch(client: Client, chosen: ChosenFile, folder: Path, context: Context) -> DownloadedFile:
    from pypi_api_client.archives import digests_of
    from pypi_tool.results import DownloadedFile

    file = chosen.file
    with context.output.progress(file.filename, file.size) as progress:
        outcome = client.download(
            file, folder, metadata=chosen.metadata, hashes=chosen.hashes, progress=progress
        )
    context.output.done(f"{outcome.path}: {'was there already' if outcome.was_there else 'downloaded'}")
    return DownloadedFile(
        file=file.filename,
        name=chosen.name,
        version=chosen.version,
        path=str(outcome.path),
        # Where the index lists a stronger one, that was verified and no other.
        sha256=(
            file.hashes["sha256"].lower()
            if set(file.hashes) == {"sha256"}
            else digests_of(outcome.path)[1]["sha256"]
        ),
        was_there=outcome.was_there,
    )


def _all_files(
    client: Client, names: Sequence[str], choosing: Choosing, context: Context
) -> Iterator[ChosenFile]:
    from pypi_api_client.errors import NotFound
    from pypi_api_client.models import quarantine_of
    from pypi_api_client.selection import best_version, same_release
    from pypi_resolution.chosen import ChosenFile
    from pypi_tool.work.requirements import parse_requirement

    if not names:
        raise UsageError("Name at least one project.")
    for requirement in [parse_requirement(each) for each in names]:
        project = client.project(requirement.name)
        best = best_version(project.versions, requirement.specifier, pre_releases=choosing.pre)
        if best is None:
            hidden = quarantine_of(project.display_name, project.status, project.status_reason)
            if hidden:
                raise NotFound(hidden, status=404)
            offered = ", ".join(each.version for each in project.versions if each.files and not each.yanked)
            raise NotFound(
                f"No version of {project.display_name} fits {str(requirement)!r}. "
                f"Offered: {offered or 'none'}.",
                status=404,
            )
        if best.yanked:
            context.output.note(f"warning: {project.display_name} {best.version} was yanked")
        if not same_release(project.version, best.version):
            project = client.project(requirement.name, best.version)
        files = [each for each in project.files if each.kind in choosing.kinds()]
        if not files:
            raise NotFound(f"{project.display_name} {best.version} has no such files.", status=404)
        yield from (ChosenFile(name=project.name, version=best.version, file=each) for each in files)


def _documentation(client: Client, names: Sequence[str]) -> Iterator[ChosenFile]:
    from pypi_api_client.errors import NotFound
    from pypi_api_client.protocol.documentation import archive_of
    from pypi_api_client.selection import same_release
    from pypi_resolution.chosen import ChosenFile
    from pypi_tool.work.requirements import parse_pinned

    if not names:
        raise UsageError("Name at least one project.")
    for name, version in [parse_pinned(each) for each in names]:
        listed = client.documentation(name)
        wanted = version or listed.stable or listed.latest
        found = next((each for each in listed.versions if same_release(each.version, wanted or "")), None)
        if found is None:
            which = f"{name} {version}" if version else name
            raise NotFound(f"There is no documentation of {which} on this index.", status=404)
        yield ChosenFile(name=listed.name, version=found.version, file=archive_of(listed.name, found))
