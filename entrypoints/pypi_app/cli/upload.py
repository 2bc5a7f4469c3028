"""``pypi-cli upload``."""

from __future__ import annotations

from pypi_app.cli.checking import distribution_files, refusal_by_any_index
from pypi_app.cli.connecting import Connecting, Flag, connect
from pypi_app.cli.failures import REFUSED
from pypi_app.cli.terminal import complain, progress_bar, tell


def upload(
    files: list[str],
    /,
    *,
    skip_existing: Flag = False,
    no_check: Flag = False,
    connecting: Connecting | None = None,
) -> int:
    """
    Publish wheels and sdists.

    A line per file says what happened: `published`, `was there already` (the very same file, which is
    no failure), or `refused` with the reason the index gave. A file that is refused does not keep the
    others from being sent, but the exit code is 1.

        pypi-cli upload --token-file owner-token dist/*
        PYPI_TOKEN=… pypi-cli upload --index https://index.example/ dist/*.whl
        pass show index-token | pypi-cli upload --token-file - dist/*

    Parameters
    ----------
    files
        The files to publish: *.whl and *.tar.gz.
    skip_existing
        Do not send a file when the index has one of that name, whatever is in it.
    no_check
        Send also what `pypi-cli check` finds broken: the index may be of another kind.
    """
    from pypi_api_client.errors import AccessRefused, InvalidDistribution, Refused

    paths = distribution_files(files)
    refused = 0
    with connect(connecting, asking=True) as client:
        for path in paths:
            if not no_check and (problem := refusal_by_any_index(path)):
                complain(f"{path.name}: not sent: {problem} (--no-check sends it all the same.)")
                refused += 1
                continue
            try:
                with progress_bar(path.name, path.stat().st_size) as progress:
                    outcome = client.upload(path, skip_existing=skip_existing, progress=progress)
            except (Refused, InvalidDistribution) as error:
                # Wrong credentials are wrong for all files; a permission can be lacking for one project.
                if isinstance(error, Refused) and error.status in {401, 429} | {*range(500, 600)}:
                    raise
                verb = "not permitted" if isinstance(error, AccessRefused) else "refused"
                complain(f"{path.name}: {verb}: {error}")
                refused += 1
            else:
                tell(f"{outcome.filename}: {outcome.result}")
                for warning in outcome.warnings:
                    complain(f"{outcome.filename}: warning: {warning}")
    return REFUSED if refused else 0
