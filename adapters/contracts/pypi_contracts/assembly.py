"""A whole site in memory, for tests of what is built on the core."""

from __future__ import annotations

from datetime import UTC, datetime

from pypi_contracts.builders import BuiltDistribution
from pypi_core.domain.accounts import OPERATOR, Account, Actor, PasswordCredentials, TokenCredentials
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.rate_limits import NO_LIMITS, RateLimits
from pypi_core.domain.versions import parse_version
from pypi_core.index import Index
from pypi_core.ports.environment import DescriptionRenderer, PasswordHasher
from pypi_core.ports.search import SearchEngine
from pypi_core.site import Site
from pypi_core.use_cases.accounts.registration import RegistrationTerms
from pypi_core.use_cases.documentation.publish_documentation import DocumentationOutcome
from pypi_core.use_cases.publishing.publish_file import PublishOutcome
from pypi_memory.blobs import InMemoryBlobs, InMemoryStaging
from pypi_memory.database import InMemoryDatabase
from pypi_memory.environment import (
    FixedClock,
    PlainPasswordHasher,
    PlainRenderer,
    SeededRandomness,
)
from pypi_memory.mail import InMemoryMail
from pypi_memory.search import InMemorySearch

TEST_INDEX = IndexName("test")


class InMemorySite:
    """
    A site with the indexes ``pypi`` and ``test``, nothing in them, and every port at hand.

    There are no rate limits unless *limits* are given, and messages are sent only with *registration*.

    Attributes:
        site: The site.
        index: The index ``pypi``.
        database, blobs, staging, clock, randomness, search, mail: The in-memory ports behind it.
    """

    def __init__(
        self,
        renderer: DescriptionRenderer | None = None,
        *,
        limits: RateLimits = NO_LIMITS,
        passwords: PasswordHasher | None = None,
        registration: RegistrationTerms | None = None,
    ) -> None:
        self._renderer = renderer or PlainRenderer()
        self._limits = limits
        self.clock = FixedClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
        self.randomness = SeededRandomness()
        self.database = InMemoryDatabase(self.clock)
        self.blobs = InMemoryBlobs(self.clock)
        self.staging = InMemoryStaging(self.blobs, self.clock, self.randomness)
        self.search: dict[IndexName, SearchEngine] = {}
        self.mail = InMemoryMail()
        self.site = Site(
            open_snapshot=self.database.open_site_snapshot,
            open_unit_of_work=self.database.open_site_unit_of_work,
            build_index=self._build_index,
            blobs=self.blobs,
            staging=self.staging,
            condemned_blobs=self.database.condemned_blobs,
            outbox=self.database.outbox,
            download_batches=self.database.download_batches,
            periodic_work=self.database.periodic_work,
            audit_log=self.database.audit_log,
            rate_limiter=self.database.rate_limiter,
            sightings=self.database.sightings,
            passwords=passwords or PlainPasswordHasher(),
            clock=self.clock,
            randomness=self.randomness,
            limits=limits,
            registration=registration or RegistrationTerms(),
            mail=self.mail if registration else None,
        )
        for name in (DEFAULT_INDEX, TEST_INDEX):
            self.site.create_index(OPERATOR, name, IndexSettings(title=f"The index {name}"))
        self.index = self.site.index(DEFAULT_INDEX)

    def account(self, username: str, password: str = "correct horse", **flags: bool) -> Account:
        """Register an account."""
        return self.site.register_account(OPERATOR, username, password, **flags)

    def token(self, username: str) -> str:
        """Return an unlimited token of an account, registered if it is not there."""
        if username not in {each.username for each in self.site.accounts.all(OPERATOR)}:
            self.account(username)
        return self.site.issue_token(OPERATOR, username, "for a test").secret

    def actor(self, username: str) -> Actor:
        """Return somebody who showed an unlimited token."""
        return self.site.authenticate(TokenCredentials(self.token(username)))

    def actor_by_password(self, username: str) -> Actor:
        """Return somebody who showed a password."""
        self.account(username)
        return self.site.authenticate(PasswordCredentials(username, "correct horse"))

    def publish(
        self, actor: Actor, distribution: BuiltDistribution, index: Index | None = None
    ) -> PublishOutcome:
        """Stage and publish a distribution, described by itself."""
        index = index or self.index
        arrival = index.staging.begin()
        arrival.append(distribution.content)
        staged = arrival.finish()
        with index.staging.open(staged) as archive:
            upload = describe_upload(distribution.filename, archive, staged.digests)
        return index.publish_file(actor, upload, staged)

    def document(
        self, actor: Actor, name: str, version: str, archive: bytes, index: Index | None = None
    ) -> DocumentationOutcome:
        """Stage and publish the documentation of a release; `work` unpacks it."""
        index = index or self.index
        arrival = index.staging.begin()
        arrival.append(archive)
        return index.publish_documentation(
            actor, NormalizedName(name), parse_version(version), arrival.finish()
        )

    def work(self) -> int:
        """Work off the outbox and return how many reactions there were."""
        done = 0
        while count := self.site.work_off_outbox():
            done += count
        return done

    def _build_index(self, name: IndexName) -> Index:
        rows = self.database.index(name)
        self.search[name] = InMemorySearch()
        return Index(
            open_snapshot=rows.open_snapshot,
            open_unit_of_work=rows.open_unit_of_work,
            pages=rows.pages,
            blobs=self.blobs,
            staging=self.staging,
            search=self.search[name],
            renderer=self._renderer,
            clock=self.clock,
            randomness=self.randomness,
            rate_limiter=self.database.rate_limiter,
            download_counts=rows.download_counts,
            dependencies=rows.dependencies,
            limits=self._limits,
        )
