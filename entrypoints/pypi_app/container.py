"""The wiring: the one place that knows which object gets which."""

from __future__ import annotations

from dependency_injector import containers, providers

from pypi_app.builders import (
    build_blobs,
    build_buckets,
    build_database,
    build_download_counter,
    build_renderer,
    build_search,
    build_search_server,
    build_site,
    build_staging,
    build_stores,
    build_watch,
)
from pypi_app.settings import Settings
from pypi_app.traces import build_traces
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
    traces = providers.Singleton(build_traces, settings)
    buckets = providers.Singleton(build_buckets, settings)
    stores = providers.Singleton(build_stores, settings, buckets, randomness)
    blobs = providers.Singleton(build_blobs, stores, traces)
    staging = providers.Singleton(build_staging, stores, traces)
    search_server = providers.Singleton(build_search_server, settings)
    search = providers.Factory(build_search, settings, search_server)
    site = providers.Singleton(
        build_site,
        settings,
        database,
        stores,
        blobs,
        staging,
        search.provider,
        renderer,
        passwords,
        clock,
        randomness,
        traces,
    )
    download_counter = providers.Singleton(build_download_counter, settings, database, clock)
    watch = providers.Singleton(build_watch, settings, database, blobs, search.provider, clock)


def assemble(settings: Settings) -> Container:
    """Return a container for *settings*; nothing is opened before it is asked for."""
    container = Container(settings=providers.Object(settings))
    container.check_dependencies()
    return container
