"""``pypi-cli upload``."""

from __future__ import annotations

from pathlib import Path

from pypi_app.cli.connecting import Connecting, Flag, connect
from pypi_app.cli.failures import REFUSED, UsageError
from pypi_app.cli.terminal import complain, progress_bar, tell

_ENDINGS = (".whl", ".tar.gz")


def upload(
    files: list[str],
    /,
    *,
    skip_existing: Flag = False,
    connecting: Connecting | None = None,
) -> int:
    """
    Publish wheels and sdists.

    A line per file says what happened: `published`, `was there already` (the very same file, which is
    no failure), or `refused` with the reason the index gave. A file that is refused does not keep the
    others from being sent, but the exit code is 1.

        pypi-cli upload --token-file owner-token dist/*
        PYPI_TOKEN=… pypi-cli upload --index https://index.example/ dist/*.whl
        pass show index-token | pypi-cli upload --token-file - dist/*

    Parameters
    ----------
    files
        The files to publish: *.whl and *.tar.gz.
    skip_existing
        Do not send a file when the index has one of that name, whatever is in it.
    """
    from pypi_api_client.errors import AccessRefused, InvalidDistribution, Refused

    paths = _paths(files)
    refused = 0
    with connect(connecting, asking=True) as client:
        for path in paths:
            try:
                with progress_bar(path.name, path.stat().st_size) as progress:
                    outcome = client.upload(path, skip_existing=skip_existing, progress=progress)
            except (Refused, InvalidDistribution) as error:
                # Wrong credentials are wrong for all files; a permission can be lacking for one project.
                if isinstance(error, Refused) and error.status in {401, 429} | {*range(500, 600)}:
                    raise
                verb = "not permitted" if isinstance(error, AccessRefused) else "refused"
                complain(f"{path.name}: {verb}: {error}")
                refused += 1
            else:
                tell(f"{outcome.filename}: {outcome.result}")
                for warning in outcome.warnings:
                    complain(f"{outcome.filename}: warning: {warning}")
    return REFUSED if refused else 0


def _paths(files: list[str]) -> list[Path]:
    """
    Return the files meant, each once; patterns are expanded where the shell has not done it.

    Raises:
        UsageError: One is not there, or is nothing that can be published.
    """
    paths: dict[Path, None] = {}
    for text in files:
        found = [text] if Path(text).exists() else _matching(text)
        if not found:
            raise UsageError(f"There is no file {text!r}.")
        for each in map(Path, found):
            if each.is_dir():
                raise UsageError(f"{each} is a folder: name the files in it, as {each}/*.")
            if not each.name.endswith(_ENDINGS):
                raise UsageError(f"{each} is neither a wheel (.whl) nor an sdist (.tar.gz).")
            paths[each] = None
    return list(paths)


def _matching(pattern: str) -> list[str]:
    path = Path(pattern)
    return sorted(map(str, path.parent.glob(path.name))) if path.name else []
