"""Limits, credentials that are no good, and where requests come from, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, Action, TokenScope
from pypi_core.domain.audit import AuditFilter
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.origins import AuditedOrigin
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_http_api import HttpSettings

if TYPE_CHECKING:
    from tests.unit.http.conftest import Answer, Wire

SAMPLE = AuditFilter(project=NormalizedName("sample"))


def limit(name: str, quota: int, window: int) -> RateLimit:
    return RateLimit(name=name, quota=quota, window=window, refusal=f"Too many {name}: wait {{wait}}.")


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite(
        limits=RateLimits(uploads=limit("uploads", 3, 60), new_projects=limit("new-projects", 2, 3600))
    )


def upload(wire: Wire, version: str, **options: str) -> Answer:
    return wire.upload(build_wheel("sample", version), headers=options or None)


class TestUploads:
    def test_report_how_many_remain(self, wire: Wire) -> None:
        answers = [upload(wire, f"{number}.0") for number in range(3)]

        assert [each.status for each in answers] == [200, 200, 200]
        assert [each.headers["ratelimit"] for each in answers] == [
            '"uploads";r=2;t=20',
            '"uploads";r=1;t=40',
            # None is left: until there may be one more.
            '"uploads";r=0;t=20',
        ]
        assert {each.headers["ratelimit-policy"] for each in answers} == {'"uploads";q=3;w=60'}

    def test_over_the_limit_are_refused_before_the_body_is_read(self, wire: Wire) -> None:
        for number in range(3):
            upload(wire, f"{number}.0")

        refused = upload(wire, "3.0", expect="100-continue")

        assert (refused.status, refused.bodies_read) == (429, 0)
        assert refused.headers["retry-after"] == "20"
        assert refused.headers["ratelimit"] == '"uploads";r=0;t=20'
        assert refused.headers["ratelimit-policy"] == '"uploads";q=3;w=60'
        assert refused.phrase == "Too many uploads: wait 20 seconds."
        assert refused.text == "Too many uploads: wait 20 seconds.\n"

    def test_over_the_limit_say_so_in_json_too(self, wire: Wire) -> None:
        for number in range(3):
            upload(wire, f"{number}.0")

        problem = upload(wire, "3.0", accept="application/problem+json")
        plain = upload(wire, "3.0", accept="application/json;q=0.9, text/plain;q=0.8")

        assert problem.headers["content-type"] == "application/problem+json"
        assert (problem.json["status"], problem.json["code"]) == (429, "too-many")
        assert (problem.json["type"], problem.json["title"]) == ("about:blank", "Too Many Requests")
        assert plain.json["code"] == "429 Too many uploads: wait 20 seconds."

    def test_are_permitted_again_after_as_long_as_was_said(self, wire: Wire) -> None:
        for number in range(3):
            upload(wire, f"{number}.0")
        wire.memory.clock.advance(timedelta(seconds=int(upload(wire, "3.0").headers["retry-after"])))

        assert upload(wire, "3.0").status == 200
        assert upload(wire, "4.0").status == 429

    @pytest.mark.parametrize("kind", ["nonsense", "no-form", "leaves", "repeated", "verify"])
    def test_count_whatever_their_result(self, wire: Wire, kind: str) -> None:
        wheel = build_wheel("sample", "1.0")
        form = wire.multipart(wheel.form_fields(), [wire.file_part(f'filename="{wheel.filename}"', b"bytes")])
        verifying = [(":action", "verify"), *(each for each in wheel.form_fields() if each[0] != ":action")]
        for _ in range(3):
            match kind:
                case "nonsense":
                    assert wire.send_form(form).status == 400
                case "no-form":
                    assert wire.send_form(b"nothing of a form").status == 400
                case "leaves":
                    wire.send_form(form[:200], leaves=True)
                case "repeated":
                    assert wire.upload(wheel).status == 200
                case "verify":
                    assert wire.send_form(wire.multipart(verifying)).status == 200

        assert upload(wire, "2.0").status == 429

    def test_without_credentials_are_not_counted(self, wire: Wire) -> None:
        for _ in range(10):
            assert wire.request("POST", "/legacy/").status == 401

        assert upload(wire, "1.0").status == 200

    def test_of_administrators_have_no_limit(self, memory: InMemorySite, wire: Wire) -> None:
        memory.account("root", is_administrator=True)
        bearer = f"Bearer {memory.token('root')}"

        answers = [upload(wire, f"{number}.0", authorization=bearer) for number in range(5)]

        assert [each.status for each in answers] == [200] * 5
        assert not any("ratelimit" in each.headers for each in answers)

    def test_of_one_account_on_two_indexes_count_together(self, wire: Wire) -> None:
        wheel = build_wheel("sample", "1.0")
        wire.upload(wheel)

        assert wire.upload(wheel, to="/i/test/legacy/").headers["ratelimit"] == '"uploads";r=1;t=40'


class TestFailedLogins:
    BAD: ClassVar = {"authorization": "Bearer pidx_nonsense"}

    @pytest.fixture
    def memory(self) -> InMemorySite:
        return InMemorySite(limits=RateLimits(failed_logins_by_address=limit("failed-logins", 3, 60)))

    def fail(self, wire: Wire, path: str = "/legacy/") -> Answer:
        return wire.request("POST", path, self.BAD)

    def test_are_refused_for_a_while_when_there_were_too_many(self, wire: Wire) -> None:
        statuses = [self.fail(wire).status for _ in range(3)]
        refused = self.fail(wire)

        assert (statuses, refused.status) == ([401, 401, 401], 429)
        assert refused.headers["retry-after"] == "20"
        assert refused.headers["ratelimit"] == '"failed-logins";r=0;t=20'
        assert refused.headers["ratelimit-policy"] == '"failed-logins";q=3;w=60'
        assert refused.phrase == "Too many failed-logins: wait 20 seconds."
        wire.memory.clock.advance(timedelta(seconds=20))
        assert self.fail(wire).status == 401

    def test_do_not_lock_out_a_valid_token(self, wire: Wire) -> None:
        for _ in range(10):
            self.fail(wire)

        assert upload(wire, "1.0").status == 200

    def test_of_one_address_are_not_those_of_another(self, wire: Wire) -> None:
        for _ in range(4):
            self.fail(wire)

        assert wire.request("POST", "/legacy/", self.BAD, client="198.51.100.7").status == 401

    def test_never_stop_public_reads(self, wire: Wire) -> None:
        upload(wire, "1.0")

        assert {wire.get("/simple/sample/", self.BAD).status for _ in range(10)} == {200}

    def test_are_reported_where_reading_needs_a_token(self, wire: Wire) -> None:
        wire.make_private()

        answers = [wire.get("/simple/", self.BAD).status for _ in range(5)]

        assert answers == [401, 401, 401, 429, 429]


def test_new_projects_have_a_limit(wire: Wire) -> None:
    for name in ("one", "two"):
        assert wire.upload(build_wheel(name, "1.0")).status == 200

    refused = wire.upload(build_wheel("three", "1.0"))

    assert refused.status == 429
    assert refused.headers["ratelimit"] == '"new-projects";r=0;t=1800'
    assert refused.phrase == "Too many new-projects: wait 30 minutes."
    assert wire.get("/simple/three/").status == 404


def test_a_large_file_of_one_project_too_many_is_refused_before_it_has_arrived(
    memory: InMemorySite, wire: Wire
) -> None:
    for name in ("one", "two"):
        wire.upload(build_wheel(name, "1.0"))
    wheel = build_wheel("three", "1.0", padding=4 * 1024 * 1024)
    form = wire.multipart(
        wheel.form_fields(), [wire.file_part(f'filename="{wheel.filename}"', wheel.content)]
    )
    pieces = [form[at : at + 65536] for at in range(0, len(form), 65536)]

    refused = wire.send_form(pieces)

    assert refused.status == 429
    assert refused.bodies_read < len(pieces) / 2


class TestCredentials:
    """See docs/reference/standards/nasty-inputs.md#case-48."""

    @pytest.mark.parametrize(
        "authorization",
        [
            "Basic %%%", "Basic /w==", "Basic X190b2tlbl9f", "Basic Og==", "Bearer pidx_nonsense",
            "Bearer " + "x" * 10_000, "Basic " + "A" * 10_000, "Bearer \x80\xff", "\x00", "",
        ],
    )  # fmt: skip
    def test_a_garbled_header_is_not_a_server_error(self, wire: Wire, authorization: str) -> None:
        answer = upload(wire, "1.0", authorization=authorization)

        assert (answer.status, answer.bodies_read) == (401, 0)
        assert answer.headers["www-authenticate"] == 'Basic realm="package index"'

    def test_an_expired_token(self, memory: InMemorySite, wire: Wire) -> None:
        memory.account("bob")
        expires = memory.clock.now() + timedelta(days=1)
        secret = memory.site.issue_token(OPERATOR, "bob", "short", expires=expires).secret
        memory.clock.advance(timedelta(days=1))

        answer = upload(wire, "1.0", authorization=f"Bearer {secret}")

        assert (answer.status, answer.bodies_read) == (401, 0)
        assert "expired" in answer.phrase

    @pytest.mark.parametrize(
        "scope",
        [
            TokenScope(projects=frozenset({NormalizedName("other")})),
            TokenScope(projects=frozenset()),
            TokenScope(indexes=frozenset({IndexName("test")})),
            TokenScope(actions=frozenset({Action.YANK})),
            TokenScope(projects=frozenset({NormalizedName("sample")}), actions=frozenset({Action.UPLOAD})),
        ],
        ids=["other-project", "no-project", "other-index", "other-action", "not-to-create"],
    )
    def test_a_token_cannot_create_a_project_outside_its_scope(
        self, memory: InMemorySite, wire: Wire, scope: TokenScope
    ) -> None:
        memory.account("bob")
        secret = memory.site.issue_token(OPERATOR, "bob", "narrow", scope).secret

        answer = upload(wire, "1.0", authorization=f"Bearer {secret}")

        assert answer.status == 403
        # Reading the index is asked about first.
        what = "create project 'sample'" if scope.indexes is None else "read index 'pypi'"
        assert f"isn't allowed to {what}" in answer.phrase
        assert wire.holds_nothing()

    @pytest.mark.parametrize("username", ["alice", "__Token__", "token"])
    def test_a_token_under_another_user_name_is_refused_with_what_to_do(
        self, wire: Wire, username: str
    ) -> None:
        answer = upload(wire, "1.0", **wire.basic(username, wire.token))

        assert (answer.status, answer.bodies_read) == (403, 0)
        assert "use the user name __token__" in answer.phrase


