"""``pypi-cli upload``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pypi_app.cli.checking import by_release, distribution_files
from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.failures import UsageError
from pypi_app.cli.global_options import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable

_ATTESTATION = ".attestation"


def upload(
    files: list[str],
    /,
    *,
    skip_existing: Flag = False,
    attestations: Flag = False,
    replace_session: Flag = False,
    no_check: Flag = False,
    context: Surroundings,
) -> int:
    """
    Publish wheels and sdists.

    Several files of one release become visible at once where the index can do that, or not at all; when the
    connection breaks, the same command goes on where it ended. Files of several releases are published one
    release after the other, and one that is refused does not keep the others from being sent.

    A line per file says what happened: `published`, `was there already` (the very same file, which is
    no failure), `skipped`, or on standard error why not; then the exit code is not 0.

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
    attestations
        Send the attestations that a signing tool wrote beside each file, FILE.*.attestation (PEP 740).
        The files are then published one by one.
    replace_session
        Give up an unfinished upload of other files of the release, if there is one.
    no_check
        Send also what `pypi-cli check` finds broken: the index may be of another kind.
    """
    from pypi_app.cli.publishing import Publication
    from pypi_app.cli.results import Sent

    paths = distribution_files(files, beside=_ATTESTATION)
    signed = _attestations(paths) if attestations else {}
    with context.client(asking=True) as client:
        publication = Publication(
            client,
            context.output,
            skip_existing=skip_existing,
            replace_session=replace_session,
            checks=not no_check,
            attestations=signed,
        )
        for release in by_release(paths):
            publication.publish(release)
    context.output.result(Sent(files=tuple(publication.sent)))
    codes = publication.codes
    return codes.pop() if len(codes) == 1 else ExitCode.FAILED if codes else ExitCode.DONE


def _attestations(paths: Iterable[Path]) -> dict[Path, tuple[Path, ...]]:
    from pypi_api_client.attestations import attestations_beside

    found = {each: attestations_beside(each) for each in paths}
    for path, beside in found.items():
        if not beside:
            raise UsageError(
                f"There is no attestation of {path.name} beside it: sign it, or leave --attestations out."
            )
    return found
