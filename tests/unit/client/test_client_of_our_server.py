"""Both clients and our own server, with nothing between them but HTTP."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import httpx
import pytest

from pypi_api_client import Client, PackageIndex
from pypi_api_client.errors import (
    CredentialsRefused,
    FileAlreadyExists,
    InvalidAddress,
    InvalidRequest,
    NotFound,
    Refused,
)
from pypi_api_client.models import UploadResult
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Yank
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version

MakeClient = Callable[..., Client]
ROOT = "https://index.example/"
WHEEL = build_wheel(name="Foo.Bar", version="1.0", summary="A sample", requires_dist=["one>=1"])
SDIST = build_sdist(name="Foo.Bar", version="1.0", summary="A sample")


@pytest.fixture
def index(make_client: MakeClient, carry: httpx.MockTransport, memory: InMemorySite) -> Client:
    return make_client(ROOT, token=memory.token("ada"), transport=carry, sleep=lambda _seconds: None)


@pytest.fixture
def published(memory: InMemorySite) -> InMemorySite:
    for each in (WHEEL, SDIST):
        memory.publish(memory.actor("ada"), each)
    memory.work()
    return memory


def saved(folder: Path, distribution: BuiltDistribution) -> Path:
    path = folder / distribution.filename
    path.write_bytes(distribution.content)
    return path


def test_an_uploaded_file_is_described(index: Client, tmp_path: Path) -> None:
    uploaded = index.upload(saved(tmp_path, WHEEL))
    project = index.project("foo-bar")

    assert uploaded.result is UploadResult.PUBLISHED
    assert [each.hashes["sha256"] for each in project.files] == [WHEEL.sha256]


def test_several_uploads_are_reported_one_by_one(index: Client, tmp_path: Path) -> None:
    (tmp_path / "broken-1.0-py3-none-any.whl").write_bytes(b"no zip")
    paths = [saved(tmp_path, WHEEL), tmp_path / "broken-1.0-py3-none-any.whl", saved(tmp_path, SDIST)]

    outcomes = index.upload_all(paths)

    assert [each.path for each in outcomes] == paths
    assert [each.uploaded.result if each.uploaded else None for each in outcomes] == [
        UploadResult.PUBLISHED,
        None,
        UploadResult.PUBLISHED,
    ]
    assert "not a readable wheel" in str(outcomes[1].error)


def test_a_page_describes_a_file_completely(index: Client, published: InMemorySite) -> None:
    published.index.yank_release(OPERATOR, NormalizedName("foo-bar"), parse_version("1.0"), Yank("broken"))

    page = index.project_page("Foo_Bar")
    wheel = next(each for each in page.files if each.filename == WHEEL.filename)

    assert (page.status, page.warnings) == ("active", ())
    assert wheel.hashes["sha256"] == WHEEL.sha256
    assert (wheel.size, wheel.yanked) == (len(WHEEL.content), "broken")
    assert wheel.upload_time is not None
    assert isinstance(wheel.core_metadata, dict)
    assert wheel.provenance is None


def test_projects_are_listed(index: Client, published: InMemorySite) -> None:
    assert list(index.projects()) == ["Foo.Bar"]


def test_changes_are_followed_page_by_page(index: Client, published: InMemorySite) -> None:
    first = index.changes(limit=1)
    second = index.changes(first.since, limit=1)

    assert [each.action for each in (*first.changes, *second.changes)] == ["create", "add Owner ada"]
    assert first.more
    followed = list(islice(index.follow(0), 3))
    assert [each.serial for each in followed] == [1, 2, 3]
    assert {each.project for each in followed} == {"Foo.Bar"}


def test_another_index_of_the_server_is_another_index(
    make_client: MakeClient, carry: httpx.MockTransport, published: InMemorySite
) -> None:
    other = make_client(PackageIndex(f"{ROOT}i/test/legacy/"), transport=carry)

    assert list(other.projects()) == []
    with pytest.raises(NotFound):
        other.project("foo-bar")


def test_a_method_is_called_by_its_name(index: Client, published: InMemorySite) -> None:
    found = index.call("search.query", {"words": "sample", "cursor": None})

    assert [each["display_name"] for each in found["hits"]] == ["Foo.Bar"]


def test_projects_are_found_by_fields_and_classifiers_page_by_page(
    index: Client, memory: InMemorySite
) -> None:
    for name in ("one", "two", "three"):
        memory.publish(
            memory.actor("ada"),
            build_wheel(name=name, version="1.0", extra_metadata=[("Classifier", "Typing :: Typed")]),
        )
    memory.work()

    first = index.search(classifiers=["Typing :: Typed"], sort="name", facets=True, limit=2)
    second = index.search(classifiers=["Typing :: Typed"], sort="name", limit=2, cursor=first.next)

    assert [each.name for each in (*first.hits, *second.hits)] == ["one", "three", "two"]
    assert (first.facets[0].classifier, first.facets[0].count) == ("Typing :: Typed", 3)
    assert second.next is None
    assert [each.name for each in index.search(fields={"name": "two"}).hits] == ["two"]


def test_a_refusal_by_json_rpc_keeps_all_that_was_said(index: Client) -> None:
    with pytest.raises(InvalidRequest) as caught:
        index.call("project.get", {"nam": "foo"})

    assert caught.value.code == "invalid-params"
    assert [each.field for each in caught.value.problem.problems] == ["nam"]
    assert str(caught.value) == "There is no parameter 'nam'; those known are: name, version."


def test_a_refusal_of_an_upload_keeps_every_problem(index: Client, tmp_path: Path) -> None:
    bad = build_wheel(
        name="foo",
        version="1.0",
        requires_python="nonsense",
        extra_metadata=[("Requires-Dist", "not a requirement")],
    )

    with pytest.raises(Refused) as caught:
        index.upload(saved(tmp_path, bad))

    assert caught.value.code == "invalid-form"
    assert len(caught.value.problem.problems) >= 2
    assert caught.value.problem.members["title"] == "Bad Request"


def test_other_bytes_under_the_name_are_refused(
    index: Client, published: InMemorySite, tmp_path: Path
) -> None:
    other = build_wheel(name="Foo.Bar", version="1.0", summary="Other bytes")

    with pytest.raises(FileAlreadyExists) as caught:
        index.upload(saved(tmp_path, other))
    assert caught.value.code == "file-already-exists"


def test_an_invalid_token_is_reported(
    make_client: MakeClient, carry: httpx.MockTransport, tmp_path: Path
) -> None:
    with pytest.raises(CredentialsRefused):
        make_client(ROOT, token="pidx_wrong", transport=carry).upload(saved(tmp_path, WHEEL))


def test_an_index_is_asked_once_what_it_can_do(index: Client) -> None:
    assert index.status() is index.status()


def test_a_name_is_not_accepted_as_a_url(make_client: MakeClient) -> None:
    with pytest.raises(InvalidAddress, match="is not the URL of an index"):
        make_client("testpypi")
