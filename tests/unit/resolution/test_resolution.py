"""Which files are chosen of an index in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.models import FileKind
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Yank
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_resolution import ChosenFile, choose, parse_target, read_wanted
from pypi_resolution.errors import (
    BadTarget,
    Contradiction,
    HashesMissing,
    MetadataUnknown,
    NothingFits,
    ResolutionError,
)

HERE = "3.12"
LINUX = ["manylinux2014_x86_64"]


class Shelf:
    """An index in memory, and what is chosen of it for Python 3.12 on Linux."""

    def __init__(self, memory: InMemorySite, carry: httpx.MockTransport, folder: Path) -> None:
        self.memory = memory
        self.asked: list[str] = []
        self.notes: list[str] = []
        self._folder = folder
        self._carry = carry
        self._ada = memory.actor("ada")
        self._contents: dict[str, bytes] = {}

    def publish(self, *distributions: BuiltDistribution) -> None:
        for each in distributions:
            self.memory.publish(self._ada, each)
            self._contents |= {each.filename: each.content, f"{each.filename}.metadata": each.metadata}

    def yank(self, name: str, version: str) -> None:
        self.memory.index.yank_release(OPERATOR, NormalizedName(name), parse_version(version), Yank("broken"))

    def choose(
        self,
        *names: str,
        file: Sequence[str] = (),
        python: str = HERE,
        platforms: Sequence[str] = LINUX,
        **options: Any,
    ) -> tuple[ChosenFile, ...]:
        files = []
        if file:
            files.append(self._folder / "requirements.txt")
            files[0].write_text("\n".join(file))
        wanted = read_wanted(names, files)
        transport = httpx.MockTransport(self._answer)
        with Client("https://index.example/", transport=transport) as client:
            target = parse_target(python, platforms)
            return choose(client, wanted, target, note=self.notes.append, **options)

    def names(self, *names: str, **options: Any) -> list[str]:
        return [each.file.filename for each in self.choose(*names, **options)]

    def versions(self, *names: str, **options: Any) -> dict[str, str]:
        return {each.name: each.version for each in self.choose(*names, **options)}

    def refusal(self, kind: type[ResolutionError], *names: str, **options: Any) -> str:
        with pytest.raises(kind) as refused:
            self.choose(*names, **options)
        assert type(refused.value) is kind
        # What is printed is one line.
        assert "\n" not in str(refused.value)
        return re.sub(r"\S*requirements.txt", "requirements.txt", str(refused.value))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path.startswith("/packages/"):
            content = self._contents[request.url.path.rpartition("/")[2]]
            return httpx.Response(200, stream=httpx.ByteStream(content))
        return self._carry.handle_request(request)


@pytest.fixture
def shelf(memory: InMemorySite, carry: httpx.MockTransport, tmp_path: Path) -> Shelf:
    return Shelf(memory, carry, tmp_path)


class TestVersions:
    def test_the_highest_is_taken_with_all_that_it_needs(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("top", "1.0"),
            build_wheel("top", "1.10", requires_dist=["Below_It>=1", "again"]),
            build_wheel("top", "1.9"),
            build_wheel("below-it", "1.2", requires_dist=["again<2"]),
            build_wheel("again", "1.5"),
            build_wheel("again", "2.0"),
            build_wheel("unasked", "1.0"),
        )

        assert shelf.versions("top") == {"again": "1.5", "below-it": "1.2", "top": "1.10"}

    def test_metadata_is_not_read_without_dependencies(self, shelf: Shelf) -> None:
        shelf.publish(build_wheel("top", "1.0", requires_dist=["below"]))

        assert shelf.versions("top", dependencies=False) == {"top": "1.0"}
        assert shelf.asked == ["/simple/top/"]

    def test_metadata_is_read_beside_the_wheel_and_once(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("one", "1.0", requires_dist=["two", "three"]),
            build_wheel("two", "1.0", requires_dist=["three"]),
            build_wheel("three", "1.0"),
        )

        [*chosen] = shelf.choose("one", "two", "one[x]")

        assert len(shelf.asked) == len(set(shelf.asked)) == 6
        assert not any(each.endswith(".whl") for each in shelf.asked)
        assert all(b"Metadata-Version" in (each.metadata or b"") for each in chosen)

    def test_an_older_version_is_taken_where_the_newest_does_not_fit(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("tower", "2.0", requires_dist=["floor==2", "roof"]),
            build_wheel("tower", "1.0", requires_dist=["floor", "roof"]),
            build_wheel("floor", "2.0", requires_dist=["ground<2"]),
            build_wheel("floor", "1.0", requires_dist=["ground"]),
            build_wheel("roof", "1.0", requires_dist=["ground>=2"]),
            build_wheel("ground", "1.0"),
            build_wheel("ground", "2.0"),
        )

        assert shelf.versions("tower") == {"floor": "1.0", "ground": "2.0", "roof": "1.0", "tower": "1.0"}

    def test_a_constraint_restricts_a_project_but_does_not_require_it(self, shelf: Shelf) -> None:
        shelf.publish(build_wheel("one", "1.0"), build_wheel("one", "2.0"), build_wheel("two", "1.0"))
        (shelf._folder / "limits.txt").write_text("one<2\ntwo<1\n")

        assert shelf.versions(file=["one", "-c limits.txt"]) == {"one": "1.0"}

    def test_requirements_may_be_circular(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("one", "1.0", requires_dist=["two"]), build_wheel("two", "1.0", requires_dist=["one"])
        )

        assert shelf.versions("one") == {"one": "1.0", "two": "1.0"}

    def test_a_discarded_candidate_is_not_chosen_though_it_needs_itself(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("one", "3.0", requires_dist=["two"]),
            build_wheel("one", "2.0"),
            build_wheel("two", "1.0", requires_dist=["one<3", "three[x]"]),
            build_wheel("three", "1.0", requires_dist=["two"], extra_metadata=[("Provides-Extra", "x")]),
        )

        assert shelf.versions("one") == {"one": "2.0"}

    @pytest.mark.parametrize(
        ("asked", "version"),
        [
            (["one"], "1.0"),
            (["one>=2.0b1"], "2.0b2"),
            (["one==2.0b1"], "2.0b1"),
            (["one>1.0"], "2.0b2"),
            (["--pre", "one"], "2.0b2"),
            (["--all-releases one", "one"], "2.0b2"),
            (["--all-releases other", "one"], "1.0"),
        ],
    )
    def test_a_pre_release_is_taken_where_pip_takes_it(
        self, shelf: Shelf, asked: list[str], version: str
    ) -> None:
        shelf.publish(*(build_wheel("one", each) for each in ("1.0", "2.0b1", "2.0b2")))

        assert shelf.versions(file=asked) == {"one": version}

    def test_pre_releases_can_be_asked_for_and_be_excluded(self, shelf: Shelf) -> None:
        shelf.publish(build_wheel("one", "1.0"), build_wheel("one", "2.0b1"), build_wheel("two", "1.0a1"))

        assert shelf.versions("one", pre_releases=True) == {"one": "2.0b1"}
        assert shelf.versions("two") == {"two": "1.0a1"}
        assert "No version of two fits" in shelf.refusal(NothingFits, file=["--only-final=:all:", "two"])

    def test_a_yanked_version_is_chosen_only_where_it_is_pinned(self, shelf: Shelf) -> None:
        shelf.publish(build_wheel("one", "1.0"), build_wheel("one", "2.0"))
        shelf.yank("one", "2.0")

        assert shelf.versions("one") == {"one": "1.0"}
        assert shelf.versions("one==2.0") == {"one": "2.0"}
        assert shelf.choose("one===2.0")[0].file.yanked == "broken"
        assert "Offered of one: 1.0; yanked: 2.0." in shelf.refusal(NothingFits, "one>=2")


class TestExtras:
    @pytest.fixture(autouse=True)
    def published(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel(
                "one",
                "1.0",
                requires_dist=["always", "red; extra == 'Color_Red'", "blue>1; extra == 'blue'"],
                extra_metadata=[("Provides-Extra", "Color_Red"), ("Provides-Extra", "blue")],
            ),
            build_wheel("one", "2.0", requires_dist=["always"]),
            build_wheel("always", "1.0"),
            build_wheel("red", "1.0", requires_dist=["one<2"]),
            build_wheel("blue", "2.0"),
        )

    def test_extras_bring_their_dependencies(self, shelf: Shelf) -> None:
        assert set(shelf.versions("one[color.red]==1.0")) == {"one", "always", "red"}
        assert set(shelf.versions("one[COLOR-RED,blue]<2")) == {"one", "always", "red", "blue"}
        assert set(shelf.versions("one[blue]<2", "one[color-red]")) == {"one", "always", "red", "blue"}

    def test_a_missing_extra_is_reported(self, shelf: Shelf) -> None:
        assert shelf.versions("one[blue]") == {"one": "2.0", "always": "1.0"}
        assert shelf.notes == ["one 2.0 has no extra 'blue'."]

    def test_extras_of_a_project_share_one_version(self, shelf: Shelf) -> None:
        assert shelf.versions("red", "one[blue]") == {
            "always": "1.0",
            "blue": "2.0",
            "one": "1.0",
            "red": "1.0",
        }


class TestTarget:
    def test_markers_are_those_of_the_target(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel(
                "one", "1.0", requires_dist=["old; python_version<'3.12'", "win; sys_platform=='win32'"]
            ),
            build_wheel("old", "1.0"),
            build_wheel("win", "1.0"),
        )

        assert set(shelf.versions("one")) == {"one"}
        assert set(shelf.versions("one", "old; python_version>'4'", python="3.11")) == {"one", "old"}
        assert set(shelf.versions("one", platforms=["win_amd64"])) == {"one", "win"}

    def test_requires_python_is_asked_of_the_target(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("one", "2.0", requires_python=">=3.13"),
            build_wheel("one", "1.0", requires_python=">=3.8"),
        )

        assert shelf.versions("one") == {"one": "1.0"}
        assert shelf.versions("one", python="3.13") == {"one": "2.0"}
        assert "2.0 needs Python >=3.13" in shelf.refusal(NothingFits, "one>1")

    def test_the_wheel_that_fits_best_is_taken(self, shelf: Shelf) -> None:
        tags = ("py3-none-any", "cp38-abi3-manylinux2014_x86_64", "cp311-cp311-win_amd64", "2-py3-none-any")
        shelf.publish(*(build_wheel("one", "1.0", tag=each) for each in tags), build_sdist("one", "1.0"))

        assert shelf.names("one") == ["one-1.0-cp38-abi3-manylinux2014_x86_64.whl"]
        assert shelf.names("one", platforms=["win_arm64"]) == ["one-1.0-2-py3-none-any.whl"]
        assert shelf.names("one", python="3.11", platforms=["win_amd64"]) == [
            "one-1.0-cp311-cp311-win_amd64.whl"
        ]

    def test_the_sdist_is_taken_where_no_wheel_fits_or_it_is_asked_for(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("one", "2.0", tag="cp312-cp312-win_amd64"),
            build_sdist("one", "2.0"),
            build_wheel("one", "1.0"),
        )

        assert shelf.names("one") == ["one-2.0.tar.gz"]
        assert shelf.names("one", platforms=["win_amd64"], kinds={FileKind.SDIST}) == ["one-2.0.tar.gz"]
        assert shelf.names("one", kinds={FileKind.WHEEL}) == ["one-1.0-py3-none-any.whl"]
        assert shelf.names(file=["--prefer-binary", "one"]) == ["one-1.0-py3-none-any.whl"]
        assert shelf.names(file=["--only-binary one", "one"]) == ["one-1.0-py3-none-any.whl"]
        assert shelf.names(file=["--no-binary :all:", "one"], platforms=["win_amd64"]) == ["one-2.0.tar.gz"]

    def test_a_project_for_another_python_is_reported(self, shelf: Shelf) -> None:
        file = shelf._folder / "pyproject.toml"
        file.write_text("[project]\nrequires-python = '>=3.13'\n")
        wanted = read_wanted([], [file])

        with (
            Client("https://index.example/", transport=shelf._carry) as client,
            pytest.raises(BadTarget, match=r"is for Python >=3\.13, the target is Python 3\.12\.0 win32"),
        ):
            choose(client, wanted, parse_target("3.12", ["win32"]))


class TestSdists:
    def test_static_dependencies_of_an_sdist_are_read(self, shelf: Shelf) -> None:
        shelf.publish(build_sdist("one", "1.0", requires_dist=["two"]), build_wheel("two", "1.0"))

        assert shelf.names("one") == ["one-1.0.tar.gz", "two-1.0-py3-none-any.whl"]

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            ({"metadata_version": "2.1"}, "its metadata is of version 2.1, which promises nothing"),
            ({"extra_metadata": [("Dynamic", "Requires-Dist")]}, "its metadata leaves requires-dist open"),
        ],
    )
    def test_dynamic_dependencies_are_refused_with_the_alternatives(
        self, shelf: Shelf, options: dict[str, Any], why: str
    ) -> None:
        shelf.publish(build_sdist("one", "1.0", **options))

        refusal = shelf.refusal(MetadataUnknown, "one")

        assert refusal.startswith(f"Only the code of one-1.0.tar.gz can say what it depends on, as {why}.")
        assert "--build" in refusal
        assert "--no-deps" in refusal
        assert shelf.names("one", dependencies=False) == ["one-1.0.tar.gz"]

    def test_metadata_from_the_build_decides(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("top", "1.0", requires_dist=["one"]),
            build_sdist("one", "1.0", metadata_version="2.1"),
            build_wheel("two", "1.0"),
        )
        built: list[str] = []

        def build(sdist: Path) -> bytes:
            built.append(sdist.name)
            return b"Metadata-Version: 2.1\nName: one\nVersion: 1.0\nRequires-Dist: two\n"

        assert shelf.versions("top", build=build) == {"one": "1.0", "top": "1.0", "two": "1.0"}
        assert built == ["one-1.0.tar.gz"]

    def test_a_declined_build_is_reported_like_a_missing_one(self, shelf: Shelf) -> None:
        shelf.publish(build_sdist("one", "1.0", metadata_version="2.1"))

        assert "--build" in shelf.refusal(MetadataUnknown, "one", build=lambda _sdist: None)

    def test_a_build_that_names_another_project_is_passed_over(self, shelf: Shelf) -> None:
        shelf.publish(build_sdist("one", "1.0", metadata_version="2.1"))

        def build(_sdist: Path) -> bytes:
            return b"Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"

        assert "one" in shelf.refusal(NothingFits, "one", build=build)


class TestHashes:
    @pytest.fixture(autouse=True)
    def published(self, shelf: Shelf) -> None:
        shelf.publish(WHEEL, BUILT_AGAIN, build_wheel("two", "1.0", requires_dist=["one"]))

    def test_a_file_with_a_required_hash_is_chosen(self, shelf: Shelf) -> None:
        [chosen] = shelf.choose(file=[f"one==1.0 --hash=sha256:{WHEEL.sha256} --hash=sha256:{'a' * 64}"])

        assert chosen.file.filename == WHEEL.filename
        assert chosen.hashes == {f"sha256:{WHEEL.sha256}"}

    def test_a_hash_that_no_file_has_is_reported(self, shelf: Shelf) -> None:
        refusal = shelf.refusal(NothingFits, file=[f"one==1.0 --hash=sha256:{'a' * 64}"])

        assert "requirements.txt (line 1) wants one==1.0 with one of the hashes given" in refusal

    def test_hashes_of_an_algorithm_that_is_not_listed_are_left_to_the_download(self, shelf: Shelf) -> None:
        [chosen] = shelf.choose(file=[f"one==1.0 --hash=sha512:{'a' * 128}"])

        assert chosen.hashes == {f"sha512:{'a' * 128}"}

    @pytest.mark.parametrize(
        ("lines", "why"),
        [
            (
                [f"one==1.0 --hash=sha256:{'a' * 64}", "two==1.0"],
                "requirements.txt (line 2): two==1.0 has no",
            ),
            (["--require-hashes", "one==1.0"], "(line 2): one==1.0 has no hashes."),
        ],
    )
    def test_hashes_are_required_for_all_once_one_has_them(
        self, shelf: Shelf, lines: list[str], why: str
    ) -> None:
        refusal = shelf.refusal(HashesMissing, file=lines)

        assert refusal.startswith("Hashes are required")
        assert why in refusal

    def test_a_hash_selects_a_file_without_a_pin(self, shelf: Shelf) -> None:
        [chosen] = shelf.choose(file=[f"one>=1.0 --hash=sha256:{WHEEL.sha256}"])

        assert chosen.file.filename == WHEEL.filename

    def test_hashes_are_required_for_dependencies_too(self, shelf: Shelf) -> None:
        [two] = shelf.choose("two", dependencies=False)
        line = f"two==1.0 --hash=sha256:{two.file.hashes['sha256']}"

        refusal = shelf.refusal(HashesMissing, file=[line])

        assert "there are none for one 1.0, which something depends on" in refusal
        assert shelf.versions(file=[line], dependencies=False) == {"two": "1.0"}

    def test_a_constraint_may_have_hashes(self, shelf: Shelf) -> None:
        (shelf._folder / "limits.txt").write_text(f"one==1.0 --hash=sha256:{WHEEL.sha256}\n")

        assert shelf.names(file=["one", "-c limits.txt"]) == [WHEEL.filename]


WHEEL = build_wheel("one", "1.0")
BUILT_AGAIN = build_wheel("one", "1.0", tag="2-py3-none-any", summary="Built again")


class TestConflicts:
    def test_a_conflict_names_who_wants_what(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("one", "1.0", requires_dist=["base<2"]),
            build_wheel("base", "1.0"),
            build_wheel("base", "2.0"),
        )

        refusal = shelf.refusal(Contradiction, file=["one", "base>=2"])

        assert refusal.startswith("No version of base satisfies all: ")
        assert "requirements.txt (line 2) wants base>=2" in refusal
        assert "one 1.0 wants base<2" in refusal
        assert "Offered of base: 2.0, 1.0." in refusal

    def test_a_conflicting_constraint_is_reported(self, shelf: Shelf) -> None:
        shelf.publish(build_wheel("one", "1.0"), build_wheel("one", "2.0"))
        (shelf._folder / "limits.txt").write_text("one<2\n")

        refusal = shelf.refusal(Contradiction, "one>=2", file=["-c limits.txt"])

        assert "you want one>=2" in refusal
        assert "limits.txt (line 1) permits only one<2" in refusal

    def test_a_missing_project_is_reported_with_who_wants_it(self, shelf: Shelf) -> None:
        shelf.publish(build_wheel("one", "1.0", requires_dist=["nowhere>1"]))

        assert shelf.refusal(NothingFits, "one") == (
            "There is no project 'nowhere' on this index (one 1.0 wants nowhere>1)."
        )

    def test_a_dependency_for_another_platform_alone_is_reported(self, shelf: Shelf) -> None:
        shelf.publish(
            build_wheel("one", "1.0", requires_dist=["two"]), build_wheel("two", "1.0", tag="py3-none-win32")
        )

        refusal = shelf.refusal(NothingFits, "one")

        assert "No version of two fits: one 1.0 wants two." in refusal
        assert "1.0 has no wheel for Python 3.12.0 manylinux2014_x86_64" in refusal

    def test_an_undefined_marker_is_reported(self, shelf: Shelf) -> None:
        shelf.publish(build_wheel("one", "1.0"))

        assert "cannot be evaluated" in shelf.refusal(MetadataUnknown, "one; sys_platform ~= 'linux'")


class TestBadIndexes:
    """What an index can say that is not so, by pages that are written here."""

    @pytest.fixture
    def index(self) -> Callable[..., Client]:
        def serve(files: dict[str, bytes], listed: list[dict[str, Any]]) -> Client:
            def answer(request: httpx.Request) -> httpx.Response:
                path = request.url.path
                if path in files:
                    return httpx.Response(200, stream=httpx.ByteStream(files[path]))
                if path != "/simple/one/":
                    return httpx.Response(404)
                page = {"meta": {"api-version": "1.1"}, "name": "one", "files": listed}
                return httpx.Response(
                    200, json=page, headers={"Content-Type": "application/vnd.pypi.simple.v1+json"}
                )

            return Client("https://index.example/", transport=httpx.MockTransport(answer))

        return serve

    def entry(self, built: BuiltDistribution, **more: Any) -> dict[str, Any]:
        hashes = {"sha256": built.sha256}
        return {"filename": built.filename, "url": f"/{built.filename}", "hashes": hashes, **more}

    def chosen(self, client: Client) -> list[str]:
        with client:
            found = choose(client, read_wanted(["one"]), parse_target(HERE, LINUX))
        return [each.file.filename for each in found]

    def test_a_wheel_without_metadata_beside_it_is_read(self, index: Callable[..., Client]) -> None:
        wheel = build_wheel("one", "1.0", requires_dist=["one>=1"])
        files = {f"/{wheel.filename}": wheel.content}

        assert self.chosen(index(files, [self.entry(wheel)])) == [wheel.filename]

    def test_promised_metadata_that_is_missing_is_read_from_the_wheel(
        self, index: Callable[..., Client]
    ) -> None:
        files = {f"/{WHEEL.filename}": WHEEL.content}

        assert self.chosen(index(files, [self.entry(WHEEL, **{"core-metadata": True})])) == [WHEEL.filename]

    @pytest.mark.parametrize(
        "metadata",
        [
            b"Metadata-Version: 2.1\nName: other\nVersion: 2.0\n",
            b"Metadata-Version: 2.1\nName: one\nVersion: 2.1\n",
            b"Metadata-Version: 2.1\nName: one\nVersion: 2.0\nRequires-Dist: two three\n",
            b"Metadata-Version: 2.1\nName: one\nVersion: 2.0\nRequires-Python: >=3.13\n",
            b"",
            b"\xff\xfe\x00",
        ],
    )
    def test_a_file_with_unusable_metadata_is_passed_over(
        self, index: Callable[..., Client], metadata: bytes
    ) -> None:
        bad = build_wheel("one", "2.0")
        files = {f"/{WHEEL.filename}.metadata": WHEEL.metadata, f"/{bad.filename}.metadata": metadata}
        listed = [self.entry(each, **{"core-metadata": True}) for each in (WHEEL, bad)]

        assert self.chosen(index(files, listed)) == [WHEEL.filename]

        with pytest.raises(NothingFits, match="Nothing fits together"):
            self.chosen(index(files, listed[1:]))

    def test_a_dependency_at_a_url_is_not_followed(self, index: Callable[..., Client]) -> None:
        metadata = (
            b"Metadata-Version: 2.1\nName: one\nVersion: 1.0\nRequires-Dist: x @ https://x.example/x.whl\n"
        )
        client = index(
            {f"/{WHEEL.filename}.metadata": metadata}, [self.entry(WHEEL, **{"core-metadata": True})]
        )

        with pytest.raises(MetadataUnknown, match="depends on x at a URL of its own choice"):
            self.chosen(client)

    def test_files_with_odd_names_are_passed_over(self, index: Callable[..., Client]) -> None:
        names = [
            "one-2.0.egg", "one.whl", "other-2.0-py3-none-any.whl", "one-2.0.exe", "one-.tar.gz",
            "one-x.tar.gz", "two-2.0.tar.gz", "one-2.0-1-1-py3-none-any.whl", "../one-2.0-py3-none-any.whl",
        ]  # fmt: skip
        listed = [{"filename": each, "url": f"/{each}", "hashes": {}} for each in names]
        files = {f"/{WHEEL.filename}": WHEEL.content}

        assert self.chosen(index(files, [*listed, self.entry(WHEEL)])) == [WHEEL.filename]
