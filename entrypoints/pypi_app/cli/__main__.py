"""``python -m pypi_app.cli``."""

from pypi_app.cli.main import main

main()
