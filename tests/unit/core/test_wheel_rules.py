"""What a wheel must have in it, and what its RECORD, WHEEL and entry points may say."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from pypi_contracts.builders import BuiltDistribution, build_wheel, with_member, without_member
from pypi_contracts.sdist_backend import pack_wheel, zip_members
from pypi_core.domain.archives.contents import ArchiveContents
from pypi_core.domain.archives.wheels import read_wheel
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.rules import PUBLIC, UploadRules
from pypi_core.errors import InvalidArchive

INFO = "sample-1.0.dist-info"
WHEEL = build_wheel("sample", "1.0")
LAX = replace(PUBLIC, allow_record_mismatch=True)


def members(wheel: BuiltDistribution = WHEEL) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(changes: Mapping[str, bytes], wheel: BuiltDistribution = WHEEL) -> bytes:
    """Return the wheel with other members, and a RECORD that knows of them."""
    changed = {**members(wheel), **changes}
    del changed[f"{INFO}/RECORD"]
    return pack_wheel(changed, INFO)


def recorded(old: str, new: str) -> bytes:
    """Return the wheel with RECORD rewritten."""
    record = members()[f"{INFO}/RECORD"].decode()
    assert old in record
    return with_member(WHEEL.content, f"{INFO}/RECORD", record.replace(old, new).encode())


def read(content: bytes, rules: UploadRules = PUBLIC, filename: str = WHEEL.filename) -> ArchiveContents:
    return read_wheel(parse_filename(filename), io.BytesIO(content), rules)


def problems(content: bytes, filename: str = WHEEL.filename) -> list[str]:
    found = [problem.message for problem in read(content, filename=filename).problems]
    return [message.removeprefix("Invalid distribution file. ") for message in found]


def digest(content: bytes, algorithm: str = "sha256") -> str:
    encoded = base64.urlsafe_b64encode(hashlib.new(algorithm, content).digest())
    return f"{algorithm}={encoded.rstrip(b'=').decode()}"


CODE = members()["sample.py"]
ROW = f"sample.py,{digest(CODE)},{len(CODE)}\n"


class TestFolders:
    def test_licences_and_boms_are_listed(self) -> None:
        changes = {
            f"{INFO}/licenses/LICENSE": b"free",
            f"{INFO}/licenses/vendor/COPYING": b"free too",
            f"{INFO}/sboms/b.cdx.json": b"{}",
            f"{INFO}/sboms/a.spdx.json": b"{}",
        }
        contents = read(packed(changes))

        assert contents.license_paths == {"LICENSE", "vendor/COPYING"}
        assert contents.sboms == ("a.spdx.json", "b.cdx.json")
        assert contents.problems == ()

    def test_folders_may_be_members(self) -> None:
        folders = [("sample/", b""), (f"{INFO}/", b""), (f"{INFO}/licenses/", b"")]
        contents = read(zip_members([*folders, *members().items()]))

        assert (contents.problems, contents.license_paths) == ((), frozenset())

    @pytest.mark.parametrize("name", ["WHEEL", "RECORD"])
    def test_a_missing_required_member_is_reported(self, name: str) -> None:
        assert f"It has no {INFO}/{name}." in problems(without_member(WHEEL.content, f"{INFO}/{name}"))

    def test_missing_metadata_is_reported_alone(self) -> None:
        with pytest.raises(InvalidArchive, match=f"It has no {INFO}/METADATA"):
            read(without_member(WHEEL.content, f"{INFO}/METADATA"))

    @pytest.mark.parametrize("name", ["METADATA", "WHEEL", "entry_points.txt"])
    def test_a_huge_document_is_refused(self, name: str) -> None:
        huge = packed({f"{INFO}/{name}": bytes(8 * 1024 * 1024 + 1)})

        with pytest.raises(InvalidArchive, match=f"Its {name} is larger than"):
            read(huge)

    def test_the_folder_is_named_to_the_letter_as_the_file_name(self) -> None:
        wheel = build_wheel("sample", "1.0", dist_info_name="Sample-1.0")

        with pytest.raises(InvalidArchive, match=r"demands 'sample-1\.0\.dist-info'.*there is 'Sample-1\.0"):
            read(wheel.content)

    def test_there_is_one_such_folder_at_the_top_level(self) -> None:
        with pytest.raises(InvalidArchive, match=r"there is 'other-2\.dist-info', 'sample-1\.0\.dist-info'"):
            read(packed({"other-2.dist-info/METADATA": b""}))

    def test_vendored_packages_keep_theirs(self) -> None:
        assert problems(packed({"sample/_vendor/other-2.dist-info/METADATA": b""})) == []


class TestRecord:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (recorded(ROW, ""), "Its RECORD does not list 'sample.py'."),
            (recorded(ROW, ROW + "ghost.py,,\n"), "Its RECORD lists 'ghost.py', which it does not have."),
            (recorded(ROW, ROW + "sample/,,\n"), "Its RECORD lists 'sample/', which it does not have."),
            (recorded(ROW, ROW * 2), "Its RECORD lists 'sample.py' twice."),
            (recorded(ROW, "sample.py\n"), "Row 1 of its RECORD has 1 columns instead of 3."),
            (recorded(ROW, ROW.strip() + ",x\n"), "Row 1 of its RECORD has 4 columns instead of 3."),
            (recorded(f"{INFO}/RECORD,,\n", ""), f"Its RECORD does not list '{INFO}/RECORD'."),
            (
                recorded(f"{INFO}/RECORD,,", f"{INFO}/RECORD,{digest(b'')},"),
                "Its RECORD gives a digest of itself.",
            ),
            (
                with_member(WHEEL.content, "sample.py", b"?" * len(CODE)),
                "Its RECORD gives another sha256 digest of 'sample.py' than its content has.",
            ),
            (
                recorded(digest(CODE), digest(b"other") + "="),
                "Its RECORD gives another sha256 digest of 'sample.py' than its content has.",
            ),
            (recorded(digest(CODE), ""), "Its RECORD has no sha256 digest of 'sample.py', but ''."),
            (
                recorded(digest(CODE), digest(CODE, "md5")),
                f"Its RECORD has no sha256 digest of 'sample.py', but {digest(CODE, 'md5')!r}.",
            ),
            (
                recorded(digest(CODE), digest(CODE, "sha1")),
                f"Its RECORD has no sha256 digest of 'sample.py', but {digest(CODE, 'sha1')!r}.",
            ),
            (
                recorded(f",{len(CODE)}\n", ",1\n"),
                f"Its RECORD gives '1' as the size of 'sample.py', which has {len(CODE)} bytes.",
            ),
        ],
    )
    def test_a_contradiction_is_reported(self, content: bytes, told: str) -> None:
        assert told in problems(content)

    @pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
    def test_stronger_digests_are_verified_too(self, algorithm: str) -> None:
        assert problems(recorded(digest(CODE), digest(CODE, algorithm))) == []
        assert problems(recorded(digest(CODE), digest(b"other", algorithm))) == [
            f"Its RECORD gives another {algorithm} digest of 'sample.py' than its content has."
        ]

    def test_paths_may_be_quoted_and_lines_empty(self) -> None:
        named = packed({'a, "b".py': b"x = 1\n"})

        assert problems(named) == []
        assert problems(recorded(ROW, f'"sample.py",{digest(CODE)},{len(CODE)}\r\n\r\n')) == []

    def test_backslashes_stand_for_slashes(self) -> None:
        assert problems(recorded(f"{INFO}/WHEEL", f"{INFO}\\WHEEL".replace("/", "\\"))) == []

    @pytest.mark.parametrize(
        "content",
        [b"\xff,,\n", b'"open,,\n', b'"a"b,,\n', b'"' + b"a" * 20_000 + b'",,\n', b"," * 20_000],
        ids=["latin", "open", "behind", "long", "wide"],
    )
    @pytest.mark.parametrize("rules", [PUBLIC, LAX], ids=["public", "lax"])
    def test_a_record_that_is_not_a_table_is_always_refused(self, content: bytes, rules: UploadRules) -> None:
        with pytest.raises(InvalidArchive, match="not a table of comma-separated values"):
            read(with_member(WHEEL.content, f"{INFO}/RECORD", content), rules)

    def test_a_record_is_not_larger_than_the_wheel_explains(self) -> None:
        rows = b"".join(b"ghost_%d.py,,\n" % number for number in range(20_000))

        with pytest.raises(InvalidArchive, match="Its RECORD is larger than"):
            read(with_member(WHEEL.content, f"{INFO}/RECORD", rows), LAX)

    @pytest.mark.parametrize("row", [b"\n", b",,\n"], ids=["empty lines", "rows of nothing"])
    def test_a_record_with_many_more_lines_than_files_is_refused(self, row: bytes) -> None:
        with pytest.raises(InvalidArchive, match=r"Its RECORD has more than 100\d lines"):
            read(with_member(WHEEL.content, f"{INFO}/RECORD", row * 2000), LAX)

    @pytest.mark.parametrize("size", ["", str(len(CODE))])
    @pytest.mark.parametrize("algorithm", ["sha256", "SHA256", "Sha512"])
    def test_legacy_spellings_of_a_row_are_read(self, algorithm: str, size: str) -> None:
        row = f"sample.py,{algorithm}={digest(CODE, algorithm.lower()).partition('=')[2]},{size}\n"

        assert problems(recorded(ROW, row)) == []

    @pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
    def test_a_padded_digest_is_reported_by_name(self, algorithm: str) -> None:
        found = problems(recorded(ROW, f"sample.py,{digest(CODE, algorithm)}==,{len(CODE)}\n"))

        assert found == [
            f"Its RECORD pads the {algorithm} digest of 'sample.py' with '=', which is to be left out."
        ]

    def test_its_signatures_need_not_be_listed(self) -> None:
        signed = with_member(WHEEL.content, f"{INFO}/RECORD.jws", b"{}")
        assert problems(signed) == []

        listed = recorded(ROW, ROW + f"{INFO}/RECORD.jws,,\n")
        assert problems(with_member(listed, f"{INFO}/RECORD.jws", b"{}")) == [
            f"Its RECORD lists '{INFO}/RECORD.jws', which signs it."
        ]

    def test_an_index_may_take_contradictions(self) -> None:
        contents = read(recorded(ROW, "ghost.py,,\n"), LAX)

        assert contents.problems == ()
        assert contents.warnings == (
            "Its RECORD does not list 'sample.py'.",
            "Its RECORD lists 'ghost.py', which it does not have.",
        )

    def test_of_many_contradictions_some_are_listed_and_the_rest_counted(self) -> None:
        ghosts = "".join(f"ghost_{number}.py,,\n" for number in range(50))
        found = problems(recorded(ROW, ROW + ghosts))

        assert len(found) == 21
        assert found[-1] == "As much is wrong with 30 more rows of RECORD or files that it does not list."


class TestWheelFile:
    TAGS = "Tag: py3-none-any\n"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("Wheel-Version: 2.0\n", "Its Wheel-Version is '2.0': only 1.x is understood."),
            ("Wheel-Version: one\n", "Its Wheel-Version is 'one': only 1.x is understood."),
            ("", "Its WHEEL does not give one Wheel-Version."),
            ("Wheel-Version: 1.0\nWheel-Version: 2.0\n", "Its WHEEL does not give one Wheel-Version."),
            ("Wheel-Version: 1.0\nBuild: 1\n", "Its WHEEL gives the build '1', its file name none."),
        ],
    )
    def test_a_wheel_version_unknown_to_installers_is_reported(self, text: str, told: str) -> None:
        assert problems(packed({f"{INFO}/WHEEL": (text + self.TAGS).encode()})) == [told]

    def test_it_is_utf_8(self) -> None:
        assert problems(packed({f"{INFO}/WHEEL": b"\xff"})) == ["Its WHEEL is not UTF-8."]

    def test_a_later_minor_version_is_accepted(self) -> None:
        assert problems(packed({f"{INFO}/WHEEL": b"Wheel-Version: 1.9\n" + self.TAGS.encode()})) == []

    def test_the_build_is_that_of_the_file_name(self) -> None:
        built = build_wheel("sample", "1.0", tag="1a-py3-none-any")
        assert problems(built.content, built.filename) == []
        assert problems(WHEEL.content, built.filename) == [
            "Its WHEEL gives the build none, its file name '1a'."
        ]

    @pytest.mark.parametrize(
        "tags", ["", "Tag: py2-none-any\n", "Tag: py3\n", f"Tag: {'a.' * 999}-none-any\n"]
    )
    def test_other_tags_than_those_of_the_file_name_are_worth_a_warning(self, tags: str) -> None:
        contents = read(packed({f"{INFO}/WHEEL": f"Wheel-Version: 1.0\n{tags}".encode()}))

        assert contents.problems == ()
        assert contents.warnings == (
            "The tags in the wheel's WHEEL are not those of its file name, which installers go by.",
        )

    def test_tags_may_be_compressed_and_in_any_order(self) -> None:
        wheel = build_wheel("sample", "1.0", tag="py2.py3-none-any")
        for tags in ("Tag: py3.py2-none-any\n", "Tag: py3-none-any\nTag: py2-none-any\n"):
            content = packed({f"{INFO}/WHEEL": f"Wheel-Version: 1.0\n{tags}".encode()}, wheel)
            assert read(content, filename=wheel.filename).warnings == ()


def test_documents_of_a_wheel_are_bounded() -> None:
    with pytest.raises(InvalidArchive, match=r"Its entry_points\.txt is larger than 262144 bytes"):
        read(packed({f"{INFO}/entry_points.txt": b"[a]\n" + b"a=b\n" * 70_000}))
    with pytest.raises(InvalidArchive, match="Its WHEEL is larger than 65536 bytes"):
        read(packed({f"{INFO}/WHEEL": b"Wheel-Version: 1.0\n" + b"Tag: py3-none-any\n" * 4000}))


class TestEntryPoints:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "# nothing\n",
            "[console_scripts]\nrun = a:b\nRun = a:b\nrun-it.now_3 = a:b [extra]\n\n[gui_scripts]\n",
            "[any.group]\nname with / and : = a\n",
            "[DEFAULT]\na/b = c\n[console_scripts]\nrun = a:b\n",
            "[console_scripts]\nr\xfcn = a:b\n",
        ],
    )
    def test_every_valid_entry_point_is_accepted(self, text: str) -> None:
        assert problems(packed({f"{INFO}/entry_points.txt": text.encode()})) == []

    @pytest.mark.parametrize("group", ["console_scripts", "gui_scripts"])
    @pytest.mark.parametrize("name", ["../../bin/sh", "a/b", "a b", ".", "..", "a\\b", "a:b", "$x", "a;b"])
    def test_a_command_that_is_a_path_is_refused(self, group: str, name: str) -> None:
        [told] = problems(packed({f"{INFO}/entry_points.txt": f"[{group}]\n{name} = x:y\n".encode()}))

        assert f"Line 2 of its entry_points.txt makes {name!r} a command: use letters, digits" in told

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"run = a:b\n", "Line 1 of its entry_points.txt belongs to no group."),
            (b"[console_scripts\nrun = a:b\n", "Line 1 of its entry_points.txt belongs to no group."),
            (b"\xef\xbb\xbf[a]\n", "Line 1 of its entry_points.txt belongs to no group."),
            (b"[a]\n\nrun\n", "Line 3 of its entry_points.txt is not 'name = object' but 'run'."),
            (b"[a]\nrun: a:b\n", "Line 2 of its entry_points.txt is not 'name = object' but 'run: a:b'."),
            (b"[a]\n= a:b\n", "Line 2 of its entry_points.txt is not 'name = object' but '= a:b'."),
            (
                b"[a]\nrun = a:b\nrun = c:d\n",
                "Line 3 of its entry_points.txt has the entry point 'run' in 'a' again.",
            ),
            (b"[a]\nx = y\n[a]\n", "Line 3 of its entry_points.txt begins the group 'a' again."),
            (
                b"[console_scripts]\n  ok = a:b\n  a/b = a:b\n",
                "Line 3 of its entry_points.txt makes 'a/b' a command: use letters, digits, '_', '.' and '-'.",  # noqa: E501
            ),
        ],
    )
    def test_a_malformed_file_is_reported(self, content: bytes, told: str) -> None:
        assert problems(packed({f"{INFO}/entry_points.txt": content}))[0] == told

    def test_comments_and_continued_values_are_not_entry_points(self) -> None:
        text = b"[console_scripts]\nrun = a:b\n  [x]\n\n  a/b = c\n; a/b = c\n# a/b = c\nwalk = a:c\n"
        assert problems(packed({f"{INFO}/entry_points.txt": text})) == []

    def test_it_is_utf_8(self) -> None:
        assert problems(packed({f"{INFO}/entry_points.txt": b"\xff"})) == [
            "Its entry_points.txt is not UTF-8."
        ]

    def test_of_many_bad_commands_some_are_listed(self) -> None:
        lines = "".join(f"a/{number} = x:y\n" for number in range(1000))
        found = problems(packed({f"{INFO}/entry_points.txt": f"[console_scripts]\n{lines}".encode()}))

        assert len(found) == 21
        assert found[-1] == "As much is wrong with 980 more entry points."


def test_all_problems_are_reported_at_once() -> None:
    wheel = build_wheel("sample", "1.0", scripts={"../sh": "x:y"})
    content = with_member(
        with_member(wheel.content, f"{INFO}/WHEEL", b"Wheel-Version: 3\nTag: py3-none-any\n"), "more.py", b""
    )

    assert [told.split()[0:3] for told in problems(content)] == [
        ["Its", "Wheel-Version", "is"],
        ["Line", "2", "of"],
        ["Its", "RECORD", "gives"],
        ["Its", "RECORD", "gives"],
        ["Its", "RECORD", "does"],
    ]
