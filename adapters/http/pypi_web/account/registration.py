"""Register, prove an e-mail address, and get a new password by it."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response

from pypi_core.errors import (
    AccountAlreadyExists,
    Invalid,
    InvalidCredentials,
    InvalidSetting,
    NotAllowed,
    OneTimeSecretNotFound,
    TooMany,
)
from pypi_protocol.errors import Problem
from pypi_web.account.steps import Step, shows
from pypi_web.account.visits import Visit


def steps() -> Sequence[Step]:
    """Return the pages and forms of this module."""
    return [
        shows("/account/register/", show_register, is_open=True),
        Step(path="/account/register/", act=register, is_open=True),
        shows("/account/forgotten/", show_forgotten, is_open=True),
        Step(path="/account/forgotten/", act=ask_for_password, is_open=True),
        shows("/account/new-password/", show_new_password, is_open=True),
        Step(path="/account/new-password/", act=choose_password, is_open=True),
        # A link is opened by programs that look for harm in messages, too: the form is what counts.
        shows("/account/address/confirm/", show_confirm_address, is_open=True),
        Step(path="/account/address/confirm/", act=confirm_address, is_open=True),
        shows("/account/address/", show_address),
        Step(path="/account/address/", act=ask_for_address, is_dangerous=True),
    ]


def show_register(visit: Visit) -> Response[str]:
    """Show the form for a new account."""
    if not visit.site.registration.is_open:
        raise NotAllowed("Nobody registers here by themselves: ask an administrator for an account.")
    return visit.page("register.html")


def register(visit: Visit) -> Response[str]:
    """Create an account that waits for its address to be proved."""
    address = visit.value("address")
    try:
        visit.site.register_by_oneself(
            visit.value("username"), address, visit.secret("new_password"), visit.actor.origin
        )
    except AccountAlreadyExists as error:
        return visit.refused("register.html", InvalidSetting(Problem("username", str(error))))
    except Invalid as error:
        return visit.refused("register.html", of_new_password(error))
    except TooMany as error:
        return visit.refused("register.html", error)
    return visit.page("check_mail.html", address=address)


def show_forgotten(visit: Visit) -> Response[str]:
    """Show the form for a link to a new password."""
    if not visit.site.sends_mail:
        raise NotAllowed("This server sends no e-mail: ask an administrator for another password.")
    return visit.page("forgotten.html")


def ask_for_password(visit: Visit) -> Response[str]:
    """Send a link, if there is an account of that address; nothing tells."""
    address = visit.value("address")
    try:
        visit.site.ask_for_new_password(address, visit.actor.origin)
    except (Invalid, TooMany) as error:
        return visit.refused("forgotten.html", error)
    return visit.page("check_mail.html", address=address)


def show_new_password(visit: Visit) -> Response[str]:
    """Show the form that a link leads to."""
    return visit.page("new_password.html", secret=visit.query("secret"))


def choose_password(visit: Visit) -> Response[str]:
    """Store the password that was chosen by a link."""
    secret = visit.value("secret")
    try:
        visit.site.choose_new_password(secret, visit.secret("new_password"), visit.actor.origin)
    except Invalid as error:
        return visit.refused("new_password.html", of_new_password(error), secret=secret)
    except (OneTimeSecretNotFound, InvalidCredentials) as error:
        return visit.refused("new_password.html", error, secret="")
    return visit.go_to("/account/login/", "new-password")


def show_confirm_address(visit: Visit) -> Response[str]:
    """Show the form that a link leads to."""
    return visit.page("confirm_address.html", secret=visit.query("secret"))


def confirm_address(visit: Visit) -> Response[str]:
    """Store the address that is proved."""
    try:
        visit.site.prove_address(visit.value("secret"), visit.actor.origin)
    except (Invalid, OneTimeSecretNotFound) as error:
        return visit.refused("confirm_address.html", error, secret="")
    return visit.go_to("/account/" if visit.session else "/account/login/", "address")


def show_address(visit: Visit) -> Response[str]:
    """Show the address of an account."""
    return visit.page("address.html", address=visit.site.ask_to_prove_address.own(visit.actor))


def ask_for_address(visit: Visit) -> Response[str]:
    """Send a link to a new address."""
    address = visit.value("address")
    try:
        visit.site.ask_to_prove_address(visit.actor, address)
    except (Invalid, TooMany) as error:
        own = visit.site.ask_to_prove_address.own(visit.actor)
        return visit.refused("address.html", error, address=own)
    return visit.page("check_mail.html", address=address)


def of_new_password(error: Invalid) -> InvalidSetting:
    """Return *error* said of the field that forms have for a new password."""
    return InvalidSetting(
        *(
            Problem("new_password" if each.field == "password" else each.field, each.message)
            for each in error.problems
        )
    )
