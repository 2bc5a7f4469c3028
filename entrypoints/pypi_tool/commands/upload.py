"""``pypi-cli upload``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Flag
from pypi_tool.context import CommandContext
from pypi_tool.parameters import SkipUnsupported
from pypi_tool.work.checking import broken_files, by_release, distribution_files, unreadable_files
from pypi_tool.work.docs_archive import documentation_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pypi_api_client import Client
    from pypi_terminal.output import Output
    from pypi_tool.work.publishing import Publication

_NO_CHECK = " (--no-check sends it anyway.)"


def upload(
    files: list[str],
    /,
    *,
    docs: Path | None = None,
    skip_existing: Flag = False,
    skip_unsupported: SkipUnsupported = False,
    attestations: Flag = False,
    replace_session: Flag = False,
    no_check: Flag = False,
    dry_run: Flag = False,
    context: CommandContext,
) -> int:
    """
    Publish wheels and sdists.

    All files are checked before the first one is sent: if one is broken, or of a kind that cannot be
    published, nothing is. Signatures beside the files are left out. Several files of one release become
    visible at once where the index can do that, or not at all; when the connection breaks, the same
    command resumes. Files of several releases are published one release after the other, and one that the
    index refuses does not keep the others from being sent.

    A line per file says what happened: `published`, `was there already` (the very same file, which is
    not a failure), `skipped`, or on standard error why not; then the exit code is not 0.

    ```
    pypi-cli upload --token-file owner-token dist/*
    pypi-cli upload dist/* --docs docs/_build/html
    PYPI_TOKEN=… pypi-cli upload --index https://index.example/ dist/*.whl
    pass show index-token | pypi-cli upload --token-file - dist/*
    ```

    Parameters
    ----------
    files
        The files to publish: *.whl and *.tar.gz.
    docs
        The documentation of the release, a folder or a ZIP as for `pypi-cli upload-docs`. It is published in
        the same step as the files, which are then of one release.
    skip_existing
        Do not send a file if the index has one of that name, whatever its content.
    attestations
        Send the attestations that a signing tool wrote beside each file, FILE.*.attestation (PEP 740).
        The files are then published one by one.
    replace_session
        Cancel an unfinished upload of other files of the release, if there is one.
    no_check
        Also send files that `pypi-cli check` finds broken: the index may have other rules.
    dry_run
        Check the files and compare them with those on the index, but send nothing.
    """
    from pypi_tool.results import Sent
    from pypi_tool.work.publishing import Publication

    paths = distribution_files(files, skip_unsupported=skip_unsupported)
    signed = _attestations(paths) if attestations else {}
    if docs:
        _check_is_one_release(paths, signed)
    with (
        documentation_archive(docs) if docs else nullcontext() as archive,
        context.client(asking=not dry_run) as client,
    ):
        publication = Publication(
            client,
            context.output,
            skip_existing=skip_existing,
            replace_session=replace_session,
            attestations=signed,
        )
        problems = unreadable_files(paths) if no_check else broken_files(paths)
        if problems:
            publication.keep_back(paths, problems, "" if no_check else _NO_CHECK)
        elif dry_run:
            _foresee(client, paths, publication, context.output, skip_existing=skip_existing)
        else:
            for release in by_release(paths):
                publication.publish(release, archive)
            publication.summarize()
    context.output.result(Sent(files=tuple(publication.sent), documentation=publication.documentation))
    codes = publication.codes
    return codes.pop() if len(codes) == 1 else ExitCode.FAILED if codes else ExitCode.DONE


def _check_is_one_release(paths: Sequence[Path], signed: Mapping[Path, object]) -> None:
    if signed:
        raise UsageError(
            "--docs does not go with --attestations, with which files are published one by one: publish the "
            "documentation with `pypi-cli upload-docs` afterwards."
        )
    if len(by_release(paths)) != 1:
        raise UsageError("--docs is for the files of one release: publish one release after the other.")


def _foresee(
    client: Client,
    paths: Sequence[Path],
    publication: Publication,
    output: Output,
    *,
    skip_existing: bool,
) -> None:
    from pypi_tool.work.dry_run import foreseen_outcomes

    for each in foreseen_outcomes(client, paths, skip_existing=skip_existing):
        publication.sent.append(each)
        if each.problem:
            output.problem(f"{each.filename}: {each.outcome}: {each.problem}")
            publication.codes.add(ExitCode.CONFLICT)
        else:
            output.line(f"{each.filename}: {each.outcome}")


def _attestations(paths: Iterable[Path]) -> dict[Path, tuple[Path, ...]]:
    from pypi_api_client.attestations import attestations_beside, attestations_field

    found = {each: attestations_beside(each) for each in paths}
    for path, beside in found.items():
        if not beside:
            raise UsageError(
                f"There is no attestation of {path.name} beside it: sign it, or leave --attestations out."
            )
        # One that cannot be read is found before anything is sent.
        attestations_field(beside)
    return found
