"""Time, randomness, passwords and rendering that a test decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pypi_memory.environment import (
    BROKEN,
    FixedClock,
    PlainPasswordHasher,
    PlainRenderer,
    SeededRandomness,
)


def test_the_clock_stands_still_until_it_is_advanced() -> None:
    clock = FixedClock(datetime(2024, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now() == datetime(2024, 1, 1, tzinfo=UTC)
    assert clock.advance(timedelta(hours=1)) == clock.now() == datetime(2024, 1, 1, 1, tzinfo=UTC)


def test_the_clock_never_goes_back() -> None:
    clock = FixedClock()
    before = clock.now()
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(timedelta(microseconds=-1))
    assert clock.now() == before


def test_a_seed_gives_the_same_bytes_in_each_run() -> None:
    one, same, other = SeededRandomness(1), SeededRandomness(1), SeededRandomness(2)
    first = one.bytes(32)
    assert first == same.bytes(32)
    assert len({first, one.bytes(32), other.bytes(32)}) == 3


def test_a_password_belongs_to_each_of_its_hashes_and_to_no_other() -> None:
    passwords = PlainPasswordHasher()
    one, another = passwords.hash("a$b"), passwords.hash("a$b")
    assert one != another
    assert passwords.verify(one, "a$b")
    assert passwords.verify(another, "a$b")
    assert not passwords.verify(one, "b")


@pytest.mark.parametrize("malformed", ["", "secret", "plain$", "plain$x$secret", "$1$secret"])
def test_a_malformed_hash_matches_nothing(malformed: str) -> None:
    assert not PlainPasswordHasher().verify(malformed, "secret")


def test_a_description_is_shown_as_it_was_written() -> None:
    shown = PlainRenderer().render("a <script> & 'b'", "text/plain")
    assert shown.html == "<pre>a &lt;script&gt; &amp; &#x27;b&#x27;</pre>"


@pytest.mark.parametrize(
    ("content_type", "renders"),
    [
        ("", False),
        ("text/x-rst", False),
        ("text/x-rst; charset=UTF-8", False),
        ("text/markdown; variant=GFM", True),
        ("text/plain", True),
    ],
)
def test_only_restructured_text_can_fail_to_render(content_type: str, renders: bool) -> None:
    assert (not PlainRenderer().render(f"{BROKEN} text", content_type).problem) is renders
