"""Options that say which distributions are meant, of all commands that choose some."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter

from pypi_terminal.errors import UsageError
from pypi_terminal.parameters import Flag
from pypi_tool.work.requirements import check_no_lone_versions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pypi_api_client import Client
    from pypi_api_client.models import FileKind
    from pypi_resolution.chosen import ChosenFile
    from pypi_resolution.target import Target
    from pypi_resolution.wanted import Wanted
    from pypi_tool.context import Context

_WHAT = Group("What is wanted", sort_key=50)
_TARGET = Group("For which Python and platform", sort_key=51)

Files = Annotated[list[Path] | None, Parameter(negative=(), show_default=False)]
Words = Annotated[list[str] | None, Parameter(negative=(), show_default=False)]
Word = Annotated[str | None, Parameter(show_default=False)]


@Parameter(name="*", group=_WHAT)
@dataclass(frozen=True, kw_only=True)
class Choosing:
    """
    Which distributions are meant beside those named, and for which Python and platform.

    Attributes:
        requirement: A requirements file, lock file (pylock.toml), project file (pyproject.toml) or script.
        constraint: A constraints file: it limits versions and asks for no project.
        group: A dependency group of the project or lock file.
        extra: An extra of the project or lock file.
        build: Run the code of sdists if only that code, such as setup.py, can say what they depend on.
        no_deps: Leave out dependencies.
        sdist: Choose only sdists.
        wheel: Choose only wheels.
        pre: Choose pre-releases too.
        redirect_host: A host to which the index may redirect downloads; by default only its own.
        no_binary: Projects for which to choose only sdists, separated by commas; :all: for all.
        only_binary: Projects for which to choose only wheels, separated by commas; :all: for all.
        python: The version of Python, such as 3.12 (default: that of this program).
        platform: A platform tag, such as manylinux_2_28_x86_64 (default: those of this machine).
        abi: An ABI tag, such as cp312.
        implementation: The implementation of Python, such as cp or pp.
    """

    requirement: Annotated[Files, Parameter(name=["--requirement", "-r"])] = None
    constraint: Annotated[Files, Parameter(name=["--constraint", "-c"])] = None
    group: Words = None
    extra: Words = None
    build: Flag = False
    no_deps: Flag = False
    sdist: Flag = False
    wheel: Flag = False
    pre: Flag = False
    redirect_host: Words = None
    no_binary: Words = None
    only_binary: Words = None
    python: Annotated[Word, Parameter(name=["--python", "--python-version"], group=_TARGET)] = None
    platform: Annotated[Words, Parameter(group=_TARGET)] = None
    abi: Annotated[Words, Parameter(group=_TARGET)] = None
    implementation: Annotated[Word, Parameter(group=_TARGET)] = None

    def kinds(self) -> Collection[FileKind]:
        """Return the kinds of files that may be taken."""
        from pypi_api_client.models import FileKind

        named = {FileKind.SDIST} if self.sdist else set()
        if self.wheel:
            named.add(FileKind.WHEEL)
        return named or {FileKind.SDIST, FileKind.WHEEL}

    def target(self) -> Target:
        """
        Return for which Python and platform distributions are chosen.

        Raises:
            BadTarget: There is none such.
        """
        from pypi_resolution import parse_target

        return parse_target(self.python, self.platform or (), self.abi or (), self.implementation)

    def wanted(self, names: Sequence[str]) -> Wanted:
        """
        Return what is asked for: *names*, and what the files say.

        Raises:
            UsageError: Nothing is.
            BadRequirements: A name or a file cannot be read.
        """
        from pypi_resolution import read_wanted

        if not names and not self.requirement:
            raise UsageError("Name at least one project, or a requirements file with -r.")
        check_no_lone_versions(names)
        wanted = read_wanted(
            names,
            self.requirement or (),
            groups=self.group or (),
            extras=self.extra or (),
            constraints=self.constraint or (),
        )
        for each in self.no_binary or ():
            wanted.kinds.say_first(each)
        for each in self.only_binary or ():
            wanted.kinds.say_second(each)
        return wanted

    def choose(
        self, client: Client, wanted: Wanted, target: Target, context: Context
    ) -> tuple[ChosenFile, ...]:
        """
        Return the files that are meant, and tell of what people should know.

        Raises:
            ResolutionError: There is no such set of files.
            ClientError: The index cannot be reached, refuses, or makes no sense.
        """
        from pypi_resolution import choose
        from pypi_tool.work.building import PermittedBackEnds

        output = context.output
        target_is_here = not (self.python or self.platform or self.abi or self.implementation)
        for each in wanted.notes:
            output.note(f"note: {each}")
        chosen = choose(
            client,
            wanted,
            target,
            dependencies=not self.no_deps,
            kinds=self.kinds(),
            pre_releases=self.pre,
            build=PermittedBackEnds(context, client, build=self.build, target_is_here=target_is_here),
            note=lambda sentence: output.note(f"warning: {sentence}"),
        )
        for file in chosen:
            if file.file.yanked:
                why = f": {file.file.yanked}" if isinstance(file.file.yanked, str) else ""
                output.note(f"warning: {file.name} {file.version} was yanked{why}")
        return chosen


EVERYTHING = Choosing()
"""What holds where no option is given."""
