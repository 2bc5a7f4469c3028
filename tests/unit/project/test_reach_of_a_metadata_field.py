"""How far a new field of core metadata reaches: the table of fields, its rule, and little else."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[3]
PRODUCT = ("adapters", "client", "entrypoints", "protocol", "pypi_core")


def test_at_most_eight_product_files_name_a_recent_field() -> None:
    files = [
        path.relative_to(ROOT).as_posix()
        for room in PRODUCT
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".html", ".json"}
        and "import_namespaces" in path.read_text(encoding="utf-8")
    ]

    assert len(files) <= 8, files
