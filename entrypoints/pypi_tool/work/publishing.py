"""Sending the files of releases, and reporting what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pypi_api_client.errors import (
    AccessRefused,
    Busy,
    ClientError,
    CredentialsRefused,
    InvalidDistribution,
    Refused,
)
from pypi_api_client.filenames import name_and_version
from pypi_api_client.uploads import DOCUMENTATION_ZIP
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.failures import exit_code_of
from pypi_tool.results import SentDocumentation, SentFile

if TYPE_CHECKING:
    from pypi_api_client import Client
    from pypi_api_client.models import Uploaded
    from pypi_terminal.output import Output


class Publication:
    """
    What one command publishes.

    Attributes:
        sent: What became of each file so far.
        documentation: What was published with them.
        codes: The exit codes of everything that failed.
    """

    def __init__(
        self,
        client: Client,
        output: Output,
        *,
        skip_existing: bool,
        replace_session: bool,
        attestations: Mapping[Path, Sequence[Path]],
    ) -> None:
        self.sent: list[SentFile] = []
        self.documentation: SentDocumentation | None = None
        self.codes: set[ExitCode] = set()
        self._client = client
        self._output = output
        self._skip_existing = skip_existing
        self._replace_session = replace_session
        self._attestations = attestations

    def keep_back(self, paths: Sequence[Path], problems: Mapping[Path, str], hint: str = "") -> None:
        """Report that none of *paths* is sent, as some of them have *problems*."""
        for each, problem in problems.items():
            self._output.problem(f"{each.name}: not sent: {problem}{hint}")
        for each in paths:
            if each not in problems:
                self._output.problem(f"{each.name}: not sent: another file is broken.")
        self.sent += [
            SentFile(filename=each.name, outcome="not sent", problem=problems.get(each, "")) for each in paths
        ]
        self.codes.add(ExitCode.FAILED)

    def publish(self, release: Sequence[Path], documentation: Path | None = None) -> None:
        """
        Publish the files of one release: at once where the index can, unless they have attestations.

        *documentation* is a ZIP that is published with them.

        Raises:
            ClientError: What would happen to all other files too, such as wrong credentials.
        """
        if documentation or (len(release) > 1 and not self._attestations):
            self._publish_at_once(release, documentation)
        else:
            for each in release:
                self._publish_file(each)

    def summarize(self) -> None:
        """Say how many files were published, and where people see them."""
        from pypi_api_client.models import UploadResult
        from pypi_tool.work.addresses import page_address

        published = [each.filename for each in self.sent if each.outcome == UploadResult.PUBLISHED]
        if not published:
            return
        releases = dict.fromkeys(filter(None, map(name_and_version, published)))
        pages = [page_address(self._client, name, str(version)) for name, version in releases]
        count = "1 file" if len(published) == 1 else f"{len(published)} files"
        self._output.note(" ".join([f"{count} published.", *filter(None, pages)]))

    def _publish_file(self, path: Path) -> None:
        try:
            with self._output.progress(path.name, path.stat().st_size) as progress:
                outcome = self._client.upload(
                    path,
                    skip_existing=self._skip_existing,
                    attestations=self._attestations.get(path, ()),
                    progress=progress,
                )
        except (Refused, InvalidDistribution) as error:
            self._refused([path], error)
        else:
            self._published([outcome])

    def _publish_at_once(self, paths: Sequence[Path], documentation: Path | None) -> None:
        label = f"{len(paths)} files" if len(paths) > 1 else paths[0].name
        all_files = [*paths, documentation] if documentation else paths
        try:
            with self._output.progress(label, sum(each.stat().st_size for each in all_files)) as progress:
                outcome = self._client.upload_release(
                    paths,
                    documentation=documentation,
                    skip_existing=self._skip_existing,
                    replace_session=self._replace_session,
                    progress=progress,
                )
        except (Refused, InvalidDistribution) as error:
            self._refused([*paths, Path(DOCUMENTATION_ZIP)] if documentation else paths, error)
        else:
            self._published(outcome.files)
            if shown := outcome.documentation:
                project, _version = name_and_version(paths[0].name) or ("", None)
                self._output.done(f"{project} {shown.version}: documentation is {shown.state} at {shown.url}")
                self.documentation = SentDocumentation(
                    project=project, version=shown.version, state=shown.state, url=shown.url
                )
            for each in outcome.warnings:
                self._output.note(f"warning: {each}")

    def _published(self, files: Sequence[Uploaded]) -> None:
        for each in files:
            self._output.done(f"{each.filename}: {each.result}")
            for warning in each.warnings:
                self._output.note(f"{each.filename}: warning: {warning}")
            self.sent.append(SentFile(filename=each.filename, outcome=each.result, warnings=each.warnings))

    def _refused(self, paths: Sequence[Path], error: ClientError) -> None:
        """Report a refusal; one of wrong credentials, or of an index that fails, concerns all files."""
        if isinstance(error, CredentialsRefused | Busy):
            raise error
        verb = "not permitted" if isinstance(error, AccessRefused) else "refused"
        own = _problems_by_file(error, paths)
        for each in paths:
            sentence = own.get(each.name, "" if own else str(error))
            if sentence:
                self._output.problem(f"{each.name}: {verb}: {sentence}")
            else:
                self._output.problem(f"{each.name}: not published: another file of its release was refused.")
            outcome = verb if sentence else "not published"
            self.sent.append(SentFile(filename=each.name, outcome=outcome, problem=sentence))
        if _is_other_session(error):
            self._output.note("--replace-session cancels that one and publishes these files.")
        self.codes.add(exit_code_of(error))


def _problems_by_file(error: ClientError, paths: Sequence[Path]) -> dict[str, str]:
    """Return what an index said of single files of a release."""
    names = {each.name for each in paths}
    found: dict[str, str] = {}
    for each in error.problem.problems if isinstance(error, Refused) and len(paths) > 1 else ():
        if each.field in names:
            found[each.field] = f"{found[each.field]} {each.message}" if each.field in found else each.message
    return found


def _is_other_session(error: ClientError) -> bool:
    return isinstance(error, Refused) and error.code == "upload-session-exists"
