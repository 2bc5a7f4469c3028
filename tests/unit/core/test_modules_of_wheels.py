from __future__ import annotations

import pytest

from pypi_core.domain.archives.modules import top_level_modules


@pytest.mark.parametrize(
    ("paths", "modules"),
    [
        (["yaml/__init__.py", "_yaml/__init__.py", "pyyaml-6.0.dist-info/METADATA"], ("yaml",)),
        (["six.py", "six-1.dist-info/RECORD"], ("six",)),
        (["fast.cpython-312-x86_64-linux-gnu.so", "faster.pyd", "slow.abi3.so"], ("fast", "faster", "slow")),
        (["google/cloud/storage/client.py"], ("google",)),
        (["sample-1.0.data/purelib/sample/core.py", "sample-1.0.data/scripts/run.py"], ("sample",)),
        (["PIL/Image.py", "PIL/readme.txt", "docs/index.rst", "data/table.csv"], ("PIL",)),
        (["not-a-module.py", "1st.py", "a b/c.py"], ()),
        ([], ()),
    ],
)  # fmt: skip
def test_the_modules_of_a_wheel_are_what_stands_at_its_top(
    paths: list[str], modules: tuple[str, ...]
) -> None:
    assert top_level_modules(paths) == modules
