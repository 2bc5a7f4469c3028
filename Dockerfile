# The server, the worker and the tool.  Runs as a user without rights, on a read-only file system;
# it writes into /data and /tmp alone.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
WORKDIR /source
RUN python3 -m venv /opt/pypi
ENV UV_LINK_MODE=copy UV_NO_CACHE=1 UV_SYSTEM_CERTS=1 VIRTUAL_ENV=/opt/pypi
# What changes seldom comes first: a change of the code alone builds in seconds.
COPY requirements/installer.txt requirements/container.txt requirements/
RUN python3 -m venv /opt/installer \
    && /opt/installer/bin/pip install --quiet --no-cache-dir --require-hashes --requirement requirements/installer.txt \
    && /opt/installer/bin/uv pip install --quiet --require-hashes --requirement requirements/container.txt
COPY . .
RUN /opt/installer/bin/uv pip install --quiet --no-deps --no-build-isolation . \
    && /opt/pypi/bin/python -m compileall -q /opt/pypi/lib

FROM ${PYTHON}
COPY --from=build /opt/pypi /opt/pypi
# A number, so that an orchestrator can see that it is not root.
RUN mkdir /data && chown 10001:10001 /data
USER 10001:10001
ENV PATH=/opt/pypi/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HOME=/tmp PYPI_DATA=/data PYPI_HOST=0.0.0.0 PYPI_PORT=8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
    CMD ["python3", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"PYPI_PORT\"]}/health/ready', timeout=8)"]
STOPSIGNAL SIGTERM
CMD ["pypi-server", "serve"]
