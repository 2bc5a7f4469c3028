"""The former place of the conformance kit, kept for one release: use ``python -m pypi_conformance``."""