class TestWhereFrom:
    @pytest.mark.parametrize(
        ("forwarded", "address"),
        [
            (None, "127.0.0.1"),
            ("192.0.2.7", "192.0.2.7"),
            # What stands before the last proxy's word is what the client says of itself.
            ("203.0.113.1, 192.0.2.7", "192.0.2.7"),
            ("192.0.2.7, 10.0.0.1, 10.0.0.2", "192.0.2.7"),
            ("192.0.2.7:4711", "192.0.2.7"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:DB8::1", "2001:db8::1"),
            ("nonsense", "127.0.0.1"),
            ("nonsense, 10.0.0.1", "10.0.0.1"),
            ("10.0.0.1", "10.0.0.1"),
            ("", "127.0.0.1"),
            ("," * 1000, "127.0.0.1"),
        ],
    )
    def test_behind_trusted_proxies(
        self, wired: Callable[..., Wire], forwarded: str | None, address: str
    ) -> None:
        wire = wired(HttpSettings(trusted_proxies=("127.0.0.1", "10.0.0.0/8")))

        wire.upload(build_wheel(), headers={} if forwarded is None else {"x-forwarded-for": forwarded})

        assert {each.address for each in origins(wire)} == {address}

    def test_without_trusted_proxies_client_headers_are_ignored(self, wire: Wire) -> None:
        wire.upload(build_wheel(), headers={"x-forwarded-for": "192.0.2.7", "forwarded": "for=192.0.2.8"})

        assert {each.address for each in origins(wire)} == {"127.0.0.1"}

    def test_the_program_is_noted_without_control_characters(self, wire: Wire) -> None:
        wire.upload(build_wheel(), headers={"user-agent": "twine/6.0 \x1b[31m\x9b" + "x" * 10_000})

        (agent,) = {each.user_agent for each in origins(wire)}
        assert re.fullmatch(r"twine/6\.0  \[31m x+", agent)
        assert len(agent) == 200


def origins(wire: Wire) -> list[AuditedOrigin]:
    return [each.entry.origin for each in wire.memory.site.audit_log.entries(OPERATOR, SAMPLE)]
