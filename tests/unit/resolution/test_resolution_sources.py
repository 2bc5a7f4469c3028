"""What is wanted, read from names, requirements files, lock files, project files and scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pypi_resolution import Wanted, read_wanted
from pypi_resolution.errors import BadRequirements

A, B = "a" * 64, "b" * 64

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes a file; paths in it are relative."""
    monkeypatch.chdir(tmp_path)

    def write_file(name: str, *lines: str | bytes) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\n".join(each if isinstance(each, bytes) else each.encode() for each in lines))
        return path

    return write_file


def read(*files: Path, **options: object) -> Wanted:
    return read_wanted([], files, **options)  # type: ignore[arg-type]


def said(wanted: Wanted) -> list[str]:
    return [str(each.requirement) for each in wanted.requirements]


class TestNames:
    def test_names_are_requirements(self) -> None:
        assert said(read_wanted(["one", "two[x]>=1,<2", "three; python_version>'3'"])) == [
            "one",
            "two[x]<2,>=1",
            'three; python_version > "3"',
        ]

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("one two", "'one two' names no project"),
            ("", "'' names no project"),
            ("./one", "'./one' is a path or a URL"),
            ("dist/one-1.0.tar.gz", "is a path or a URL"),
            ("https://index.example/one.whl", "is a path or a URL"),
            ("one @ https://index.example/one.whl", "is a path or a URL"),
            ("one @ https://index.example/archive", "points to a URL"),
            ("requirements.txt>", "names no project"),
            ("my requirements.txt", "Name a file with -r my requirements.txt."),
        ],
    )
    def test_an_argument_without_a_project_is_reported(self, name: str, why: str) -> None:
        with pytest.raises(BadRequirements) as refused:
            read_wanted([name])
        assert why in str(refused.value)

    def test_every_problem_is_reported(self) -> None:
        with pytest.raises(BadRequirements) as refused:
            read_wanted(["one two", "good", "./three"])
        assert len(refused.value.problems) == 2


