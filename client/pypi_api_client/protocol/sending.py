"""From requests to tries: redirects, credentials, and what is tried again and when."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Any, TypeVar

from pypi_api_client import errors
from pypi_api_client.address import IndexAddress, check_url, has_credentials, origin, resolve
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Login, Request, Response
from pypi_api_client.protocol.refusals import is_busy, refusal_of
from pypi_api_client.protocol.status import file_origins
from pypi_api_client.protocol.steps import Attempt, Operation, Pause, Steps, Together, Work
from pypi_api_client.redaction import redacting, secrets_of

T = TypeVar("T")

MOST_REDIRECTS = 5
_TRIES = 3
# As long as each brings some more of a large file.
_MOST_TRIES = 20
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_REDIRECTS = {301, 302, 303, 307, 308}
_KEEPING_METHOD = {307, 308}
# Some indexes answer 403 where credentials are missing.
_WANTING_LOGIN = {401, 403}
_TOKEN_USER = "__token__"


class Sender:
    """
    Turns operations on one index into steps for a driver.

    Credentials go to the index's own origins alone; with reads only once the index has answered 401 or
    403.  A password is exchanged for a token by *exchange*, if that is given.  Redirects of reads are
    followed, those of files to permitted hosts and to where the index says that it keeps files, those
    of bodies within one origin only, those to a URL with credentials in it never.  Connection errors,
    429 and 5xx are tried up to three times where that is safe: always if nothing was sent yet or a
    rate limit refused it, otherwise if the request says that it may be repeated.  No error repeats the
    secret, whatever the index says.
    """

    def __init__(
        self,
        index: KnownIndex,
        authorization: str | None,
        chance: Callable[[], float] = random.random,
        *,
        exchange: Callable[[], Exchange[str]] | None = None,
    ) -> None:
        self._index = index
        self._authorization = authorization
        self._secrets = [*secrets_of(authorization)]
        self._chance = chance
        self._exchange = exchange
        self._is_exchanged = False
        index.has_login = authorization is not None

    def steps(self, operation: Operation[T]) -> Steps[T]:
        """Carry *operation* to its end; the error of a step is raised in it, where it may be handled."""
        with redacting(self._secrets):
            return (yield from self._carried(operation))

    def _carried(self, operation: Operation[T]) -> Steps[T]:
        try:
            step = next(operation)
            while True:
                try:
                    answer = yield from self._answered(step)
                except (errors.ClientError, OSError) as error:
                    step = operation.throw(error)
                else:
                    step = operation.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            operation.close()

    def _answered(self, step: Request | Work | Together) -> Steps[Any]:
        if isinstance(step, Request):
            return (yield from self._repeatedly(step))
        if isinstance(step, Together):
            # Each by itself: an operation that keeps the error of another keeps it without secrets.
            step = Together(tuple(map(self.steps, step.runs)), step.at_once)
        return (yield step)

    def _log_in(self) -> Steps[None]:
        """Exchange the password for a token, where that is wanted and the index can do it."""
        if self._exchange is None:
            return
        try:
            secret = yield from self._carried(self._exchange())
        except (errors.NotSpoken, errors.Refused):
            if self._index.speaks_json_rpc:
                raise
            # It takes the password itself, perhaps for that call too.
            self._exchange = None
            return
        self._authorization = basic_authorization(_TOKEN_USER, secret)
        self._secrets += secrets_of(self._authorization)
        self._is_exchanged = True

    def _repeatedly(self, request: Request) -> Steps[Response]:
        pause, tries = _FIRST_PAUSE, 0
        for _ in range(_MOST_TRIES):
            before = request.receiver.received if request.receiver else 0
            try:
                return (yield from self._following(request))
            except (errors.Busy, errors.ConnectionFailed) as error:
                if request.receiver and request.receiver.received > before:
                    pause, tries = _FIRST_PAUSE, 0
                tries += 1
                if tries >= _TRIES or not _is_worth_another_try(error, request):
                    raise
                yield Pause(self._pause(error, pause))
                pause *= 2
        return (yield from self._following(request))

    def _pause(self, error: errors.Busy | errors.ConnectionFailed, pause: float) -> float:
        if isinstance(error, errors.ConnectionFailed):
            # Many clients that lost one server must not come back in step.
            return pause * (0.5 + self._chance() / 2)
        if error.retry_after:
            # Nor must those that were all asked to wait as long; but none comes earlier than asked.
            return error.retry_after * (1 + self._chance() / 10)
        return pause

    def _following(self, request: Request) -> Steps[Response]:
        url = request.url
        redirects, is_renewed = 0, False
        while redirects <= MOST_REDIRECTS:
            check_url(url)
            has_login = self._takes_login(request, url)
            if has_login and not self._is_exchanged:
                yield from self._log_in()
            response: Response = yield Attempt(
                request=request, url=url, headers=self._headers(request, has_login=has_login)
            )
            if is_busy(response):
                raise refusal_of(response)
            if response.status in _WANTING_LOGIN and not has_login and self._can_log_in(request, url):
                self._index.wants_login = True
                continue
            if response.status == 401 and has_login and self._is_exchanged and not is_renewed:
                # The token may have expired in the meantime.
                self._is_exchanged, is_renewed = False, True
                continue
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location:
                return response
            target = resolve(url, location)
            if has_credentials(target):
                raise errors.RedirectRefused(
                    f"{origin(url)[1]} redirects to a URL with credentials in it, which is not followed."
                )
            if request.receiver and not (yield from self._may_come_from(target, request.url)):
                raise errors.RedirectRefused(
                    f"{request.url} is redirected to another host, {origin(target)[1]}, which was not asked. "
                    "Nothing was kept. If the index keeps its files there, permit that host."
                )
            is_body_kept = response.status in _KEEPING_METHOD and origin(target) == origin(url)
            if request.method not in {"GET", "HEAD"} and not is_body_kept:
                return response
            url = target
            redirects += 1
        raise errors.BadAnswer(f"{request.url} redirects more than {MOST_REDIRECTS} times.")

    def _may_come_from(self, url: str, listed: str) -> Steps[bool]:
        """Return whether a file may come from *url*, to which *listed* redirects."""
        if origin(url) == origin(listed) or origin(url)[1] in self._index.redirect_hosts:
            return True
        return origin(url) in (yield from self._carried(file_origins(self._index)))

    def _can_log_in(self, request: Request, url: str) -> bool:
        return (
            self._authorization is not None
            and request.when_to_log_in is not Login.NEVER
            and self._index.address.is_home(url)
        )

    def _takes_login(self, request: Request, url: str) -> bool:
        is_wanted = request.when_to_log_in is Login.ALWAYS or self._index.wants_login
        return is_wanted and self._can_log_in(request, url)

    def _headers(self, request: Request, *, has_login: bool) -> dict[str, str]:
        headers = dict(request.headers)
        if request.receiver:
            headers |= request.receiver.headers()
        if has_login and self._authorization:
            headers["Authorization"] = self._authorization
        return headers


def _is_worth_another_try(error: errors.Busy | errors.ConnectionFailed, request: Request) -> bool:
    if isinstance(error, errors.UntrustedCertificate):
        return False
    if isinstance(error, errors.ConnectionFailed):
        return request.is_repeatable or not error.was_sent
    if (error.retry_after or 0) > _LONGEST_PAUSE:
        return False
    return request.is_repeatable or error.status == 429


def authorization_of(address: IndexAddress, token: str | None) -> str | None:
    """Return the header that proves who is asking: by the token, else by what stood in the index's URL."""
    if token and token.strip():
        return basic_authorization(_TOKEN_USER, token.strip())
    if address.password:
        return basic_authorization(address.username or _TOKEN_USER, address.password)
    return None


def has_account_password(address: IndexAddress, token: str | None) -> bool:
    """Return whether what proves who is asking is the password of an account."""
    return (
        not (token and token.strip()) and bool(address.password) and address.username not in {"", _TOKEN_USER}
    )


def basic_authorization(username: str, secret: str) -> str:
    """Return the header of HTTP's Basic authentication (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{secret}".encode()).decode("ascii")
