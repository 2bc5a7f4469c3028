"""One index: every use case, assembled from the ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_core.domain.rate_limits import NO_LIMITS, RateLimits
from pypi_core.domain.reactions import ReactionKind
from pypi_core.use_cases.documentation.publish_documentation import PublishDocumentation
from pypi_core.use_cases.documentation.unpack_documentation import UnpackDocumentation
from pypi_core.use_cases.governing.invitations import (
    AcceptInvitation,
    DeclineInvitation,
    InviteMember,
    WithdrawInvitation,
)
from pypi_core.use_cases.governing.projects import CreateProject, DeleteProject, SetProjectStatus
from pypi_core.use_cases.governing.releases import (
    DeleteDocumentation,
    DeleteFile,
    DeleteRelease,
    UnyankRelease,
    YankRelease,
)
from pypi_core.use_cases.governing.roles import GrantRole, LeaveProjects, RevokeRole
from pypi_core.use_cases.publishing.begin_upload import BeginUpload
from pypi_core.use_cases.publishing.cancel_upload import CancelUpload
from pypi_core.use_cases.publishing.file_publication import FilePublication
from pypi_core.use_cases.publishing.inspect_session import CompleteUpload, InspectSession
from pypi_core.use_cases.publishing.publish_file import PublishFile
from pypi_core.use_cases.publishing.publish_release import CompleteDocumentation, PublishRelease
from pypi_core.use_cases.publishing.receive_bytes import ReceiveBytes
from pypi_core.use_cases.publishing.session_files import SessionFiles
from pypi_core.use_cases.publishing.set_release_metadata import SetReleaseMetadata
from pypi_core.use_cases.publishing.sweep_uploads import SweepUploads
from pypi_core.use_cases.reading.access import LaggingReading, Reading
from pypi_core.use_cases.reading.checks import UploadChecks
from pypi_core.use_cases.reading.dependents import DependentQueries
from pypi_core.use_cases.reading.documentation import DocumentationQueries
from pypi_core.use_cases.reading.download_counts import DownloadCountQueries
from pypi_core.use_cases.reading.downloads import Downloads
from pypi_core.use_cases.reading.files import FileQueries
from pypi_core.use_cases.reading.journal import JournalQueries
from pypi_core.use_cases.reading.news import NewsQueries
from pypi_core.use_cases.reading.pages import PageQueries
from pypi_core.use_cases.reading.projects import ProjectQueries, ReleaseQueries, RoleQueries
from pypi_core.use_cases.reading.search import SearchQueries
from pypi_core.use_cases.reading.statistics import StatisticsQueries
from pypi_core.use_cases.reading.uploads import UploadQueries
from pypi_core.use_cases.upkeep.count_sizes import CountSizes
from pypi_core.use_cases.upkeep.rendering import RebuildPages, RenderProject
from pypi_core.use_cases.upkeep.search import IndexForSearch, Popularity, RebuildSearch
from pypi_core.use_cases.upload_limits import LimitUploads

if TYPE_CHECKING:
    from pypi_core.ports.blobs import BlobStore, Staging
    from pypi_core.ports.dependencies import Dependencies
    from pypi_core.ports.download_counts import DownloadCounts
    from pypi_core.ports.environment import Clock, DescriptionRenderer, Randomness
    from pypi_core.ports.pages import Pages
    from pypi_core.ports.rate_limits import RateLimiter
    from pypi_core.ports.search import SearchEngine
    from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork
    from pypi_core.use_cases.upkeep.work_off_outbox import Reacts


class Index:
    """
    A package index, to be called from any number of threads at once.

    What is read is asked by noun: ``projects``, ``releases``, ``files``, ``roles``, ``journal``,
    ``news``, ``search``, ``documentation``, ``uploads``, ``downloads``, ``download_counts``, ``dependents``,
    ``pages``, ``checks`` and ``statistics`` each have a method for each question.  Its first argument is the
    actor, and all of them raise `Unauthenticated` or `Forbidden` to one who may not read the index
    (``reading``).

    Every other attribute is a use case that changes something: call it.  ``staging`` is where an
    upload's bytes go before `publish_file`, ``clock`` what the index takes for now.

    Args:
        open_snapshot: Reads the rows of this index.
        open_unit_of_work: Changes them.
        open_shared_unit_of_work: The same for uploads, which may be committed together with those of others;
            nothing is read in it after its commit.  *open_unit_of_work* unless given.
        open_lagging_snapshot: Reads rows that may be a little old: for searches, feeds, statistics, and the
            journal; *open_snapshot* unless given.
        pages: Where a request looks for rendered pages.
        warmed_pages: Where rendered pages are kept for all processes; *pages* unless given.
        blobs: Where bytes are kept.
        staging: Where bytes arrive; adopts into *blobs*.
        search: Finds projects of this index by words.
        renderer: Renders descriptions.
        clock: Tells the time.
        randomness: Names upload sessions.
        rate_limiter: Counts for all indexes what an account does.
        download_counts: How often files were downloaded.
        dependencies: Which projects require which.
        counts_downloads: Whether the servers of this index count.
        limits: How much of it there may be; no limits unless given.
    """

    def __init__(
        self,
        *,
        open_snapshot: OpenSnapshot,
        open_unit_of_work: OpenUnitOfWork,
        pages: Pages,
        blobs: BlobStore,
        staging: Staging,
        search: SearchEngine,
        renderer: DescriptionRenderer,
        clock: Clock,
        randomness: Randomness,
        rate_limiter: RateLimiter,
        download_counts: DownloadCounts,
        dependencies: Dependencies,
        counts_downloads: bool = True,
        limits: RateLimits = NO_LIMITS,
        warmed_pages: Pages | None = None,
        open_lagging_snapshot: OpenSnapshot | None = None,
        open_shared_unit_of_work: OpenUnitOfWork | None = None,
    ) -> None:
        self.staging = staging
        self.clock = clock
        self.reading = Reading(open_snapshot)
        lagging = (
            LaggingReading(open_snapshot, open_lagging_snapshot) if open_lagging_snapshot else self.reading
        )
        self.limit_uploads = LimitUploads(rate_limiter, clock, limits)
        self.create_project = CreateProject(open_unit_of_work, clock, self.limit_uploads)
        publication = FilePublication(
            staging=staging,
            blobs=blobs,
            renderer=renderer,
            pages=warmed_pages or pages,
            clock=clock,
            limit=self.limit_uploads,
        )
        self.publish_documentation = PublishDocumentation(
            open_snapshot=open_snapshot,
            open_unit_of_work=open_unit_of_work,
            staging=staging,
            clock=clock,
            limit=self.limit_uploads,
        )
        self.delete_documentation = DeleteDocumentation(open_unit_of_work)
        self.unpack_documentation = UnpackDocumentation(
            open_snapshot, open_unit_of_work, blobs, staging, clock
        )
        self.publish_file = PublishFile(
            open_snapshot=open_snapshot,
            open_unit_of_work=open_shared_unit_of_work or open_unit_of_work,
            staging=staging,
            publication=publication,
            clock=clock,
            limit=self.limit_uploads,
        )
        session_files = SessionFiles(open_unit_of_work, staging, blobs, clock)
        inspect_session = InspectSession(
            open_snapshot=open_snapshot,
            open_unit_of_work=open_unit_of_work,
            publication=publication,
            documentation=self.publish_documentation,
            session_files=session_files,
            clock=clock,
            limit=self.limit_uploads,
        )
        self.begin_upload = BeginUpload(
            open_unit_of_work=open_unit_of_work,
            publication=publication,
            session_files=session_files,
            clock=clock,
            randomness=randomness,
            limit=self.limit_uploads,
        )
        self.uploads = UploadQueries(self.reading, session_files)
        self.receive_bytes = ReceiveBytes(
            open_snapshot=open_snapshot,
            open_unit_of_work=open_unit_of_work,
            staging=staging,
            session_files=session_files,
            clock=clock,
            limit=self.limit_uploads,
        )
        self.complete_upload = CompleteUpload(
            open_snapshot=open_snapshot,
            open_unit_of_work=open_unit_of_work,
            inspect=inspect_session,
            session_files=session_files,
            clock=clock,
        )
        self.cancel_upload = CancelUpload(open_unit_of_work, session_files, clock)
        self.publish_release = PublishRelease(
            open_snapshot=open_snapshot,
            open_unit_of_work=open_unit_of_work,
            publication=publication,
            documentation=self.publish_documentation,
            inspect=inspect_session,
            session_files=session_files,
            clock=clock,
        )
        self.complete_documentation = CompleteDocumentation(open_snapshot, self.publish_release)
        self.sweep_uploads = SweepUploads(open_snapshot, open_unit_of_work, session_files, clock)
        self.yank_release = YankRelease(open_unit_of_work)
        self.unyank_release = UnyankRelease(open_unit_of_work)
        self.set_release_metadata = SetReleaseMetadata(
            open_snapshot, open_unit_of_work, renderer, warmed_pages or pages, clock, self.limit_uploads
        )
        self.set_project_status = SetProjectStatus(open_unit_of_work)
        self.delete_file = DeleteFile(open_unit_of_work)
        self.delete_release = DeleteRelease(open_unit_of_work)
        self.delete_project = DeleteProject(open_unit_of_work)
        self.grant_role = GrantRole(open_unit_of_work)
        self.revoke_role = RevokeRole(open_unit_of_work)
        self.invite_member = InviteMember(open_unit_of_work, clock)
        self.accept_invitation = AcceptInvitation(open_unit_of_work)
        self.decline_invitation = DeclineInvitation(open_unit_of_work)
        self.withdraw_invitation = WithdrawInvitation(open_unit_of_work)
        self.leave_projects = LeaveProjects(open_snapshot, self.revoke_role)
        self.projects = ProjectQueries(self.reading)
        self.releases = ReleaseQueries(lagging)
        self.files = FileQueries(self.reading)
        self.roles = RoleQueries(self.reading)
        self.journal = JournalQueries(self.reading, lagging)
        self.news = NewsQueries(lagging)
        self.search = SearchQueries(lagging, search)
        self.documentation = DocumentationQueries(self.reading, blobs)
        self.downloads = Downloads(self.reading, blobs)
        self.download_counts = DownloadCountQueries(self.reading, download_counts, clock, counts_downloads)
        self.dependents = DependentQueries(self.reading, dependencies)
        self.pages = PageQueries(self.reading, pages, renderer)
        self.checks = UploadChecks(self.reading, renderer, self.limit_uploads)
        self.statistics = StatisticsQueries(
            self.reading, CountSizes(open_lagging_snapshot or open_snapshot, pages, clock)
        )
        self.count_sizes = CountSizes(open_lagging_snapshot or open_snapshot, warmed_pages or pages, clock)
        self.render_project = RenderProject(open_snapshot, warmed_pages or pages)
        self.rebuild_pages = RebuildPages(open_snapshot, self.render_project)
        popularity = Popularity(download_counts, dependencies)
        self.index_for_search = IndexForSearch(open_snapshot, popularity, dependencies, search, clock)
        self.rebuild_search = RebuildSearch(open_snapshot, popularity, search)

    def reaction(self, kind: ReactionKind) -> Reacts:
        """Return the use case that carries out a kind of reaction."""
        match kind:
            case ReactionKind.RENDER_PROJECT:
                return self.render_project
            case ReactionKind.INDEX_FOR_SEARCH:
                return self.index_for_search
            case ReactionKind.UNPACK_DOCUMENTATION:
                return self.unpack_documentation
