"""The tabs of a project: releases, files, dependencies, security, documentation, and what is beside them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import httpx
import pytest
from markupsafe import escape

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import ProjectStatus, Status, Yank
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_web.project.requirements import marker_in_words, requirement_groups, versions_in_words
from pypi_web.project.wheel_tags import matrix_of, wheel_tags

Ask = Callable[..., httpx.Response]

MARKUP = "<img src=x onerror=alert(1)>\u202e"
TABS = ("", "releases/", "files/", "dependencies/", "security/", "documentation/")


def publish(memory: InMemorySite, name: str, *versions: str, **description: Any) -> None:
    for version in versions:
        memory.clock.advance(timedelta(days=20))
        memory.publish(memory.actor("alice"), build_wheel(name, version, **description))
    memory.work()


def page(ask: Ask, path: str) -> str:
    return ask("GET", path).text


class TestReleases:
    def test_pre_releases_are_folded_and_the_history_is_drawn(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample", "1.0", "2.0a1", "2.0b1", "2.0", "3.0rc1")
        memory.index.yank_release(
            memory.actor("alice"), NormalizedName("sample"), parse_version("1.0"), Yank("It bites.")
        )

        shown = page(ask, "/project/sample/releases/")
        groups = ask("GET", "/project/sample/releases/?format=json").json()["releases"]["groups"]

        assert [(each["folded"], len(each["releases"])) for each in groups] == [
            (False, 1), (False, 1), (True, 2), (False, 1),
        ]  # fmt: skip
        assert "2 pre-releases" in shown
        assert "It bites." in shown
        assert shown.count("<circle") == 5

    def test_a_long_history_is_paged(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample", "1.0")
        with memory.database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
            project = uow.projects.get(NormalizedName("sample"))
            for number in range(1, 203):
                version = parse_version(f"1.{number}")
                uow.releases.add(project.id, version, CoreMetadata(), memory.clock.now())
            uow.commit()

        first, second = (page(ask, f"/project/sample/releases/?page={number}") for number in (1, 2))

        assert 'href="?page=2"' in first
        assert 'href="/project/sample/1.202/"' in first
        assert 'href="/project/sample/1.0/"' not in first
        assert 'href="/project/sample/1.0/"' in second


class TestComparison:
    def test_metadata_files_and_readme_are_compared(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample", "1.0", summary=MARKUP, description="one\ntwo", requires_dist=["old"])
        publish(memory, "sample", "2.0", summary="New", description="one\n<b>", requires_dist=["new"])

        address = "/project/sample/2.0/compare/1.0/"
        shown, twin = page(ask, address), ask("GET", f"{address}?format=json").json()

        assert f'href="{address}"' in page(ask, "/project/sample/releases/")
        changed = {each["label"]: (each["removed"], each["added"]) for each in twin["fields"]}
        assert changed["Requires-Dist"] == (["old"], ["new"])
        assert "<ins>+&lt;b&gt;</ins>" in shown
        assert "<del>-two</del>" in shown
        assert "<img src=x" not in shown
        assert ask("GET", "/project/sample/2.0/compare/9.0/").status_code == 404


class TestFiles:
    def test_tags_are_put_in_words(self) -> None:
        abi3, many, mac = (
            wheel_tags(f"a-1-{tag}.whl")
            for tag in (
                "cp39-abi3-win_amd64",
                "cp312-cp312-manylinux2014_x86_64",
                "pp310-pypy310_pp73-macosx_11_0_arm64",
            )
        )

        assert abi3
        assert (abi3.pythons, abi3.platforms) == (["CPython 3.9 and later"], ["Windows x86-64"])
        assert many
        assert many.platforms == ["Linux x86-64 (glibc 2.17 or newer)"]
        assert mac
        assert (mac.pythons, mac.platforms) == (["PyPy 3.10"], ["macOS 11.0 or newer, ARM64"])
        assert wheel_tags("nonsense.whl") is None

    def test_a_matrix_shows_which_file_runs_where(self) -> None:
        matrix = matrix_of(
            (f"a-1-{tag}.whl", 1)
            for tag in (
                "cp312-cp312-win_amd64",
                "cp312-cp312-manylinux_2_28_aarch64",
                "cp313-cp313t-win_amd64",
            )
        )

        assert matrix
        assert matrix.platforms == ["Linux ARM64", "Windows x86-64"]
        assert [python for python, _cells in matrix.rows] == ["CPython 3.12", "CPython 3.13, free-threaded"]
        assert matrix.rows[1][1][0] is None
        assert matrix_of([("a-1-py3-none-any.whl", 1)]) is None

    def test_files_have_hashes_and_metadata(self, memory: InMemorySite, ask: Ask) -> None:
        wheel, sdist = build_wheel("sample", "1.0"), build_sdist("sample", "1.0")
        for each in (wheel, sdist):
            memory.publish(memory.actor("alice"), each)

        shown = page(ask, "/project/sample/1.0/files/")

        assert f"{wheel.filename}.metadata" in shown
        assert f"{sdist.filename}.metadata" not in shown
        assert shown.index(sdist.filename) < shown.index(wheel.filename)
        assert f"--hash=sha256:{wheel.sha256}" in page(ask, "/project/sample/")


class TestDependencies:
    def test_they_are_grouped_and_linked_where_they_are_here(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "Dep.One", "1.0")
        publish(
            memory, "sample", "1.0",
            requires_dist=["dep-one>=1,<2", "absent", "tool; extra == 'dev' and sys_platform == 'win32'"],
            extra_metadata=[("Provides-Extra", "dev")],
        )  # fmt: skip

        shown = page(ask, "/project/sample/dependencies/")

        assert '<a href="/project/dep-one/"><bdi>dep-one</bdi></a>, <bdi>1 or newer, below 2</bdi>' in shown
        assert "/project/absent/" not in shown
        assert "sample[dev]" in shown
        assert "<bdi>Windows</bdi>" in shown
        assert '<a href="/project/sample/"><bdi>sample</bdi></a>' in page(
            ask, "/project/dep-one/dependencies/"
        )

    @pytest.mark.parametrize(
        ("marker", "words"),
        [
            ('python_version < "3.11"', "Python below 3.11"),
            ('sys_platform != "darwin"', "not macOS"),
            ('and (python_version >= "3.8")', "Python 3.8 or newer"),
            ('platform_release in "x"', 'platform_release in "x"'),
            ("", ""),
        ],
    )
    def test_markers_are_put_in_words(self, marker: str, words: str) -> None:
        assert marker_in_words(marker) == words

    def test_versions_are_put_in_words(self) -> None:
        assert versions_in_words("<2,>=1.0,!=1.5") == "1.0 or newer, not 1.5, below 2"
        assert versions_in_words("~=1.4") == "compatible with 1.4"
        assert versions_in_words("") == ""


class TestBeside:
    def test_links_that_nobody_checked_are_apart(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample", "1.0", extra_metadata=[("Project-URL", "Docs, https://u:p@docs.example/x")])
        memory.document(memory.actor("alice"), "sample", "1.0", build_documentation())
        memory.work()

        verified, _, claimed = page(ask, "/project/sample/").partition("Claimed by its authors")

        assert 'href="/docs/sample/1.0/"' in verified
        assert '<a href="/user/alice/"' in verified
        assert '<span class="minor host">docs.example</span>' in claimed
        assert 'href="/docs/sample/1.0/"' in page(ask, "/project/sample/documentation/")

    def test_the_score_says_how_to_raise_it(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample", "1.0")

        shown = page(ask, "/project/sample/")
        missing = [
            each["key"]
            for each in ask("GET", "/project/sample/?format=json").json()["completeness"]["checks"]
            if not each["is_met"]
        ]

        assert "Publish a source distribution." in shown
        assert "sdist" in missing
        assert "wheels" not in missing

    def test_a_missing_tab_is_not_there(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample", "1.0")

        assert ask("GET", "/project/sample/1.0/nonsense/").status_code == 404
        assert ask("GET", "/project/sample/nonsense/").status_code == 404

    def test_a_quarantined_project_says_nothing_of_itself(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample", "1.0", summary="Trust me", requires_dist=["dubious-thing"])
        memory.index.set_project_status(
            OPERATOR, NormalizedName("sample"), ProjectStatus(Status.QUARANTINED, MARKUP[:-1])
        )

        for tab, form in product(TABS, ("", "?format=json")):
            answer = ask("GET", f"/project/sample/{tab}{form}")
            assert answer.status_code == 200
            assert "Trust me" not in answer.text
            assert "dubious" not in answer.text


class TestHostileWords:
    def test_a_long_marker_takes_time_by_its_length_and_not_by_the_square(self) -> None:
        def taken(length: int) -> int:
            marker = f'x; platform_release == "{" " * length}" and extra == "{"y" * length}"'
            began = time.process_time_ns()
            (extra,) = requirement_groups([marker], (), ())
            ended = time.process_time_ns()
            assert extra.extra == "y" * length
            return ended - began

        # The square of twenty is four hundred.
        assert min(taken(60_000) for _ in range(3)) < 150 * min(taken(3_000) for _ in range(5))

    def test_markup_stays_text_in_every_tab(self, memory: InMemorySite, ask: Ask) -> None:
        publish(
            memory, "sample", "1.0", summary=MARKUP, description=MARKUP,
            description_content_type="text/plain",
            requires_dist=["dep; python_version < '<b>'"],
            extra_metadata=[
                ("Author", MARKUP), ("Keywords", MARKUP), ("License", MARKUP), ("License-File", "<b>.txt"),
                ("Project-URL", "<b>, https://index.example/<b>"),
            ],
        )  # fmt: skip
        memory.index.yank_release(
            memory.actor("alice"), NormalizedName("sample"), parse_version("1.0"), Yank(MARKUP[:-1])
        )

        for tab in TABS:
            answer = ask("GET", f"/project/sample/{tab}")

            assert "<img src=x" not in answer.text
            assert "<b>" not in answer.text
            # A mark that turns the direction ends with its element.
            assert f"<bdi>{escape(MARKUP)}</bdi>" in answer.text
            policy = answer.headers["content-security-policy"]
            assert "script-src http://index.example/static/script.js;" in policy
            assert "unsafe" not in policy
