"""
The conformance kit: what a package index does, held against the standards.

Run it against any index::

    python -m pypi_conformance https://index.example/

Each check is a *claim*: a sentence that a standard makes, with an identifier that never changes.
`docs/reference/conformance.md` lists them all.
"""