class TestRequirementsFile:
    def test_comments_and_lines_that_go_on_are_read_as_pip_does(self, write: Write) -> None:
        file = write(
            "requirements.txt",
            "# all of it",
            "one>=1  # the first",
            "",
            "two \\",
            "  >=2, \\",
            "  <3",
            "three",
            "four \\",
            "# ends it",
            'five ; sys_platform == "linux"',
        )

        wanted = read(file)

        assert said(wanted) == ["one>=1", "two<3,>=2", "three", "four", 'five; sys_platform == "linux"']
        assert [each.source for each in wanted.requirements] == [
            f"requirements.txt (line {number})" for number in (2, 4, 7, 8, 10)
        ]

    def test_files_are_included_relative_to_the_file(self, write: Write) -> None:
        write("more/below.txt", "two", "-c ../limits.txt")
        write("limits.txt", "two<3")
        file = write("requirements.txt", "one", "-rmore/below.txt", "three", "--constraint=limits.txt")

        wanted = read(file)

        assert said(wanted) == ["one", "two", "three"]
        assert wanted.requirements[1].source == "more/below.txt (line 1)"
        assert [str(each.requirement) for each in wanted.constraints] == ["two<3", "two<3"]

    def test_a_file_that_includes_itself_is_reported(self, write: Write) -> None:
        write("a.txt", "-r b.txt")
        write("b.txt", "-r ./a.txt")

        with pytest.raises(BadRequirements, match=r"b\.txt \(line 1\): \./a\.txt includes itself\."):
            read(Path("a.txt"))

    def test_the_same_file_may_be_included_twice(self, write: Write) -> None:
        write("b.txt", "one")

        assert said(read(write("a.txt", "-r b.txt", "-r b.txt"))) == ["one", "one"]

    def test_hashes_are_kept_with_their_requirement(self, write: Write) -> None:
        file = write(
            "requirements.txt", f"one==1 --hash=sha256:{A} \\", f"    --hash=sha256:{B.upper()}", "two==2"
        )

        wanted = read(file)

        assert [each.hashes for each in wanted.requirements] == [
            frozenset({f"sha256:{A}", f"sha256:{B}"}),
            frozenset(),
        ]
        assert wanted.is_hashes_mode

    @pytest.mark.parametrize("line", ["--require-hashes", "one==1 --hash sha512:" + "a" * 128])
    def test_hashes_are_required_where_one_is_given(self, write: Write, line: str) -> None:
        assert read(write("requirements.txt", line)).is_hashes_mode

    def test_hashes_are_not_required_where_the_file_says_so(self, write: Write) -> None:
        file = write("requirements.txt", "--no-require-hashes", f"one==1 --hash=sha256:{A}")

        assert not read(file).is_hashes_mode

    def test_environment_variables_are_substituted(self, write: Write) -> None:
        file = write("requirements.txt", "one${LIMIT}", "two>=$LIMIT; python_version>'3'", "${UNSET}three")

        with pytest.raises(BadRequirements) as refused:
            read(file, environment={"LIMIT": "<2"})

        assert "line 1" not in str(refused.value)
        assert "$LIMIT" in refused.value.problems[0]
        assert "${UNSET}three" in refused.value.problems[1]

    def test_index_options_are_ignored_and_reported_without_their_value(self, write: Write) -> None:
        file = write(
            "requirements.txt",
            "-i https://user:secret@index.example/simple/",
            "--extra-index-url=https://other.example/simple/ --trusted-host other.example",
            "--find-links ./wheels",
            "one",
        )

        wanted = read(file)

        assert said(wanted) == ["one"]
        assert wanted.notes[0] == (
            "requirements.txt (line 1): --index-url is ignored, as the index is the one that was chosen."
        )
        assert len(wanted.notes) == 4
        assert "secret" not in str(wanted.notes)

    def test_options_say_which_kinds_and_releases(self, write: Write) -> None:
        file = write(
            "requirements.txt",
            "--only-binary :all:",
            "--no-binary One,two",
            "--only-binary=two --prefer-binary",
            "--pre",
            "--only-final four",
        )

        wanted = read(file)

        assert [wanted.kinds.is_first(each) for each in ("one", "two", "other")] == [True, False, False]
        assert [wanted.releases.is_first(each) for each in ("four", "other")] == [False, True]
        assert wanted.prefers_wheels

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("-e .", "-e .: projects in folders are not downloaded"),
            ("--editable=./one", "projects in folders are not downloaded"),
            ("./one-1.0.whl", "is a path or a URL"),
            ("git+https://index.example/one", "is a path or a URL"),
            ("one @ https://index.example/one", "points to a URL"),
            ("-r https://index.example/requirements.txt", "files at URLs are not read"),
            ("one two", "names no project"),
            ("--unheard-of", "option --unheard-of not recognized"),
            ("-r", "option -r requires argument"),
            ("--pre=yes", "option --pre must not have an argument"),
            ("one --hash=md5:00", "--hash=md5:00 is not valid: write sha256"),
            ("one --hash=sha256:00", "is not valid: write sha256"),
            ("one --hash='sha256:", "a quotation mark is not closed"),
            ("one --pre two", "'two' does not belong after an option"),
            ("-r missing.txt", "missing.txt cannot be read: No such file or directory (requirements.txt"),
        ],
    )
    def test_an_invalid_line_is_reported_with_file_and_line(self, write: Write, line: str, why: str) -> None:
        file = write("requirements.txt", "good", line)

        with pytest.raises(BadRequirements) as refused:
            read(file)

        assert why in str(refused.value)
        assert "requirements.txt" in str(refused.value)
        assert len(refused.value.problems) == 1

    def test_every_problem_is_reported(self, write: Write) -> None:
        file = write("requirements.txt", "one two", "-e .", "good")

        with pytest.raises(BadRequirements) as refused:
            read(file)

        assert [each.partition(":")[0] for each in refused.value.problems] == [
            "requirements.txt (line 1)",
            "requirements.txt (line 2)",
        ]

    def test_a_constraint_has_no_extras(self, write: Write) -> None:
        limits = write("limits.txt", "one[x]<2")

        with pytest.raises(BadRequirements, match=r"limits\.txt \(line 1\): a constraint has no extras"):
            read_wanted(["one"], constraints=[limits])

    @pytest.mark.parametrize(
        "content",
        [
            "\ufeffone # é".encode(),
            "\ufeffone # é".encode("utf-16-le"),
            "\ufeffone # é".encode("utf-32-be"),
            "# -*- coding: latin-1 -*-\none # é".encode("latin-1"),
        ],
        ids=["utf-8", "utf-16", "utf-32", "latin-1"],
    )
    def test_a_file_is_read_in_its_declared_encoding(self, write: Write, content: bytes) -> None:
        assert said(read(write("requirements.txt", content))) == ["one"]

    @pytest.mark.parametrize("content", ["one # é".encode("latin-1"), b"# coding: unheard-of\none"])
    def test_bytes_that_are_not_text_are_reported(self, write: Write, content: bytes) -> None:
        with pytest.raises(BadRequirements, match="is not readable text"):
            read(write("requirements.txt", content))


