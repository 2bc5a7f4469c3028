"""``pypi-cli download``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pypi_app.cli.context import Context, Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.global_options import Flag
from pypi_app.cli.requirements import parse_requirement

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from pypi_api_client import Client
    from pypi_api_client.models import Project, RemoteFile


def download(
    requirements: list[str],
    /,
    *,
    dest: Path = Path(),
    sdist: Flag = False,
    wheel: Flag = False,
    pre: Flag = False,
    context: Surroundings,
) -> int:
    """
    Download the files of a release, without what it depends on.

    Of each project the highest version that fits is taken: no pre-release unless there is nothing else
    or it is asked for, nothing withdrawn (yanked) unless pinned exactly. All its files are downloaded, or
    those that --sdist and --wheel name. Each is verified by size and digest before it appears under its
    name; what is there already and good is left alone.

    ```
    pypi-cli download hello-index
    pypi-cli download "hello-index>=1,<2" other==2.0 --wheel --dest wheels
    ```

    Parameters
    ----------
    requirements
        Projects, with or without versions: NAME, NAME==VERSION, "NAME>=1,<2".
    dest
        The folder to store files in; it is created where it is missing.
    sdist
        Download the sdist.
    wheel
        Download the wheels.
    pre
        Take pre-releases too.
    """
    from pypi_api_client.errors import BadDownload, NotFound

    wanted = [parse_requirement(each) for each in requirements]
    endings = (".tar.gz", ".zip") * sdist + (".whl",) * wheel or ("",)
    failed = 0
    with context.client() as client:
        for requirement in wanted:
            try:
                project = _choose(client, requirement, context, pre_releases=pre)
                files = [each for each in project.files if each.filename.endswith(endings)]
                if not files:
                    raise NotFound(
                        f"{project.display_name} {project.version} has no {_kinds(sdist, wheel)}.", status=404
                    )
                for each in files:
                    _fetch(client, each, dest, context)
            except (NotFound, BadDownload) as error:
                context.output.problem(str(error))
                failed += 1
    return ExitCode.FAILED if failed else ExitCode.DONE


def _choose(client: Client, requirement: Requirement, context: Context, *, pre_releases: bool) -> Project:
    from pypi_api_client.errors import NotFound
    from pypi_api_client.selection import best_version

    project = client.project(requirement.name)
    chosen = best_version(project.versions, requirement.specifier, pre_releases=pre_releases)
    if chosen is None:
        offered = ", ".join(each.version for each in project.versions if each.files and not each.yanked)
        raise NotFound(
            f"No version of {project.display_name} fits {str(requirement)!r}. Offered: {offered or 'none'}.",
            status=404,
        )
    if chosen.yanked:
        why = f": {chosen.yanked}" if isinstance(chosen.yanked, str) else ""
        context.output.note(
            f"warning: {project.display_name} {chosen.version} was withdrawn by its owner{why}"
        )
    return project if chosen.version == project.version else client.project(requirement.name, chosen.version)


def _fetch(client: Client, file: RemoteFile, folder: Path, context: Context) -> None:
    with context.output.progress(file.filename, file.size) as progress:
        outcome = client.download(file, folder, progress=progress)
    context.output.line(f"{outcome.path}: {'was there already' if outcome.was_there else 'downloaded'}")


def _kinds(sdist: bool, wheel: bool) -> str:
    return " and no ".join(["sdist"] * sdist + ["wheel"] * wheel) or "files"
