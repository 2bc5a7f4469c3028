"""``python -m pypi_tool``."""

from pypi_tool.main import main

main()
