"""Which files of a project can be taken, and which of them is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from pypi_api_client.models import FileKind
from pypi_api_client.selection import is_pin
from pypi_resolution.needs import AnyNeed, Candidate, Extras, Need
from pypi_resolution.offers import Offer, Offers
from pypi_resolution.wanted import Wanted, WantedRequirement


class Candidates:
    """Finds the candidates of a project: of each version the best file, and the best version first."""

    def __init__(
        self,
        offers: Offers,
        wanted: Wanted,
        constraints: Mapping[NormalizedName, Sequence[WantedRequirement]],
        *,
        pre_releases: bool,
    ) -> None:
        self._offers = offers
        self._wanted = wanted
        self._constraints = constraints
        self._pre_releases = pre_releases
        self._bases: dict[str, Candidate] = {}
        self._extended: dict[tuple[int, Extras], Candidate] = {}
        self._fitting: dict[tuple[NormalizedName, SpecifierSet, frozenset[str] | None], list[Offer]] = {}

    def fitting(
        self, name: NormalizedName, needs: Iterable[AnyNeed], asked: Sequence[Need]
    ) -> list[Candidate]:
        """Return the candidates of a project that all that is *asked* of it permits, the best first."""
        extras = next((each.extras for each in needs if isinstance(each, Need)), frozenset())
        hashes = self.hashes_of(name, asked)
        specifier = SpecifierSet()
        for constraint in self._constraints.get(name, ()):
            specifier &= constraint.requirement.specifier
        for each in asked:
            specifier &= each.specifier
        key = (name, specifier, hashes)
        if key not in self._fitting:
            self._fitting[key] = self._choice(name, specifier, hashes)
        return [self._candidate(each, extras) for each in self._fitting[key]]

    def hashes_of(self, name: NormalizedName, needs: Iterable[Need]) -> frozenset[str] | None:
        """Return the hashes of which a file has to have one; ``None`` if there is no such rule."""
        hashes: frozenset[str] | None = None
        rules: list[WantedRequirement | Need] = [*self._constraints.get(name, ()), *needs]
        for each in rules:
            hashes = _common(hashes, each.hashes)
        return hashes

    def _choice(
        self, name: NormalizedName, specifier: SpecifierSet, hashes: frozenset[str] | None
    ) -> list[Offer]:
        permitted = list(
            specifier.filter(
                self._offers.of(name).offers,
                prereleases=self._takes_pre_releases(name),
                key=lambda each: each.version,
            )
        )
        if hashes is not None:
            permitted = [each for each in permitted if can_have_hash(each.file.hashes, hashes)]
        permitted.sort(key=lambda each: self._order(each, hashes), reverse=True)
        # PEP 592: what was yanked is taken where it is pinned and nothing else is there.
        takes_yanked = is_pin(specifier) and all(each.file.yanked for each in permitted)
        best: dict[Version, Offer] = {}
        for each in permitted:
            if takes_yanked or not each.file.yanked:
                best.setdefault(each.version, each)
        return list(best.values())

    def _takes_pre_releases(self, name: NormalizedName) -> bool | None:
        said = self._wanted.releases.is_first(name)
        return True if said is None and self._pre_releases else said

    def _order(self, offer: Offer, hashes: frozenset[str] | None) -> tuple[object, ...]:
        is_listed = hashes is None or has_hash(offer.file.hashes, hashes)
        is_wheel = offer.file.kind is FileKind.WHEEL
        return (
            is_listed,
            not offer.file.yanked,
            self._wanted.prefers_wheels and is_wheel,
            offer.version,
            -offer.rank,
            offer.build,
        )

    def _candidate(self, offer: Offer, extras: Extras) -> Candidate:
        base = self._bases.setdefault(offer.file.url, Candidate(offer))
        return self.with_extras(base, extras)

    def with_extras(self, base: Candidate, extras: Extras) -> Candidate:
        """Return a candidate with *extras*: always the same object."""
        if not extras:
            return base
        key = (id(base), extras)
        if key not in self._extended:
            self._extended[key] = Candidate(base.offer, extras, base)
        return self._extended[key]


def has_hash(listed: Mapping[str, str], hashes: frozenset[str]) -> bool:
    """Return whether the index lists one of *hashes*."""
    return any(f"{name}:{digest.lower()}" in hashes for name, digest in listed.items())


def can_have_hash(listed: Mapping[str, str], hashes: frozenset[str]) -> bool:
    """Return whether a file may have one of *hashes*: it does, or what is listed is of other algorithms."""
    known = {each.partition(":")[0] for each in hashes}
    return has_hash(listed, hashes) or not known & set(listed)


def _common(one: frozenset[str] | None, other: frozenset[str]) -> frozenset[str] | None:
    """Return what both permit; without hashes there is no rule."""
    if not other:
        return one
    return other if one is None else one & other
