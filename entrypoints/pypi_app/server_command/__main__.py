"""``python -m pypi_app.server_command``."""

from pypi_app.server_command.main import main

main()