PROJECT = """
[project]
name = "My.Project"
dependencies = [
    "one>=1",
    "two",
]
requires-python = ">=3.11"

[project.optional-dependencies]
Fast = ["three", "my-project[deep]"]
deep = ["four; sys_platform == 'linux'"]

[dependency-groups]
Test = ["five", {include-group = "lint"}]
lint = ["six"]
"""


class TestProjectFile:
    def test_its_dependencies_are_wanted(self, write: Write) -> None:
        wanted = read(write("pyproject.toml", PROJECT))

        assert said(wanted) == ["one>=1", "two"]
        assert wanted.requirements[0].source == "pyproject.toml (line 5)"
        assert str(wanted.pythons[0].specifier) == ">=3.11"

    def test_groups_and_extras_come_with_it(self, write: Write) -> None:
        wanted = read(write("pyproject.toml", PROJECT), groups=["TEST"], extras=["fast"])

        assert said(wanted)[2:] == ["three", 'four; sys_platform == "linux"', "five", "six"]

    def test_groups_need_no_project(self, write: Write) -> None:
        file = write("pyproject.toml", '[dependency-groups]\ndev = ["one"]')

        assert said(read(file, groups=["dev"])) == ["one"]

    @pytest.mark.parametrize(
        ("content", "options", "why"),
        [
            (PROJECT, {"extras": ["slow"]}, "has no extra 'slow'"),
            (PROJECT, {"groups": ["docs"]}, "Dependency group 'docs' not found"),
            ("[tool.other]", {}, "names no dependencies"),
            ("[project", {}, "is not TOML"),
            ("[project]\ndependencies = 'one'", {}, "is not valid: Expected `array`, got `str`"),
            ("[project]\n\ndependencies = ['one two']", {}, "(line 3): 'one two' names no project"),
            ("[project]\ndependencies = ['one @ https://x.example/']", {}, "x.example/' points to a URL"),
            ("[project]\ndynamic = ['dependencies']", {}, "(line 2): dependencies are only known when"),
            ("[project]\nrequires-python = 'new'", {}, "'new' does not specify versions of Python"),
            ("[dependency-groups]\na = [{include-group='a'}]", {"groups": ["a"]}, "Cyclic"),
            ("[dependency-groups]\na = ['one two']", {"groups": ["a"]}, "pyproject.toml: "),
            ("[dependency-groups]\na = []\nA = []", {"groups": ["a"]}, "Duplicate"),
            ("[dependency-groups]\na = []", {"extras": ["x"]}, "has no [project]"),
        ],
    )
    def test_an_invalid_file_is_reported(
        self, write: Write, content: str, options: dict[str, list[str]], why: str
    ) -> None:
        with pytest.raises(BadRequirements) as refused:
            read(write("pyproject.toml", content), **options)
        assert why in str(refused.value)

    @pytest.mark.parametrize("option", ["groups", "extras"])
    def test_groups_and_extras_need_a_file_that_defines_them(self, write: Write, option: str) -> None:
        with pytest.raises(BadRequirements, match=r"name a pyproject\.toml or a pylock\.toml"):
            read(write("requirements.txt", "one"), **{option: ["x"]})


