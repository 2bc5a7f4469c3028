"""Forward ``python -m pypi_api_client.conformance`` to ``python -m pypi_conformance``."""

import runpy

runpy.run_module("pypi_conformance", run_name="__main__", alter_sys=True)
