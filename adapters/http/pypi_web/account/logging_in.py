"""Log in, log out, change the password, and see where else one is logged in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Response

from pypi_core.domain.accounts import PasswordCredentials
from pypi_core.domain.web_sessions import WebSessionId
from pypi_core.errors import InvalidCredentials, InvalidSetting, OneTimeSecretNotFound, TooMany
from pypi_core.use_cases.accounts.second_factors import WRONG_CODE
from pypi_core.use_cases.accounts.web_sessions import OpenedSession, SecondStep
from pypi_protocol.errors import Problem
from pypi_web.account.registration import of_new_password
from pypi_web.account.steps import Step, shows
from pypi_web.account.visits import Visit


def steps() -> Sequence[Step]:
    """Return the pages and forms of this module."""
    return [
        shows("/account/login/", show_log_in, is_open=True),
        Step(path="/account/login/", act=log_in, is_open=True),
        Step(path="/account/login/code/", act=finish_log_in, is_open=True, page=lambda _: "/account/login/"),
        Step(path="/account/logout/", act=log_out, page=lambda _: "/account/"),
        shows("/account/", show_account),
        shows("/account/confirm/", show_confirm),
        Step(path="/account/confirm/", act=confirm),
        shows("/account/password/", show_password),
        Step(path="/account/password/", act=change_password),
        shows("/account/sessions/", show_sessions),
        Step(path="/account/sessions/end/", act=end_session, page=lambda _: "/account/sessions/"),
        Step(path="/account/sessions/end-others/", act=end_others, page=lambda _: "/account/sessions/"),
    ]


def show_log_in(visit: Visit) -> Response[str]:
    """Ask for user name and password, unless somebody is logged in."""
    if visit.session:
        return visit.go(visit.after())
    return visit.page("login.html", **_offered(visit))


def log_in(visit: Visit) -> Response[str]:
    """Open a session, whose identifier is new."""
    credentials = PasswordCredentials(visit.value("username"), visit.secret("password"))
    try:
        opened = visit.site.log_in(credentials, visit.actor.origin)
    except (InvalidCredentials, TooMany) as error:
        return visit.refused("login.html", error, **_offered(visit))
    if isinstance(opened, SecondStep):
        return visit.page("code.html", secret=opened.secret, next=visit.after())
    return enter(visit, opened)


def finish_log_in(visit: Visit) -> Response[str]:
    """Open the session of an account that asks for a code besides the password."""
    secret = visit.value("secret")
    try:
        opened = visit.site.log_in.finish(secret, visit.value("code"), visit.actor.origin)
    except InvalidCredentials as error:
        wrong = InvalidSetting(Problem("code", str(error)))
        return visit.refused("code.html", wrong, secret=secret, next=visit.after())
    except TooMany as error:
        return visit.refused("code.html", error, secret=secret, next=visit.after())
    except OneTimeSecretNotFound as error:
        return visit.refused("login.html", error, **_offered(visit))
    return enter(visit, opened)


def _offered(visit: Visit) -> dict[str, Any]:
    return {
        "next": visit.after(),
        "sends_mail": visit.site.sends_mail,
        "registers": visit.site.registration.is_open,
    }


def enter(visit: Visit, opened: OpenedSession) -> Response[str]:
    """Give the browser its session, end the one it had, and go where it was going."""
    if visit.session:
        visit.site.end_session(visit.session.actor, visit.session.session.id)
    lasting = opened.session.expires - opened.session.created
    visit.give(visit.cookies.open_session(opened.secret, int(lasting.total_seconds())))
    return visit.go(visit.after())


def log_out(visit: Visit) -> Response[str]:
    """End the session."""
    visit.site.end_session(visit.actor, visit.known_session.session.id)
    visit.give(visit.cookies.close_session())
    return visit.go_to("/")


def show_account(visit: Visit) -> Response[str]:
    """Show what there is to do."""
    return visit.page("overview.html", sends_mail=visit.site.sends_mail)


def show_confirm(visit: Visit) -> Response[str]:
    """Ask for the password again, before something dangerous."""
    return visit.page("confirm.html", next=visit.after(), needs_code=_needs_code(visit))


def confirm(visit: Visit) -> Response[str]:
    """Note that the owner of the session knows the password, and go back."""
    try:
        visit.site.prove_session(
            visit.actor, visit.known_session.session.id, visit.secret("password"), visit.value("code")
        )
    except InvalidCredentials as error:
        is_code = str(error) == WRONG_CODE
        wrong = Problem("code", WRONG_CODE) if is_code else Problem("password", "The password is wrong.")
        return visit.refused(
            "confirm.html", InvalidSetting(wrong), next=visit.after(), needs_code=_needs_code(visit)
        )
    except TooMany as error:
        return visit.refused("confirm.html", error, next=visit.after(), needs_code=_needs_code(visit))
    return visit.go(visit.after())


def _needs_code(visit: Visit) -> bool:
    factor = visit.site.second_factors.own(visit.actor)
    return factor is not None and factor.is_confirmed


def show_password(visit: Visit) -> Response[str]:
    """Show the form for another password."""
    return visit.page("password.html")


def change_password(visit: Visit) -> Response[str]:
    """Change the password, and end all other sessions."""
    try:
        if visit.secret("new_password") != visit.secret("new_password_again"):
            raise InvalidSetting(
                Problem("new_password_again", "The two new passwords differ: enter both again.")
            )
        visit.site.change_own_password(
            PasswordCredentials(visit.actor.username, visit.secret("password")),
            visit.secret("new_password"),
            revoke_tokens=bool(visit.value("revoke_tokens")),
            origin=visit.actor.origin,
            keep_session=visit.known_session.session.id,
        )
    except InvalidCredentials:
        return visit.refused("password.html", InvalidSetting(Problem("password", "The password is wrong.")))
    except InvalidSetting as error:
        return visit.refused("password.html", of_new_password(error))
    except TooMany as error:
        return visit.refused("password.html", error)
    return visit.go_to("/account/", "password")


def show_sessions(visit: Visit) -> Response[str]:
    """List where somebody is logged in."""
    return visit.page(
        "sessions.html",
        sessions=visit.site.web_sessions.own(visit.actor),
        current=visit.known_session.session.id,
    )


def end_session(visit: Visit) -> Response[str]:
    """End one session; this one is logged out."""
    session_id = WebSessionId(visit.value("session"))
    if session_id == visit.known_session.session.id:
        return log_out(visit)
    visit.site.end_session(visit.actor, session_id)
    return visit.go_to("/account/sessions/", "session")


def end_others(visit: Visit) -> Response[str]:
    """End all sessions but this one."""
    visit.site.end_other_sessions(visit.actor, visit.known_session.session.id)
    return visit.go_to("/account/sessions/", "sessions")