SCRIPT = """#!/usr/bin/env python
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "one>=1",
#
#   "two",
# ]
# ///
print("hello")
"""


class TestScript:
    @pytest.mark.parametrize("name", ["tool.py", "tool"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_its_dependencies_are_wanted(self, write: Write, name: str, end: str) -> None:
        wanted = read(write(name, SCRIPT.replace("\n", end)))

        assert said(wanted) == ["one>=1", "two"]
        assert wanted.requirements[0].source == f"{name} (line 5)"
        assert str(wanted.pythons[0].specifier) == ">=3.11"

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            ("print()", "has no block '# /// script'"),
            (SCRIPT + SCRIPT, "has several blocks"),
            ("# /// script\n# dependencies = []\n", "has no block"),
            ("# /// script\n# dependencies = [\n# ///\n", "is not TOML"),
            ("# /// script\n# dependencies = 'one'\n# ///\n", "is not valid"),
            ("# /// script\n# dependencies = ['one two']\n# ///\n", "tool.py (line 2): 'one two' names no"),
            ("# /// script\n# dependencies = ['./one']\n# ///\n", "is a path or a URL"),
            ("# /// script\n# requires-python = 'new'\n# ///\n", "does not specify versions of Python"),
        ],
    )
    def test_an_invalid_file_is_reported(self, write: Write, content: str, why: str) -> None:
        with pytest.raises(BadRequirements) as refused:
            read(write("tool.py", content))
        assert why in str(refused.value)


class TestLockFile:
    @pytest.mark.parametrize("name", ["pylock.toml", "pylock.tests.toml", "other.toml"])
    def test_a_lock_file_is_recognised_by_its_name_or_content(self, write: Write, name: str) -> None:
        wanted = read(write(name, 'lock-version = "1.0"\ncreated-by = "me"\npackages = []'))

        assert [each.source for each in wanted.locks] == [name]

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            ("lock-version", "is not TOML"),
            ('lock-version = "2.0"\ncreated-by = "me"\npackages = []', "of a version that is not known"),
            (
                'lock-version = "1.0"\npackages = []',
                "is not a lock file: Missing required value in 'created-by'",
            ),
            ('lock-version = "1.0"\ncreated-by = "me"\n[[packages]]\nname = "A"', "in 'packages[0].name'"),
        ],
    )
    def test_an_invalid_lock_file_is_reported(self, write: Write, content: str, why: str) -> None:
        with pytest.raises(BadRequirements) as refused:
            read(write("pylock.toml", content))
        assert why in str(refused.value)


@pytest.mark.parametrize("name", ["requirements.txt", "pylock.toml", "pyproject.toml", "tool.py"])
def test_a_missing_file_is_reported(write: Write, name: str) -> None:
    with pytest.raises(BadRequirements, match=f"{name} cannot be read: No such file"):
        read(Path(name))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("requirements.txt", "one==1\n"),
        ("pyproject.toml", '[project]\nname = "sample"\ndependencies = ["one==1"]\n'),
        ("script.py", '# /// script\n# dependencies = ["one==1"]\n# ///\n'),
    ],
)
def test_a_byte_order_mark_in_front_is_skipped(write: Write, name: str, content: str) -> None:
    assert said(read(write(name, f"\ufeff{content}"))) == ["one==1"]


def test_a_lock_after_a_byte_order_mark_is_read(write: Write) -> None:
    lock = '\ufefflock-version = "1.0"\ncreated-by = "test"\npackages = []\n'

    assert len(read(write("pylock.toml", lock)).locks) == 1


