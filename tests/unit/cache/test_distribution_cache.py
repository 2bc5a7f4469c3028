"""A folder of distributions: what is in it, whatever happens while it is changed."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pypi_api_client.errors import BadDownload, InvalidDistribution, UnsafeFilename
from pypi_api_client.models import RemoteFile
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_distribution_cache import CacheError, DistributionCache
from pypi_distribution_cache.errors import FolderInUse, NoCache, OtherContent
from pypi_distribution_cache.pages import pages_of
from pypi_distribution_cache.verifying import Damage, Finding, verify

WHEEL = build_wheel(name="Foo.Bar", version="1.0", summary="A sample", requires_python=">=3.9")
SDIST = build_sdist(name="Foo.Bar", version="1.0", summary="A sample")
OTHER = build_wheel(name="other", version="2!1.0+local.1", summary="Something else")
OUTSIDE = json.dumps(
    {
        "format": 1,
        "files": [{"filename": "../x", "project": "x", "version": "1", "size": 1, "sha256": ""}],
    }
).encode()
MOMENT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def cache(tmp_path: Path) -> DistributionCache:
    return DistributionCache.create(tmp_path / "cache")


Save = Callable[[BuiltDistribution], Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def write(distribution: BuiltDistribution) -> Path:
        (tmp_path / "dist").mkdir(exist_ok=True)
        path = tmp_path / "dist" / distribution.filename
        path.write_bytes(distribution.content)
        return path

    return write


def listed(distribution: BuiltDistribution, **changes: object) -> RemoteFile:
    known = {
        "filename": distribution.filename,
        "url": f"https://index.example/packages/{distribution.filename}",
        "hashes": {"sha256": distribution.sha256},
        "upload_time": MOMENT,
    }
    return RemoteFile(**{**known, **changes})  # type: ignore[arg-type]


def bring(cache: DistributionCache, distribution: BuiltDistribution, **changes: object) -> bool:
    def fetch(folder: Path) -> None:
        (folder / distribution.filename).write_bytes(distribution.content)

    with cache.changing() as change:
        return change.bring(listed(distribution, **changes), fetch)


class TestFolder:
    def test_a_new_cache_is_empty_and_readable(self, cache: DistributionCache) -> None:
        assert cache.files() == ()
        assert list(verify(cache)) == []
        page = json.loads((cache.layout.simple / "index.json").read_bytes())
        assert page == {"meta": {"api-version": "1.4"}, "projects": []}

    def test_a_folder_of_something_else_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("mine")

        with pytest.raises(FolderInUse, match="holds something else"):
            DistributionCache.create(tmp_path)
        with pytest.raises(NoCache, match=r"is not a cache: it has no cache\.json"):
            DistributionCache.open(tmp_path)

    def test_a_cache_is_not_created_twice(self, cache: DistributionCache) -> None:
        with pytest.raises(FolderInUse, match="is a cache already"):
            DistributionCache.create(cache.layout.folder)

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"", "damaged"),
            (b"[]", "damaged"),
            (b"\xff", "damaged"),
            (b'{"format": 2, "files": 7}', "is of format 2"),
            (b'{"format": 1, "files": [{}]}', "damaged"),
            (OUTSIDE, "damaged"),
        ],
        ids=["empty", "list", "no text", "later", "members", "path"],
    )
    def test_a_damaged_catalogue_is_reported(
        self, cache: DistributionCache, content: bytes, why: str
    ) -> None:
        cache.layout.catalogue.write_bytes(content)

        with pytest.raises(NoCache, match=why):
            cache.files()


class TestPages:
    def test_pages_say_what_the_index_said(self, cache: DistributionCache) -> None:
        bring(cache, WHEEL, yanked='broken & "unsafe"', requires_python=">=3.10,<4")
        bring(cache, SDIST)

        html = (cache.layout.simple / "foo-bar/index.html").read_text()
        page = json.loads((cache.layout.simple / "foo-bar/index.json").read_bytes())

        metadata = hashlib.sha256(WHEEL.metadata).hexdigest()
        assert (
            f'<a href="../../files/{WHEEL.filename}#sha256={WHEEL.sha256}" '
            'data-requires-python="&gt;=3.10,&lt;4" data-yanked="broken &amp; &quot;unsafe&quot;" '
            f'data-core-metadata="sha256={metadata}" data-dist-info-metadata="sha256={metadata}">'
            f"{WHEEL.filename}</a><br>\n"
        ) in html
        assert '<meta name="pypi:repository-version" content="1.4">' in html
        assert page["name"] == "foo-bar"
        assert page["versions"] == ["1.0"]
        assert page["files"][0] == {
            "filename": WHEEL.filename,
            "url": f"../../files/{WHEEL.filename}",
            "hashes": {"sha256": WHEEL.sha256},
            "size": len(WHEEL.content),
            "requires-python": ">=3.10,<4",
            "upload-time": "2026-03-01T12:00:00.250000Z",
            "yanked": 'broken & "unsafe"',
            "core-metadata": {"sha256": metadata},
        }
        assert page["files"][1]["core-metadata"] is False

    def test_projects_are_listed_by_their_normalised_names(
        self, cache: DistributionCache, save: Save
    ) -> None:
        with cache.changing() as change:
            change.take(save(WHEEL))
            change.take(save(OTHER))

        html = (cache.layout.simple / "index.html").read_text()
        page = json.loads((cache.layout.simple / "index.json").read_bytes())

        assert '<a href="foo-bar/">foo-bar</a><br>\n<a href="other/">other</a><br>\n' in html
        assert [each["name"] for each in page["projects"]] == ["foo-bar", "other"]

    def test_urls_are_percent_encoded(self, cache: DistributionCache, save: Save) -> None:
        with cache.changing() as change:
            change.take(save(OTHER))

        assert "%2Blocal" in (cache.layout.simple / "other/index.html").read_text()

    def test_metadata_stands_beside_a_wheel(self, cache: DistributionCache, save: Save) -> None:
        with cache.changing() as change:
            change.take(save(WHEEL))
            change.take(save(SDIST))

        assert (cache.layout.files / f"{WHEEL.filename}.metadata").read_bytes() == WHEEL.metadata
        assert not (cache.layout.files / f"{SDIST.filename}.metadata").exists()


class TestTaking:
    def test_a_local_file_is_copied(self, cache: DistributionCache, save: Save) -> None:
        with cache.changing() as change:
            assert change.take(save(WHEEL)) is False
            assert change.take(save(WHEEL)) is True

        [file] = cache.files()
        assert (file.project, file.version, file.summary) == ("foo-bar", "1.0", "A sample")
        assert (file.size, file.sha256) == (len(WHEEL.content), WHEEL.sha256)
        assert file.requires_python == ">=3.9"
        assert file.source == ""
        assert cache.layout.file(WHEEL.filename).read_bytes() == WHEEL.content

    def test_a_file_in_the_folder_already_is_added(self, cache: DistributionCache) -> None:
        path = cache.layout.file(WHEEL.filename)
        path.write_bytes(WHEEL.content)

        with cache.changing() as change:
            change.take(path)

        assert [each.filename for each in cache.files()] == [WHEEL.filename]
        assert list(verify(cache)) == []

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("foo_bar-1.0-py3-none-any.whl", None),
            ("other-1.0-py3-none-any.whl", "has the metadata of Foo.Bar"),
            ("foo_bar-x-py3-none-any.whl", "is not the name of a wheel or sdist"),
            ("foo_bar-1.0.whl", "is not the name of a wheel"),
            ("foo_bar.txt", "neither a wheel"),
        ],
    )
    def test_a_wrong_file_name_is_refused(
        self, cache: DistributionCache, tmp_path: Path, name: str, why: str | None
    ) -> None:
        path = tmp_path / name
        path.write_bytes(WHEEL.content)

        with cache.changing() as change:
            if why is None:
                change.take(path)
            else:
                with pytest.raises(InvalidDistribution, match=why):
                    change.take(path)

        assert len(cache.files()) == (why is None)
        assert list(verify(cache)) == []

    def test_other_bytes_of_the_same_name_are_refused(self, cache: DistributionCache, save: Save) -> None:
        bring(cache, WHEEL)
        other = build_wheel(name="Foo.Bar", version="1.0", summary="Other bytes")

        with pytest.raises(OtherContent, match="Remove that one first"):
            bring(cache, other)
        with cache.changing() as change, pytest.raises(OtherContent):
            change.take(save(other))

        assert cache.layout.file(WHEEL.filename).read_bytes() == WHEEL.content

    def test_a_lost_file_can_be_added_again(self, cache: DistributionCache) -> None:
        bring(cache, WHEEL)
        cache.layout.file(WHEEL.filename).unlink()

        assert bring(cache, WHEEL) is False
        assert bring(cache, WHEEL) is True
        assert list(verify(cache)) == []

    def test_a_name_that_leads_elsewhere_is_refused(self, cache: DistributionCache) -> None:
        with pytest.raises(UnsafeFilename):
            bring(cache, WHEEL, filename="../evil.whl")

    def test_a_file_that_is_not_a_distribution_is_not_kept(self, cache: DistributionCache) -> None:
        def fetch(folder: Path) -> None:
            (folder / WHEEL.filename).write_bytes(b"no zip")

        with cache.changing() as change, pytest.raises(InvalidDistribution):
            change.bring(listed(WHEEL), fetch)

        assert list(cache.layout.files.iterdir()) == []

    def test_files_added_before_an_error_are_kept(self, cache: DistributionCache, save: Save) -> None:
        def fail(_folder: Path) -> None:
            raise BadDownload("Not what the index lists.")

        with pytest.raises(BadDownload), cache.changing() as change:
            change.take(save(WHEEL))
            change.bring(listed(OTHER), fail)

        assert [each.filename for each in cache.files()] == [WHEEL.filename]
        assert list(verify(cache)) == []


class TestRemoving:
    def test_a_removed_file_and_its_pages_are_gone(self, cache: DistributionCache) -> None:
        for each in (WHEEL, SDIST, OTHER):
            bring(cache, each)

        with cache.changing() as change:
            change.remove(cache.project("FOO_bar"))

        assert [each.project for each in cache.files()] == ["other"]
        assert not (cache.layout.simple / "foo-bar").exists()
        assert sorted(each.name for each in cache.layout.files.iterdir()) == [
            OTHER.filename,
            f"{OTHER.filename}.metadata",
        ]
        assert list(verify(cache)) == []


class TestSearch:
    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("foo", ["foo-bar"]),
            ("SAMPLE foo", ["foo-bar"]),
            ("else", ["other"]),
            ("foo else", []),
            ("", ["foo-bar", "other"]),
        ],
    )
    def test_every_word_is_in_name_or_summary(
        self, cache: DistributionCache, words: str, found: list[str]
    ) -> None:
        bring(cache, WHEEL)
        bring(cache, OTHER)

        assert [each.project for each in cache.search(words)] == found


class TestVerify:
    @pytest.fixture
    def filled(self, cache: DistributionCache) -> DistributionCache:
        bring(cache, WHEEL)
        bring(cache, SDIST)
        return cache

    def findings(self, cache: DistributionCache) -> list[tuple[str, Damage]]:
        return [(each.path, each.damage) for each in verify(cache)]

    def test_an_intact_cache_has_no_findings_wherever_it_is(
        self, filled: DistributionCache, tmp_path: Path
    ) -> None:
        moved = filled.layout.folder.rename(tmp_path / "elsewhere")

        assert self.findings(DistributionCache.open(moved)) == []

    @pytest.mark.parametrize(
        ("path", "content", "damage"),
        [
            (f"files/{WHEEL.filename}", None, Damage.MISSING),
            (f"files/{WHEEL.filename}", b"other", Damage.OTHER_CONTENT),
            (f"files/{SDIST.filename}", b"x" * len(SDIST.content), Damage.OTHER_CONTENT),
            (f"files/{WHEEL.filename}.metadata", b"Name: evil", Damage.OTHER_CONTENT),
            (f"files/{WHEEL.filename}.metadata", None, Damage.MISSING),
            ("simple/index.json", None, Damage.MISSING),
            ("simple/foo-bar/index.html", b"<a href=evil>", Damage.OUTDATED),
            ("files/evil-1.0-py3-none-any.whl", b"", Damage.STRANGER),
            ("simple/evil/index.html", b"", Damage.STRANGER),
            ("files/.foo.part", b"", Damage.STRANGER),
        ],
    )
    def test_damage_is_reported(
        self, filled: DistributionCache, path: str, content: bytes | None, damage: Damage
    ) -> None:
        damaged = filled.layout.folder / path
        if content is None:
            damaged.unlink()
        else:
            damaged.parent.mkdir(exist_ok=True)
            damaged.write_bytes(content)

        assert self.findings(filled) == [(path, damage)]

    def test_a_symbolic_link_is_damage(self, filled: DistributionCache, save: Save) -> None:
        path = filled.layout.file(WHEEL.filename)
        path.unlink()
        path.symlink_to(save(WHEEL))

        [finding] = verify(filled)
        assert finding == Finding(
            path=f"files/{WHEEL.filename}",
            damage=Damage.OTHER_CONTENT,
            why="it is a link, which may lead anywhere",
        )

    def test_an_empty_change_repairs_pages(self, filled: DistributionCache) -> None:
        (filled.layout.simple / "foo-bar/index.html").unlink()
        (filled.layout.simple / "index.json").write_bytes(b"")

        with filled.changing():
            pass

        assert self.findings(filled) == []


class Crash(BaseException):
    """Stands for the end of the process."""


def test_a_crash_at_any_write_leaves_a_readable_cache(
    tmp_path: Path, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    End at the first replacement, at the second, and so on, until one change gets through.

    Whatever the pages name at that moment is there, whole, with the digest they say; and the same change
    made again succeeds.
    """
    real = Path.replace
    for survivors in range(100):
        cache = DistributionCache.create(tmp_path / f"cache{survivors}")
        bring(cache, OTHER)
        left = survivors

        def replace(self: Path, target: Path) -> Path:
            nonlocal left
            if left == 0:
                raise Crash
            left -= 1
            return real(self, target)

        try:
            with monkeypatch.context() as patch:
                patch.setattr(Path, "replace", replace)
                with cache.changing() as change:
                    change.remove(cache.project("other"))
                    change.take(save(WHEEL))
                    change.take(save(SDIST))
        except Crash:
            _assert_readable(cache)
            with cache.changing() as change:
                change.remove(cache.project("other"))
                change.take(save(WHEEL))
                change.take(save(SDIST))
        else:
            assert survivors > 5
            break
    else:
        raise AssertionError("It never got through.")
    assert {each.filename for each in cache.files()} == {WHEEL.filename, SDIST.filename}


