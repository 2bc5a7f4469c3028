"""From what is wanted to the files that are chosen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from packaging.utils import NormalizedName
from resolvelib import BaseReporter, ResolutionImpossible, ResolutionTooDeep
from resolvelib.resolvers import Resolution

from pypi_api_client import Client
from pypi_api_client.models import FileKind
from pypi_resolution.building import BuildMetadata
from pypi_resolution.candidates import Candidates, has_hash
from pypi_resolution.chosen import ChosenFile
from pypi_resolution.conflicts import explain
from pypi_resolution.dependencies import DependencyReader
from pypi_resolution.errors import BadTarget, Contradiction, HashesMissing
from pypi_resolution.locked import locked_files
from pypi_resolution.needs import AnyNeed, Candidate, Need
from pypi_resolution.offers import Offers
from pypi_resolution.provider import Provider, needs_of
from pypi_resolution.target import Target
from pypi_resolution.wanted import Wanted, WantedRequirement

KINDS = frozenset({FileKind.WHEEL, FileKind.SDIST})
# As many as pip takes before it gives up.
_MOST_ROUNDS = 200_000


def choose(
    client: Client,
    wanted: Wanted,
    target: Target,
    *,
    dependencies: bool = True,
    kinds: Collection[FileKind] = KINDS,
    pre_releases: bool = False,
    build: BuildMetadata | None = None,
    note: Callable[[str], None] = lambda _sentence: None,
) -> tuple[ChosenFile, ...]:
    """
    Choose one file of each project that is wanted, and of each that those depend on, as pip would.

    Of *kinds* a wheel is preferred.  Nothing is built and nothing is run, unless *build* is given, which is
    asked what an sdist depends on where its metadata leaves that open.  *note* receives what
    people should know.  They are returned in the order of the projects' names.

    Raises:
        BadTarget: The requirements are for another Python.
        NothingFits: The index lacks something.
        Contradiction: Requirements exclude each other.
        HashesMissing: Hashes are required, and something has none.
        MetadataUnknown: Only the code of an sdist can say what it depends on, and *build* is not given.
        BuildFailed: That code failed.
        ClientError: The index cannot be reached, refuses, or makes no sense.
    """
    for each in wanted.pythons:
        if not each.specifier.contains(target.version, prereleases=True):
            raise BadTarget(f"{each.source} is for Python {each.specifier}, the target is {target}.")
    chosen: dict[str, ChosenFile] = {}
    search = _Search(
        client,
        wanted,
        target,
        dependencies=dependencies,
        kinds=kinds,
        pre_releases=pre_releases,
        build=build,
        note=note,
    )
    for file in (*locked_files(client, wanted.locks, target, kinds), *search.files()):
        before = chosen.setdefault(file.name, file)
        if before.file.filename != file.file.filename:
            raise Contradiction(
                f"Two files are wanted of {file.name}: {before.file.filename} and {file.file.filename}."
            )
    return tuple(chosen[name] for name in sorted(chosen))


class _Search:
    """The search for versions that fit together."""

    def __init__(
        self,
        client: Client,
        wanted: Wanted,
        target: Target,
        *,
        dependencies: bool,
        kinds: Collection[FileKind],
        pre_releases: bool,
        build: BuildMetadata | None,
        note: Callable[[str], None],
    ) -> None:
        self._wanted = wanted
        self._reader = DependencyReader(client, build)
        self._offers = Offers(client, wanted, target, kinds, note)
        self._constraints: dict[NormalizedName, list[WantedRequirement]] = {}
        self._order: dict[str, int] = {}
        self._candidates = Candidates(self._offers, wanted, self._constraints, pre_releases=pre_releases)
        reader = self._reader if dependencies else None
        self._provider = Provider(self._candidates, reader, target, self._order, note)

    def files(self) -> Iterator[ChosenFile]:
        """Yield the files that were found to fit together."""
        roots = self._roots()
        if not roots:
            return
        resolution: Resolution[AnyNeed, Candidate, str] = Resolution(self._provider, BaseReporter())
        try:
            found = resolution.resolve(roots, max_rounds=_MOST_ROUNDS).mapping
        except ResolutionImpossible as error:
            constraints = [each for some in self._constraints.values() for each in some]
            raise explain(error.causes, self._offers, constraints) from error
        except ResolutionTooDeep as error:
            raise Contradiction(
                "No versions that fit together were found in a reasonable number of steps: pin some of them."
            ) from error
        chosen = [each for each in self._needed(found, roots) if each.base is None]
        self._demand_hashes(chosen, roots)
        for each in chosen:
            yield self._file(each, roots)

    def _needed(self, found: Mapping[str, Candidate], roots: list[Need]) -> list[Candidate]:
        """Return what is needed in the end: something pinned on the way may be left over."""
        # `Resolver.resolve` does the same, without an end where what is left over needs each other.
        left = [each.name for each in roots]
        needed: dict[str, Candidate] = {}
        while left:
            name = left.pop()
            if name not in needed:
                needed[name] = found[name]
                left += (each.name for each in self._provider.get_dependencies(found[name]))
        return list(needed.values())

    def _roots(self) -> list[Need]:
        for each in self._wanted.constraints:
            if self._provider.is_wanted(each.requirement, (), each.source):
                self._constraints.setdefault(each.name, []).append(each)
        roots: list[Need] = []
        for number, each in enumerate(self._wanted.requirements):
            if not self._provider.is_wanted(each.requirement, (), each.source):
                continue
            needs = list(needs_of(each.requirement, each.hashes, each.source))
            self._order.setdefault(needs[0].name, number)
            roots += needs
        self._demand_hashes_of_all()
        # Extras last: by then the versions of the projects themselves are known.
        return sorted(roots, key=lambda each: bool(each.extras))

    def _demand_hashes_of_all(self) -> None:
        if not self._wanted.is_hashes_mode:
            return
        problems = []
        for each in self._wanted.requirements:
            if not self._provider.is_wanted(each.requirement, (), each.source):
                continue
            constraints = self._constraints.get(each.name, [])
            if not (each.hashes or any(constraint.hashes for constraint in constraints)):
                problems.append(f"{each} has no hashes.")
        if problems:
            raise HashesMissing(
                f"Hashes are required, because at least one requirement has them. {' '.join(problems)}"
            )

    def _demand_hashes(self, chosen: list[Candidate], roots: list[Need]) -> None:
        if not self._wanted.is_hashes_mode:
            return
        lacking = [str(each) for each in chosen if not self._hashes(each, roots)]
        if lacking:
            raise HashesMissing(
                f"Hashes are required, and there are none for {', '.join(sorted(lacking))}, which something "
                "depends on: add them with --hash, or do without dependencies (--no-deps)."
            )

    def _hashes(self, candidate: Candidate, roots: list[Need]) -> frozenset[str]:
        project = candidate.offer.project
        needs = [each for each in roots if each.project == project]
        return self._candidates.hashes_of(project, needs) or frozenset()

    def _file(self, candidate: Candidate, roots: list[Need]) -> ChosenFile:
        offer = candidate.offer
        hashes = self._hashes(candidate, roots)
        if hashes and has_hash(offer.file.hashes, hashes):
            hashes &= {f"{name}:{digest.lower()}" for name, digest in offer.file.hashes.items()}
        return ChosenFile(
            name=offer.project,
            version=str(offer.version),
            file=offer.file,
            hashes=hashes,
            metadata=self._reader.content_of(offer) if offer.file.kind is FileKind.WHEEL else None,
        )
