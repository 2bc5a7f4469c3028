"""What is known of commits before an answer is given again, on the event loop."""

from __future__ import annotations

import asyncio

import pytest

from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Unavailable
from pypi_core.ports.changes import Changes, Generation, Position
from pypi_http_api.freshness import FreshnessAtOnce, SharedFreshness, Validities


class Signal:
    """A signal that counts how often it is asked, at once or by an event loop."""

    def __init__(self) -> None:
        self.asked = 0
        self.told = 0
        self.committed: list[NormalizedName | None] = []
        self.is_away = False

    def _now(self) -> Generation:
        self.asked += 1
        if self.is_away:
            raise Unavailable("The database is away.")
        return Generation(len(self.committed))

    def _changes(self, since: Position | None) -> Changes:
        self.told += 1
        names = self.committed[since.generation :] if since else [None]
        projects = None if None in names else {each for each in names if each}
        position = Position(generation=Generation(len(self.committed)), indexes={})
        return Changes(position=position, projects=projects)

    def freshness(self) -> FreshnessAtOnce | SharedFreshness:
        raise NotImplementedError


class SignalAtOnce(Signal):
    def generation(self) -> Generation:
        return self._now()

    def changes(self, since: Position | None) -> Changes:
        return self._changes(since)

    def freshness(self) -> FreshnessAtOnce:
        return FreshnessAtOnce(self)


class LoopSignal(Signal):
    async def generation(self) -> Generation:
        await asyncio.sleep(0)
        return self._now()

    def call(self, take: object) -> None:
        def answer() -> None:
            try:
                generation = self._now()
            except Unavailable as error:
                take(None, error)  # type: ignore[operator]
            else:
                take(generation, None)  # type: ignore[operator]

        asyncio.get_running_loop().call_soon(answer)

    async def changes(self, since: Position | None) -> Changes:
        await asyncio.sleep(0)
        return self._changes(since)

    async def until_moved(self, seen: Generation, seconds: float) -> None:
        raise NotImplementedError

    def freshness(self) -> SharedFreshness:
        return SharedFreshness(self)


@pytest.fixture(params=[SignalAtOnce, LoopSignal])
def signal(request: pytest.FixtureRequest) -> Signal:
    made: Signal = request.param()
    return made


SAMPLE, OTHER = NormalizedName("sample"), NormalizedName("other")


def test_only_the_projects_that_changed_lose_their_answers(signal: Signal) -> None:
    async def main() -> list[bool]:
        freshness = signal.freshness()
        await freshness.generation()
        sample, other, any_commit = (freshness.validities.of(each) for each in (SAMPLE, OTHER, None))
        signal.committed.append(SAMPLE)
        await freshness.generation()
        return [sample.holds, other.holds, any_commit.holds]

    assert asyncio.run(main()) == [False, True, False]


def test_a_change_of_everything_ends_all_answers(signal: Signal) -> None:
    async def main() -> bool:
        freshness = signal.freshness()
        await freshness.generation()
        sample = freshness.validities.of(SAMPLE)
        signal.committed.append(None)
        await freshness.generation()
        return sample.holds

    assert asyncio.run(main()) is False


def test_a_new_answer_holds_again(signal: Signal) -> None:
    async def main() -> bool:
        freshness = signal.freshness()
        for _ in range(3):
            signal.committed.append(SAMPLE)
            await freshness.generation()
        return freshness.validities.of(SAMPLE).holds

    assert asyncio.run(main()) is True


def test_who_confirms_learns_of_commits_before(signal: Signal) -> None:
    async def main() -> list[tuple[Exception | None, bool]]:
        freshness, seen = signal.freshness(), []
        await freshness.generation()
        for name in (OTHER, SAMPLE, OTHER):
            sample = freshness.validities.of(SAMPLE)
            signal.committed.append(name)
            done = asyncio.Event()

            def then(error: Exception | None, done: asyncio.Event = done, sample: object = sample) -> None:
                seen.append((error, sample.holds))  # type: ignore[attr-defined]
                done.set()

            freshness.confirm(then)
            await done.wait()
        return seen

    assert asyncio.run(main()) == [(None, True), (None, False), (None, True)]


def test_who_confirms_is_told_that_the_database_is_away(signal: Signal) -> None:
    async def main() -> Exception | None:
        freshness = signal.freshness()
        told: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        signal.is_away = True
        freshness.confirm(told.set_result)
        return await told

    assert isinstance(asyncio.run(main()), Unavailable)


def test_all_who_confirm_in_a_turn_share_a_question() -> None:
    signal = SignalAtOnce()

    async def main() -> int:
        freshness = signal.freshness()
        told: list[Exception | None] = []
        for _ in range(10):
            freshness.confirm(told.append)
        await asyncio.sleep(0)
        return len(told)

    assert (asyncio.run(main()), signal.asked) == (10, 1)


def test_a_failure_of_one_who_confirms_does_not_keep_the_others_waiting() -> None:
    async def main() -> int:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        freshness = SignalAtOnce().freshness()
        told: list[Exception | None] = []
        freshness.confirm(lambda _error: 1 / 0)  # type: ignore[arg-type]
        freshness.confirm(told.append)
        await asyncio.sleep(0)
        return len(told)

    assert asyncio.run(main()) == 1


def test_many_who_find_a_commit_read_the_journal_once() -> None:
    signal = LoopSignal()

    async def main() -> None:
        freshness = signal.freshness()
        await freshness.generation()
        signal.committed.append(SAMPLE)
        await asyncio.gather(*(freshness.generation() for _ in range(20)))

    asyncio.run(main())

    assert signal.told == 2


def test_a_validity_nobody_uses_is_forgotten() -> None:
    validities = Validities()
    for number in range(100):
        validities.of(NormalizedName(f"p{number}"))

    assert len(validities._of_projects) <= 1
