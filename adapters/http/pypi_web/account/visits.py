"""Requests of people who log in, and answers to them that nobody stores."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.datastructures import Cookie

from pypi_core.domain.accounts import Actor
from pypi_core.domain.indexes import IndexRecord
from pypi_core.domain.web_sessions import form_token, is_form_token
from pypi_core.errors import Invalid, PackageIndexError, TooMany
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_core.use_cases.accounts.web_sessions import RecognisedSession
from pypi_http_api.addressed import addressed_of
from pypi_http_api.problems import Family, status_of
from pypi_http_api.session_cookies import SessionCookies, cookie_of, is_safe_for_cookies
from pypi_web.contexts import AnyRequest, PageContext, asked, readable_indexes, viewer_of
from pypi_web.rendering import html_page

_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$'()*+,;=:@%-][A-Za-z0-9._~!$'()*+,;=:@%/?&-]*\Z")
_NO_STORE: Final = {"Cache-Control": "no-store"}

Form = Mapping[str, Sequence[str]]


class _Texts(dict[str, str]):
    """Texts by name, empty for every other name."""

    def __missing__(self, name: str) -> str:
        return ""


class Visit:
    """
    One request of somebody who is logged in, or is about to be.

    Attributes:
        site: The site.
        index: The index below which the page is.
        actor: Who is asking.
        root: Where the index is served.
        path: The path of the page below it.
        session: The session, where somebody is logged in.
        cookies: Names and writes the cookies of the site.
    """

    def __init__(self, request: AnyRequest, form: Form) -> None:
        self._request = request
        self._form = form
        self._addressed = addressed_of(request.scope)
        self._new_cookies: list[Cookie] = []
        self._form_secret = ""
        known = asked(request)
        self.site: Site = known.site
        self.index: Index = known.index
        self.actor: Actor = known.actor
        self.root = known.root
        self.path = known.path
        self.session: RecognisedSession | None = self._addressed.session
        self.cookies = SessionCookies(self._addressed.site_url)

    @property
    def known_session(self) -> RecognisedSession:
        """The session of somebody who is known to be logged in."""
        if self.session is None:
            raise AssertionError(f"{self.path} was shown to somebody who is not logged in")
        return self.session

    @property
    def base_url(self) -> str:
        """The absolute URL of the index, without ``/`` at its end."""
        return self._addressed.base_url

    @property
    def site_url(self) -> str:
        """The absolute URL of the site, without ``/`` at its end."""
        return self._addressed.site_url

    @property
    def is_safe(self) -> bool:
        """Return whether a cookie may be given here."""
        return is_safe_for_cookies(self._addressed.site_url)

    def captured(self, name: str) -> str:
        """Return what is in a place of the route."""
        return str(self._request.path_params[name])

    def value(self, name: str) -> str:
        """Return a field of the form, empty where it was not sent."""
        return next(iter(self._form.get(name, ())), "").strip()

    def secret(self, name: str) -> str:
        """Return a field of the form as it was entered, white space too."""
        return next(iter(self._form.get(name, ())), "")

    def values(self, name: str) -> Sequence[str]:
        """Return all values of a field of the form."""
        return [each.strip() for each in self._form.get(name, ())]

    def query(self, name: str) -> str:
        """Return a parameter of the query, empty where there is none."""
        return str(self._request.query_params.get(name, ""))

    def form_token(self) -> str:
        """Return what the forms of the page carry."""
        if self.session:
            return form_token(self.session.secret)
        if not self.is_safe:
            return ""
        if not self._form_secret:
            self._form_secret = cookie_of(self._request.scope, self.cookies.form)
        if not self._form_secret:
            self._form_secret = self.site.new_form_secret()
            self.give(self.cookies.give_form(self._form_secret))
        return form_token(self._form_secret)

    def has_form_token(self) -> bool:
        """Return whether the form was on a page that was made for this browser."""
        secret = self.session.secret if self.session else cookie_of(self._request.scope, self.cookies.form)
        return bool(secret) and is_form_token(self.value("form_token"), secret)

    def give(self, cookie: Cookie) -> None:
        """Let the answer give the browser a cookie."""
        self._new_cookies.append(cookie)

    def after(self) -> str:
        """Return where to go after a log-in: a path of this site, whatever the request says."""
        wanted = self.value("next") or self.query("next")
        if _PATH.match(wanted) and wanted.startswith(f"{self._addressed.site_root}/"):
            return wanted
        return f"{self.root}/account/"

    def readable_indexes(self) -> Sequence[IndexRecord]:
        """Return the indexes that the caller may read."""
        return readable_indexes(asked(self._request))

    def context(self) -> PageContext:
        """Return where the page stands; it may be shown to callers who may not read the index."""
        return PageContext(
            settings=self.index.reading.record(),
            root=self.root,
            base_url=self.base_url,
            path=self.path,
            now=self.index.clock.now(),
            viewer=viewer_of(self._request),
        )

    def page(self, template: str, *, status: int = HTTPStatus.OK, **values: object) -> Response[str]:
        """Show a page."""
        shown: dict[str, Any] = {
            "problems": _Texts(),
            "entered": _Texts(),
            "form_token": self.form_token(),
            **values,
        }
        shown.setdefault("done", DONE.get(self.query("done"), ""))
        return self._answer(
            html_page(self.context(), f"account/{template}", status=status, headers=_NO_STORE, **shown)
        )

    def refused(self, template: str, error: PackageIndexError, **values: object) -> Response[str]:
        """Show a form again, with what is wrong beside its fields and what was entered in them."""
        problems = _Texts()
        for field, message in _problems(error):
            problems.setdefault(field, message)
        status = status_of(type(error), Family.JSON)
        response = self.page(
            template,
            # A browser must not ask for credentials by itself: the page does.
            status=HTTPStatus.FORBIDDEN if status == HTTPStatus.UNAUTHORIZED else status,
            problems=problems,
            entered=_Texts({name: self.value(name) for name in self._form if "password" not in name}),
            **values,
        )
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def go(self, path: str) -> Response[str]:
        """Send the browser to *path*, which is one of the site, by GET."""
        return self._answer(
            Response("", status_code=HTTPStatus.SEE_OTHER, headers={**_NO_STORE, "Location": path})
        )

    def go_to(self, path: str, done: str = "") -> Response[str]:
        """Send the browser to a *path* below the root of the index, which says that something is *done*."""
        return self.go(f"{self.root}{path}{f'?done={done}' if done else ''}")

    def ask_to_log_in(self, path: str) -> Response[str]:
        """Send the browser to the page that asks who it is, and back to *path* afterwards."""
        return self.go_to(f"/account/login/?next={quote(self.root + path, safe='/')}")

    def _answer(self, response: Response[str]) -> Response[str]:
        response.cookies += self._new_cookies
        self._new_cookies = []
        return response


DONE: Final = {
    "password": "Your password is changed. All your other sessions have ended.",
    "session": "The session has ended.",
    "sessions": "All your other sessions have ended.",
    "address": "Your e-mail address is confirmed.",
    "new-password": "Your new password is stored. Log in with it.",
    "no-app": "Your authenticator app is removed: a password is enough again.",
    "status": "The project has another status.",
    "yanked": "The release is yanked: installers skip it unless it is pinned exactly.",
    "unyanked": "The release is offered again.",
    "member": "The member's role is stored.",
    "invited": "The invitation is on their page “Your projects”. The role is theirs once they accept.",
    "withdrawn": "The invitation is withdrawn.",
    "accepted": "You are a member now.",
    "declined": "You declined the invitation.",
    "removed": "The member has no role in this project any more.",
    "left": "You left the project.",
    "deleted": "It is deleted. The names of its files are never used again.",
    "account": "The account is changed.",
    "created": "It is created.",
    "configured": "The settings are stored, and in force at once.",
    "work": "The work is changed.",
    "revoked": "The token is revoked: nothing accepts it any more.",
}
"""What pages say of what was just done; the query names it, so that no link makes them say anything else."""


def _problems(error: PackageIndexError) -> Sequence[tuple[str, str]]:
    if isinstance(error, Invalid):
        return [(each.field, each.message) for each in error.problems]
    return [("", str(error))]
