"""What spans the indexes of one server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from pypi_core.domain.indexes import IndexName, IndexRecord
from pypi_core.domain.rate_limits import NO_LIMITS, RateLimits
from pypi_core.domain.web_sessions import SECRET_BYTES, SessionTerms
from pypi_core.errors import IndexNotFound
from pypi_core.ports.blobs import Store
from pypi_core.ports.periodic_work import PeriodicWorkKind
from pypi_core.use_cases.accounts.accounts import (
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    RegisterAccount,
)
from pypi_core.use_cases.accounts.authenticate import Authenticate
from pypi_core.use_cases.accounts.change_password import ChangeOwnPassword, ChangePassword
from pypi_core.use_cases.accounts.limit_logins import LimitLogins
from pypi_core.use_cases.accounts.registration import (
    AskForNewPassword,
    AskToProveAddress,
    ChooseNewPassword,
    Letters,
    ProveAddress,
    RegisterByOneself,
    RegistrationTerms,
)
from pypi_core.use_cases.accounts.second_factors import (
    BeginSecondFactor,
    ConfirmSecondFactor,
    RemoveSecondFactor,
    SecondFactorQueries,
)
from pypi_core.use_cases.accounts.tokens import IssueToken, RevokeToken
from pypi_core.use_cases.accounts.web_sessions import (
    EndOtherSessions,
    EndSession,
    LogIn,
    OpenSession,
    ProveSession,
    RecogniseSession,
    WebSessionQueries,
)
from pypi_core.use_cases.reading.access import SiteReading
from pypi_core.use_cases.reading.accounts import AccountQueries, TokenQueries
from pypi_core.use_cases.reading.audit_log import AuditLogQueries
from pypi_core.use_cases.reading.downloads import SharedDownloads
from pypi_core.use_cases.upkeep.add_up_downloads import AddUpDownloads
from pypi_core.use_cases.upkeep.check_integrity import CheckIntegrity
from pypi_core.use_cases.upkeep.do_periodic_work import DoPeriodicWork, PeriodicJob
from pypi_core.use_cases.upkeep.forget_history import ForgetHistory, KeptDownloads
from pypi_core.use_cases.upkeep.indexes import ConfigureIndex, CreateIndex
from pypi_core.use_cases.upkeep.leases import DEFAULT_TERMS, WorkTerms, no_heart_beat
from pypi_core.use_cases.upkeep.sweep_blobs import SweepBlobs
from pypi_core.use_cases.upkeep.work_off_outbox import WorkOffOutbox

if TYPE_CHECKING:
    from pypi_core.index import Index
    from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork
    from pypi_core.ports.audit import AuditLog
    from pypi_core.ports.blobs import BlobStore, Staging
    from pypi_core.ports.condemned_blobs import CondemnedBlobs
    from pypi_core.ports.download_counts import DownloadBatches
    from pypi_core.ports.environment import Clock, HeartBeat, PasswordHasher, Randomness
    from pypi_core.ports.mail import Mail
    from pypi_core.ports.outbox import Outbox
    from pypi_core.ports.periodic_work import PeriodicWork
    from pypi_core.ports.rate_limits import RateLimiter
    from pypi_core.ports.web_sessions import Sightings

_SWEEP_EVERY = timedelta(hours=6)
_COUNT_EVERY = timedelta(minutes=10)
_ADD_UP_EVERY = timedelta(minutes=1)
_KEPT_DOWNLOADS = KeptDownloads()
_SESSION_TERMS = SessionTerms()
_REGISTRATION = RegistrationTerms()


class Site:
    """
    Accounts, tokens, the list of indexes, and the upkeep of what they share.

    To be called from any number of threads at once.  Each attribute is a use case: call it.  ``outbox`` and
    ``periodic_work`` are what workers do, for an operator to look at.

    Args:
        open_snapshot: Reads the rows that span indexes.
        open_unit_of_work: Changes them.
        build_index: Assembles the index of a name; called once for each that exists.
        blobs: The blob store that all indexes share.
        staging: The staging that all indexes share.
        stores: What *blobs* and *staging* consist of, where that is more than one store.
        condemned_blobs: The stored objects of all indexes that are about to be deleted.
        outbox: The reactions of all indexes.
        periodic_work: When what comes back is due.
        download_batches: What servers counted of downloads.
        audit_log: What units of work wrote of who did what.
        rate_limiter: Counts failed logins, for all processes; many fail of who only reads, so that
            counting should not wait for a writer.
        sightings: Notes when sessions and tokens were last used.
        passwords: Hashes passwords.
        clock: Tells the time.
        randomness: Makes tokens.
        limits: How many logins may fail; no limits unless given.
        session_terms: How long somebody stays logged in with a browser.
        registration: Whether people register by themselves, and where they reach the site.
        mail: Sends messages to people; none are sent unless given.
        keep_audit: How long the audit log is kept; for ever unless given.
        keep_downloads: How long counts of downloads are kept.
        work_terms: How long work belongs to a worker, and how often it is tried.
        heart_beat: Keeps work that takes longer; without it another worker begins it, too.
    """

    def __init__(
        self,
        *,
        open_snapshot: OpenSiteSnapshot,
        open_unit_of_work: OpenSiteUnitOfWork,
        build_index: Callable[[IndexName], Index],
        blobs: BlobStore,
        staging: Staging,
        condemned_blobs: CondemnedBlobs,
        outbox: Outbox,
        periodic_work: PeriodicWork,
        download_batches: DownloadBatches,
        audit_log: AuditLog,
        rate_limiter: RateLimiter,
        sightings: Sightings,
        passwords: PasswordHasher,
        clock: Clock,
        randomness: Randomness,
        limits: RateLimits = NO_LIMITS,
        session_terms: SessionTerms = _SESSION_TERMS,
        registration: RegistrationTerms = _REGISTRATION,
        mail: Mail | None = None,
        keep_audit: timedelta | None = None,
        keep_downloads: KeptDownloads = _KEPT_DOWNLOADS,
        work_terms: WorkTerms = DEFAULT_TERMS,
        heart_beat: HeartBeat = no_heart_beat,
        stores: Sequence[Store] = (),
    ) -> None:
        self._open_snapshot = open_snapshot
        self._build_index = build_index
        self._randomness = randomness
        self._indexes: dict[IndexName, Index] = {}
        reading = SiteReading(open_snapshot)
        limit_logins = LimitLogins(rate_limiter, clock, limits)
        self.authenticate = Authenticate(open_snapshot, passwords, clock, limit_logins, sightings)
        open_session = OpenSession(open_unit_of_work, clock, randomness, session_terms)
        self.log_in = LogIn(
            authenticate=self.authenticate,
            open_snapshot=open_snapshot,
            open_unit_of_work=open_unit_of_work,
            open_session=open_session,
            limit=limit_logins,
            clock=clock,
            randomness=randomness,
        )
        self.recognise_session = RecogniseSession(open_snapshot, sightings, clock, session_terms)
        self.prove_session = ProveSession(self.authenticate, open_unit_of_work, limit_logins, clock)
        self.end_session = EndSession(open_unit_of_work)
        self.end_other_sessions = EndOtherSessions(open_unit_of_work)
        self.web_sessions = WebSessionQueries(reading, clock, session_terms)
        letters = Letters(mail, rate_limiter, limits, clock, randomness, registration)
        self.registration = registration
        self.sends_mail = mail is not None
        self.register_by_oneself = RegisterByOneself(open_unit_of_work, passwords, letters)
        self.ask_to_prove_address = AskToProveAddress(open_snapshot, open_unit_of_work, letters)
        self.prove_address = ProveAddress(open_snapshot, open_unit_of_work, clock)
        self.ask_for_new_password = AskForNewPassword(open_snapshot, open_unit_of_work, letters)
        self.choose_new_password = ChooseNewPassword(open_snapshot, open_unit_of_work, passwords, clock)
        self.begin_second_factor = BeginSecondFactor(open_unit_of_work, randomness)
        self.confirm_second_factor = ConfirmSecondFactor(open_unit_of_work, clock, randomness)
        self.remove_second_factor = RemoveSecondFactor(open_unit_of_work)
        self.second_factors = SecondFactorQueries(reading)
        self.register_account = RegisterAccount(open_unit_of_work, passwords, clock)
        self.accounts = AccountQueries(reading)
        self.tokens = TokenQueries(reading)
        self.audit_log = AuditLogQueries(reading, audit_log)
        self.change_password = ChangePassword(open_unit_of_work, passwords)
        self.change_own_password = ChangeOwnPassword(self.authenticate, self.change_password)
        self.disable_account = DisableAccount(open_unit_of_work)
        self.enable_account = EnableAccount(open_unit_of_work)
        self.delete_account = DeleteAccount(
            open_snapshot,
            open_unit_of_work,
            lambda name: self.index(name).leave_projects,
            self.disable_account,
        )
        self.issue_token = IssueToken(open_unit_of_work, clock, randomness)
        self.revoke_token = RevokeToken(open_snapshot, open_unit_of_work)
        self.create_index = CreateIndex(open_unit_of_work)
        self.configure_index = ConfigureIndex(open_unit_of_work)
        self.downloads = SharedDownloads(self._indexes_listing, lambda name: self.index(name).downloads)
        self.outbox = outbox
        self.periodic_work = periodic_work
        self.work_off_outbox = WorkOffOutbox(
            outbox,
            lambda name, kind: self.index(name).reaction(kind),
            clock,
            randomness,
            work_terms,
            heart_beat,
        )
        self.sweep_blobs = SweepBlobs(open_snapshot, blobs, staging, condemned_blobs, clock)
        self.forget_history = ForgetHistory(
            audit_log,
            rate_limiter,
            download_batches,
            sightings,
            clock,
            keep_audit,
            keep_downloads,
            session_terms,
        )
        self.add_up_downloads = AddUpDownloads(download_batches)
        self.check_integrity = CheckIntegrity(
            open_snapshot, stores or [Store(name="blobs", blobs=blobs, staging=staging)]
        )
        self.do_periodic_work = DoPeriodicWork(
            periodic_work,
            {
                PeriodicWorkKind.SWEEP_UPLOADS: PeriodicJob(do=self.sweep_uploads, every=_SWEEP_EVERY),
                PeriodicWorkKind.SWEEP_BLOBS: PeriodicJob(do=self.sweep_blobs, every=_SWEEP_EVERY),
                PeriodicWorkKind.FORGET_HISTORY: PeriodicJob(do=self.forget_history, every=_SWEEP_EVERY),
                PeriodicWorkKind.ADD_UP_DOWNLOADS: PeriodicJob(
                    do=self.add_up_downloads, every=_ADD_UP_EVERY, at_once=True
                ),
                PeriodicWorkKind.COUNT_SIZES: PeriodicJob(
                    do=self._count_sizes, every=_COUNT_EVERY, at_once=True
                ),
            },
            clock,
            work_terms,
            heart_beat,
        )

    def index(self, name: IndexName) -> Index:
        """
        Return an index, also one created since the server started.

        Raises:
            IndexNotFound: There is none of that name.
        """
        if known := self.known_index(name):
            return known
        with self._open_snapshot() as snapshot:
            if snapshot.indexes.find(name) is None:
                raise IndexNotFound(name)
        # Two threads may both build it: setdefault lets all use the same one.
        return self._indexes.setdefault(name, self._build_index(name))

    def known_index(self, name: IndexName) -> Index | None:
        """Return an index that was asked for before, without looking anything up."""
        return self._indexes.get(name)

    def indexes(self) -> Sequence[IndexRecord]:
        """Return all indexes, by name."""
        with self._open_snapshot() as snapshot:
            return snapshot.indexes.all()

    def new_form_secret(self) -> str:
        """Return a secret for the forms of a browser of which nobody is known yet."""
        return self._randomness.bytes(SECRET_BYTES).hex()

    def sweep_uploads(self) -> int:
        """
        Forget the upload sessions of all indexes whose time is over.

        Returns how many expired, finished ones not counted.
        """
        return sum(self.index(each.name).sweep_uploads() for each in self.indexes())

    def _count_sizes(self) -> None:
        for each in self.indexes():
            self.index(each.name).count_sizes()

    def _indexes_listing(self, filename: str, blake2_256: str) -> Sequence[IndexName]:
        with self._open_snapshot() as snapshot:
            return snapshot.references.indexes_listing(filename, blake2_256)
