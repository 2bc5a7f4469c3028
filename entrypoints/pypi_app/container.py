"""The wiring: the one place that knows which object gets which."""

from __future__ import annotations

from dependency_injector import containers, providers

from pypi_app.builders import (
    build_blobs,
    build_bucket,
    build_database,
    build_renderer,
    build_search,
    build_site,
    build_staging,
)
from pypi_app.settings import Settings
from pypi_environment.clock import SystemClock
from pypi_environment.passwords import Argon2PasswordHasher
from pypi_environment.randomness import SystemRandomness


class Container(containers.DeclarativeContainer):
    """Everything that a server, a worker or an administrator's command needs, each once."""

    settings = providers.Dependency(instance_of=Settings)
    clock = providers.Singleton(SystemClock)
    randomness = providers.Singleton(SystemRandomness)
    passwords = providers.Singleton(Argon2PasswordHasher)
    renderer = providers.Singleton(build_renderer, settings)
    database = providers.Singleton(build_database, settings, clock)
    bucket = providers.Singleton(build_bucket, settings)
    blobs = providers.Singleton(build_blobs, settings, bucket)
    staging = providers.Singleton(build_staging, settings, bucket, randomness)
    search = providers.Factory(build_search, settings)
    site = providers.Singleton(
        build_site,
        settings,
        database,
        blobs,
        staging,
        search.provider,
        renderer,
        passwords,
        clock,
        randomness,
    )


def assemble(settings: Settings) -> Container:
    """Return a container for *settings*; nothing is opened before it is asked for."""
    container = Container(settings=providers.Object(settings))
    container.check_dependencies()
    return container