@pytest.mark.parametrize("end", [";", " ; ", ";  # a comment"])
def test_an_empty_marker_is_ignored(write: Write, end: str) -> None:
    assert said(read(write("requirements.txt", f"one==1{end}"))) == ["one==1"]


_PACKAGE = 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "one"\n'


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 30_000 + " = 1",
        "x = [{" + ", ".join(f"a{n}.b = 1" for n in range(200)) + "}]",
        "x = " + "[" * 50_000,
        "x = " + "{a=" * 20_000,
        "x = " + "9" * 60_000,
        "x = 2024-02-31",
        _PACKAGE + 'version = "' + "1" * 60_000 + '"',
        _PACKAGE + 'marker = "' + "(" * 30_000 + '"',
    ],
    ids=["key", "inline", "arrays", "tables", "number", "date", "version", "marker"],
)
@pytest.mark.parametrize("name", ["pylock.toml", "pyproject.toml"])
def test_toml_made_to_cost_much_ends_with_a_short_sentence(write: Write, name: str, text: str) -> None:
    import tracemalloc

    path = write(name, text)
    tracemalloc.start()
    try:
        with pytest.raises(BadRequirements) as caught:
            read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(str(caught.value)) < 1000
    assert peak < 64 * 1024 * 1024


def test_dots_in_strings_and_comments_are_not_parts_of_keys(write: Write) -> None:
    dots = "." * 500
    path = write(
        "pyproject.toml",
        f"# {dots}",
        f'a = "{dots} \\" {dots}"',
        f"b = '{dots}'",
        f'c = """\n{dots} "" {dots}\n"""',
        f"d = '''\n{dots}\n'''",
        "[project]",
        'dependencies = ["one==1"]',
    )

    assert said(read(path)) == ["one==1"]


def test_an_endless_file_is_not_read_as_a_whole(write: Write) -> None:
    path = write("requirements.txt", b"#" * (16 * 1024 * 1024 + 1))

    with pytest.raises(BadRequirements, match="more than 16777216 bytes"):
        read(path)


@pytest.mark.parametrize("text", ["one; " + "(" * 5000, "one" + "x" * 20_000])
def test_a_requirement_that_is_too_long_is_refused(write: Write, text: str) -> None:
    with pytest.raises(BadRequirements) as caught:
        read(write("requirements.txt", text))

    assert len(str(caught.value)) < 500 or "(" * 100 in text


LOCK = 'lock-version = "1.0"\ncreated-by = "me"\npackages = []\n'
COSTLY = [
    pytest.param(f"x = {'[' * 20_000}", "is nested too deeply", id="arrays"),
    pytest.param(f"x = {'{a=' * 20_000}", "is nested too deeply", id="tables"),
    pytest.param(f"[x{'.a' * 101}]", "keys or numbers of more than 100 parts", id="a name of tables"),
    pytest.param(f"x{'.a' * 101} = 1", "keys or numbers of more than 100 parts", id="a key"),
    pytest.param("x" + " . 'a b'" * 101 + " = 1", "keys or numbers of more than 100 parts", id="in quotes"),
    pytest.param(f"x = {'1' * 5000}", "digits", id="a number"),
    pytest.param(f"x = '{'a' * 2**24}'", "more than 16777216 bytes", id="size"),
]


@pytest.mark.parametrize(("content", "why"), COSTLY)
@pytest.mark.parametrize("name", ["pylock.toml", "pyproject.toml", "script.py"])
def test_toml_that_costs_too_much_is_refused(write: Write, name: str, content: str, why: str) -> None:
    text = f"# /// script\n# {content}\n# ///\n" if name == "script.py" else content + "\n" + LOCK

    with pytest.raises(BadRequirements, match=why):
        read(write(name, text))


def test_toml_with_keys_of_a_hundred_parts_is_read(write: Write) -> None:
    file = write("pylock.toml", f"tool.x{'.a' * 97} = 'a.a.a{' a.a' * 200}'\n{LOCK}")

    assert len(read(file).locks) == 1
