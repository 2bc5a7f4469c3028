"""The command ``python -m pypi_conformance``."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

from pypi_api_client.errors import ClientError
from pypi_conformance.options import Options, read_options
from pypi_conformance.table import as_table

_WRITES = (
    "Small distributions with names that begin with “Conformance.Kit-” are published on {url}. They are not "
    "removed afterwards: use an index for trying things out. Without credentials nothing is written."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine an index, print what was found, and return the exit code."""
    options = read_options(arguments)
    missing = [each for each in ("httpx", "truststore", "pytest") if importlib.util.find_spec(each) is None]
    if missing:
        return _usage_error(
            f"This needs {' and '.join(missing)}: install the extra, pip install 'pypi-core[conformance]'."
        )
    try:
        return _examine(options)
    except ClientError as error:
        return _usage_error(str(error))


def _examine(options: Options) -> int:
    # They import what may be missing.
    from pypi_conformance.plugin import run
    from pypi_conformance.subject import Subject

    with Subject(options) as index:
        index.greet()
        if options.writes:
            print(_WRITES.format(url=index.root), file=sys.stderr)
        report = run(index)
    if report.is_empty:
        return _usage_error(f"{index.root} offers nothing of what was to be checked. Is it a package index?")
    if options.json:
        sys.stdout.buffer.write(report.as_json() + b"\n")
    else:
        print(as_table(report), end="")
    return report.exit_code


def _usage_error(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