def _assert_readable(cache: DistributionCache) -> None:
    for page in cache.layout.simple.glob("*/index.json"):
        for file in json.loads(page.read_bytes())["files"]:
            content = (page.parent / file["url"].replace("%2B", "+").replace("%21", "!")).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["hashes"]["sha256"]
    assert all(cache.layout.file(each.filename).is_file() for each in cache.files())


def _change_for_a_while(folder: Path, ready: object, done: object) -> None:
    with DistributionCache.open(folder).changing():
        ready.set()  # type: ignore[attr-defined]
        done.wait()  # type: ignore[attr-defined]


def test_two_processes_do_not_change_a_cache_at_once(cache: DistributionCache) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_change_for_a_while, args=(cache.layout.folder, ready, done))
    other.start()
    try:
        ready.wait()
        with pytest.raises(FolderInUse, match="Another process is changing"), cache.changing():
            pass
        assert cache.files() == ()
    finally:
        done.set()
        other.join()
    with cache.changing():
        pass


def test_pages_of_the_same_files_are_the_same(cache: DistributionCache) -> None:
    for each in (OTHER, SDIST, WHEEL):
        bring(cache, each)

    assert pages_of(cache.files()) == pages_of(reversed(cache.files()))


def test_errors_are_those_of_the_client() -> None:
    from pypi_api_client.errors import ClientError

    assert issubclass(CacheError, ClientError)
