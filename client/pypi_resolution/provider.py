"""What the resolver asks: which candidates there are, what each needs, and what to look at first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from resolvelib.providers import AbstractProvider

from pypi_resolution.candidates import Candidates
from pypi_resolution.dependencies import DependencyReader, UnusableMetadata
from pypi_resolution.errors import MetadataUnknown
from pypi_resolution.needs import AnyNeed, Candidate, ExactNeed, ImpossibleNeed, Need
from pypi_resolution.target import Target

# How often something not yet chosen stands in the way before it is looked at first.
_CONFLICTS_UNTIL_PROMOTED = 5


class Provider(AbstractProvider[AnyNeed, Candidate, str]):
    """
    Answers the resolver in the manner of pip, so that it takes the same turns.

    Args:
        candidates: Finds what an index offers.
        reader: Reads what candidates depend on; ``None`` to do without dependencies.
        target: For which Python and platform.
        order: In which order the user named what is searched for.
        note: Receives what people should know.
    """

    def __init__(
        self,
        candidates: Candidates,
        reader: DependencyReader | None,
        target: Target,
        order: Mapping[str, int],
        note: Callable[[str], None],
    ) -> None:
        self._candidates = candidates
        self._reader = reader
        self._target = target
        self._order = order
        self._note = note
        self._conflicts: Counter[str] = Counter()
        self._promoted: set[str] = set()
        self._needs: dict[int, tuple[AnyNeed, ...]] = {}

    def identify(self, requirement_or_candidate: AnyNeed | Candidate) -> str:
        """Return under which name something is searched for."""
        return requirement_or_candidate.name

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[str],
        resolutions: Mapping[str, Candidate],
        candidates: Mapping[str, Iterator[Candidate]],
        information: Mapping[str, Iterator[Any]],
        backtrack_causes: Sequence[Any],
    ) -> Iterable[str]:
        """Look at what caused the last conflict first, then at what stands in the way again and again."""
        causes = set()
        for cause in backtrack_causes:
            for each in (cause.requirement, cause.parent):
                if each is None:
                    continue
                causes.add(each.name)
                if each.name not in resolutions:
                    self._conflicts[each.name] += 1
                    if self._conflicts[each.name] >= _CONFLICTS_UNTIL_PROMOTED:
                        self._promoted.add(each.name)
        known = list(identifiers)
        return (
            [each for each in known if each in causes]
            or [each for each in known if each in self._promoted]
            or known
        )

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Candidate],
        candidates: Mapping[str, Iterator[Candidate]],
        information: Mapping[str, Iterator[Any]],
        backtrack_causes: Sequence[Any],
    ) -> Any:
        """Prefer what leaves the fewest choices: exact, pinned, bounded above, named by the user, bounded."""
        needs = [each.requirement for each in information[identifier]]
        specifiers = [part for each in needs if isinstance(each, Need) for part in each.specifier]
        is_pinned = any(each.operator in {"==", "==="} and "*" not in each.version for each in specifiers)
        is_bounded = any(
            each.operator in {"<", "<=", "~="} or (each.operator == "==" and "*" in each.version)
            for each in specifiers
        )
        return (
            identifier not in self._promoted,
            not any(isinstance(each, ExactNeed) for each in needs),
            not is_pinned,
            not is_bounded,
            self._order.get(identifier, math.inf),
            not specifiers,
            identifier,
        )

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[AnyNeed]],
        incompatibilities: Mapping[str, Iterator[Candidate]],
    ) -> Sequence[Candidate]:
        """Return the candidates that satisfy all needs of this name, the best first."""
        needs = list(requirements[identifier])
        if any(isinstance(each, ImpossibleNeed) for each in needs):
            return ()
        excluded = {id(each) for each in incompatibilities.get(identifier, ())}
        base = identifier.partition("[")[0]
        of_base = list(requirements.get(base, ())) if base != identifier else []
        found = self._exact(identifier, needs, of_base)
        if found is None:
            asked = [each for each in (*needs, *of_base) if isinstance(each, Need)]
            found = self._candidates.fitting(canonicalize_name(base), needs, asked)
        return [each for each in found if id(each) not in excluded]

    def _exact(self, identifier: str, needs: list[AnyNeed], of_base: list[AnyNeed]) -> list[Candidate] | None:
        """Return the only candidate that can be meant, if some need is of one."""
        exact = {each.candidate for each in needs if isinstance(each, ExactNeed)}
        extras = next((each.extras for each in needs if isinstance(each, Need)), frozenset())
        exact |= {
            self._candidates.with_extras(each.candidate, extras)
            for each in of_base
            if isinstance(each, ExactNeed)
        }
        if not exact:
            return None
        return [each for each in exact if all(self.is_satisfied_by(need, each) for need in needs)]

    def is_satisfied_by(self, requirement: AnyNeed, candidate: Candidate) -> bool:
        """Return whether a candidate is what a need asks for."""
        match requirement:
            case Need():
                # Whether pre-releases count was decided when candidates were found.
                return requirement.specifier.contains(candidate.version, prereleases=True)
            case ExactNeed():
                return requirement.candidate is candidate
            case ImpossibleNeed():
                return False

    def get_dependencies(self, candidate: Candidate) -> Sequence[AnyNeed]:
        """
        Return what a candidate needs.

        Raises:
            MetadataUnknown: Only building it would tell.
        """
        if id(candidate) not in self._needs:
            self._needs[id(candidate)] = tuple(self._needs_of(candidate))
        return self._needs[id(candidate)]

    def _needs_of(self, candidate: Candidate) -> Iterator[AnyNeed]:
        if candidate.base is not None:
            yield ExactNeed(candidate.base)
        if self._reader is None:
            return
        try:
            dependencies = self._reader.of(candidate.offer)
        except UnusableMetadata as error:
            yield ImpossibleNeed(str(error))
            return
        if not self._target.takes_python(dependencies.requires_python):
            yield ImpossibleNeed(
                f"{candidate} needs Python {dependencies.requires_python}, the target is {self._target}"
            )
            return
        extras = candidate.extras & dependencies.extras
        for each in sorted(candidate.extras - dependencies.extras):
            self._note(f"{candidate.offer.project} {candidate.version} has no extra {each!r}.")
        for requirement in dependencies.requirements:
            if self.is_wanted(requirement, extras, str(candidate)):
                if requirement.url:
                    raise MetadataUnknown(
                        f"{candidate} depends on {requirement.name} at a URL of its own choice, which is not "
                        "followed: name another version, or do without dependencies (--no-deps)."
                    )
                yield from needs_of(requirement)

    def is_wanted(self, requirement: Requirement, extras: Iterable[str], source: str) -> bool:
        """
        Evaluate the marker of a requirement for the target.

        Raises:
            MetadataUnknown: It compares what cannot be compared.
        """
        if requirement.marker is None:
            return True
        try:
            environment = cast("dict[str, str]", self._target.environment)
            return any(
                requirement.marker.evaluate({**environment, "extra": each})
                for each in (tuple(extras) or ("",))
            )
        except (UndefinedComparison, UndefinedEnvironmentName) as error:
            raise MetadataUnknown(
                f"{source}: the marker of {str(requirement)!r} cannot be evaluated: {error}."
            ) from error


def needs_of(
    requirement: Requirement, hashes: frozenset[str] = frozenset(), source: str = ""
) -> Iterator[Need]:
    """
    Return what a requirement needs.

    One with extras and versions is two needs: the versions are those of the project itself, so
    that fewer candidates have to be looked at.
    """
    project: NormalizedName = canonicalize_name(requirement.name)
    extras = frozenset(canonicalize_name(each) for each in requirement.extras)
    if extras and requirement.specifier:
        yield Need(project=project, specifier=requirement.specifier, hashes=hashes, source=source)
    yield Need(project=project, specifier=requirement.specifier, extras=extras, hashes=hashes, source=source)
