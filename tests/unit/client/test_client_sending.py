"""What is tried again, where credentials go, and which redirects are followed: without a wire."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pypi_api_client import PackageIndex
from pypi_api_client.address import is_loopback, origin
from pypi_api_client.errors import BadAnswer, ClientError, ConnectionFailed, IndexUnavailable, TooManyRequests
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Request, Response
from pypi_api_client.protocol.sending import MOST_REDIRECTS, Sender
from pypi_api_client.protocol.steps import Attempt, Pause

HOME = "https://index.example/"
UPLOAD = "https://upload.example/legacy/"
HOSTS = ("https://index.example", "https://index.example:8443", "https://evil.example", "http://evil.example",
         "http://127.0.0.1:9", "//evil.example", "")  # fmt: skip

Answer = Response | ClientError


def exchange(request: Request) -> Exchange[Response]:
    return (yield request)


def carried(request: Request, answers: list[Answer], chance: float = 0.5) -> tuple[list[Any], Any]:
    """Return the steps, and the response or error at the end; when there are no more answers, it is 200."""
    known = KnownIndex(PackageIndex(HOME, upload_url=UPLOAD).address)
    steps = Sender(known, "Basic secret", lambda: chance).steps(exchange(request))
    seen: list[Any] = []
    left = iter(answers)
    try:
        step = next(steps)
        while True:
            seen.append(step)
            if isinstance(step, Pause):
                step = steps.send(None)
                continue
            assert isinstance(step, Attempt)
            answer = next(left, Response(status=200, url=step.url, headers={}))
            step = steps.throw(answer) if isinstance(answer, ClientError) else steps.send(answer)
    except StopIteration as end:
        return seen, end.value
    except ClientError as error:
        return seen, error


def redirect(location: str, status: int = 302) -> Response:
    return Response(status=status, url=HOME, headers={"location": location})


ANSWERS = st.one_of(
    st.builds(
        lambda status, host: redirect(f"{host}/x", status),
        st.sampled_from([301, 302, 303, 307, 308]),
        st.sampled_from(HOSTS),
    ),
    st.builds(
        lambda status, after: Response(status=status, url=HOME, headers={"retry-after": after}),
        st.sampled_from([200, 404, 429, 500, 501, 503]),
        st.sampled_from(["", "0", "3", "61", "soon", "-1", "1e9"]),
    ),
    st.builds(lambda sent: ConnectionFailed("broken", was_sent=sent), st.booleans()),
)


@given(
    st.lists(ANSWERS, max_size=12),
    st.sampled_from(["GET", "HEAD", "POST", "PUT"]),
    st.booleans(),
    st.sampled_from([HOME, UPLOAD]),
)
def test_rules_of_sending_hold_for_any_answers(
    answers: list[Answer], method: str, is_repeatable: bool, url: str
) -> None:
    steps, _end = carried(Request(method=method, url=url, is_repeatable=is_repeatable), answers)
    attempts = [each for each in steps if isinstance(each, Attempt)]

    assert len(attempts) <= 3 * (MOST_REDIRECTS + 1)
    for each in attempts:
        home = {origin(HOME), origin(UPLOAD)}
        assert "Authorization" not in each.headers or origin(each.url) in home
        # What only reads goes without, until the index has asked.
        assert method in {"GET", "HEAD"} or ("Authorization" in each.headers) == (origin(each.url) in home)
        assert each.url.startswith("https://") or is_loopback(each.url)
        # A body, and what it may change, stays where it was meant for.
        assert method in {"GET", "HEAD"} or origin(each.url) == origin(url)
    assert all(0 <= each.seconds <= 66 for each in steps if isinstance(each, Pause))


@given(st.lists(ANSWERS, max_size=8))
def test_an_unrepeatable_request_is_carried_out_once(answers: list[Answer]) -> None:
    steps, _end = carried(Request(method="POST", url=HOME, is_repeatable=False), answers)

    attempts = [each for each in steps if isinstance(each, Attempt)]
    harmful = [
        answer
        for answer in answers[: len(attempts)]
        if (isinstance(answer, ConnectionFailed) and answer.was_sent)
        or (isinstance(answer, Response) and answer.status in {500, 503})
    ]
    # After the first of them there is no further try.
    assert len(harmful) <= 1
    assert not harmful or answers.index(harmful[0]) == len(attempts) - 1


@given(st.integers(1, 60), st.floats(0, 1))
def test_retry_after_is_never_undercut(seconds: int, chance: float) -> None:
    busy = Response(status=429, url=HOME, headers={"retry-after": str(seconds)})

    steps, _end = carried(Request(method="POST", url=HOME, is_repeatable=False), [busy], chance)

    assert seconds <= steps[1].seconds <= seconds * 1.1


@pytest.mark.parametrize("count", [MOST_REDIRECTS, MOST_REDIRECTS + 1])
def test_redirects_are_bounded(count: int) -> None:
    _steps, end = carried(Request(method="GET", url=HOME), [redirect("/again")] * count)

    if count > MOST_REDIRECTS:
        assert isinstance(end, BadAnswer)
    else:
        assert end.status == 200


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Response(status=503, url=HOME, headers={}), IndexUnavailable),
        (ConnectionFailed("broken"), ConnectionFailed),
        (Response(status=429, url=HOME, headers={"retry-after": "3600"}), TooManyRequests),
    ],
    ids=["unavailable", "broken", "much later"],
)
def test_a_change_is_not_tried_again(answer: Answer, kind: type[ClientError]) -> None:
    steps, end = carried(Request(method="POST", url=HOME, is_repeatable=False), [answer])

    assert len(steps) == 1
    assert isinstance(end, kind)


def test_a_request_that_was_never_sent_is_tried_again() -> None:
    failed = ConnectionFailed("no route", was_sent=False)

    steps, end = carried(Request(method="POST", url=HOME, is_repeatable=False), [failed, failed])

    assert [type(each) for each in steps] == [Attempt, Pause, Attempt, Pause, Attempt]
    assert end.status == 200


def test_an_exchange_may_handle_a_failure_and_go_on() -> None:
    def forgiving() -> Exchange[str]:
        try:
            yield Request(method="PUT", url=HOME, is_repeatable=False)
        except ConnectionFailed:
            response = yield Request(method="GET", url=HOME)
            return f"went on: {response.status}"
        return "was not told"

    known = KnownIndex(PackageIndex(HOME).address)
    steps = Sender(known, None).steps(forgiving())
    next(steps)
    steps.throw(ConnectionFailed("broken"))
    with pytest.raises(StopIteration) as end:
        steps.send(Response(status=200, url=HOME, headers={}))

    assert end.value.value == "went on: 200"
