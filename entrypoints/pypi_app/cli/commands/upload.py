"""``pypi-cli upload``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_app.cli.checking import distribution_files, refusal_by_any_index
from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.failures import exit_code_of
from pypi_app.cli.global_options import Flag

if TYPE_CHECKING:
    from pathlib import Path

    from pypi_api_client import Client
    from pypi_app.cli.results import SentFile


def upload(
    files: list[str],
    /,
    *,
    skip_existing: Flag = False,
    no_check: Flag = False,
    context: Surroundings,
) -> int:
    """
    Publish wheels and sdists.

    A line per file says what happened: `published`, `was there already` (the very same file, which is
    no failure), or `refused` with the reason the index gave. A file that is refused does not keep the
    others from being sent, but the exit code is 1.

    ```
    pypi-cli upload --token-file owner-token dist/*
    PYPI_TOKEN=… pypi-cli upload --index https://index.example/ dist/*.whl
    pass show index-token | pypi-cli upload --token-file - dist/*
    ```

    Parameters
    ----------
    files
        The files to publish: *.whl and *.tar.gz.
    skip_existing
        Do not send a file when the index has one of that name, whatever is in it.
    no_check
        Send also what `pypi-cli check` finds broken: the index may be of another kind.
    """
    from pypi_app.cli.results import Sent

    paths = distribution_files(files)
    sent: list[SentFile] = []
    codes = {ExitCode.DONE}
    with context.client(asking=True) as client:
        for path in paths:
            file, code = _upload(client, path, context, skip_existing=skip_existing, checks=not no_check)
            sent.append(file)
            codes.add(code)
    context.output.result(Sent(files=tuple(sent)))
    codes.discard(ExitCode.DONE)
    return codes.pop() if len(codes) == 1 else ExitCode.FAILED if codes else ExitCode.DONE


def _upload(
    client: Client, path: Path, context: Surroundings, *, skip_existing: bool, checks: bool
) -> tuple[SentFile, ExitCode]:
    from pypi_api_client.errors import AccessRefused, InvalidDistribution, Refused
    from pypi_app.cli.results import SentFile

    output = context.output
    if checks and (problem := refusal_by_any_index(path)):
        output.problem(f"{path.name}: not sent: {problem} (--no-check sends it all the same.)")
        return SentFile(filename=path.name, outcome="not sent", problem=problem), ExitCode.FAILED
    try:
        with output.progress(path.name, path.stat().st_size) as progress:
            outcome = client.upload(path, skip_existing=skip_existing, progress=progress)
    except (Refused, InvalidDistribution) as error:
        # Wrong credentials are wrong for all files; a permission can be lacking for one project.
        if isinstance(error, Refused) and error.status in {401, 429} | {*range(500, 600)}:
            raise
        verb = "not permitted" if isinstance(error, AccessRefused) else "refused"
        output.problem(f"{path.name}: {verb}: {error}")
        return SentFile(filename=path.name, outcome=verb, problem=str(error)), exit_code_of(error)
    output.line(f"{outcome.filename}: {outcome.result}")
    for warning in outcome.warnings:
        output.note(f"{outcome.filename}: warning: {warning}")
    file = SentFile(filename=outcome.filename, outcome=outcome.result, warnings=outcome.warnings)
    return file, ExitCode.DONE
