"""
Ask the back end of a source tree for its metadata, and write them into a file.

This runs as a program of its own, see `building`, and imports nothing of ours.  Its environment has
what installing from the index takes; the code of strangers gets the one that standard input says, in JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from build import BuildBackendException, BuildException, ProjectBuilder
from build.env import DefaultIsolatedEnv


def main(source: str, answer: str, kept: Mapping[str, str]) -> int:
    """
    Write the metadata of the project in *source* into the file *answer*; return an exit code.

    Hooks of the back end see *kept* and what their isolated environment needs.
    """

    def run_hook(
        cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        subprocess.run(cmd, cwd=cwd, env={**kept, **(extra_environ or {})}, check=True)  # noqa: S603

    try:
        with DefaultIsolatedEnv() as environment, tempfile.TemporaryDirectory() as folder:
            builder = ProjectBuilder.from_isolated_env(environment, source, runner=run_hook)
            environment.install(builder.build_system_requires)
            environment.install(builder.get_requires_for_build("wheel"))
            metadata = Path(builder.metadata_path(folder), "METADATA").read_bytes()
    except (BuildException, BuildBackendException, subprocess.CalledProcessError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    Path(answer).write_bytes(metadata)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], json.load(sys.stdin)))
