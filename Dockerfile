FROM python:3.11.13-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

# The loops of creator_pulse/stream/native are compiled here; the image that runs holds no compiler.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml setup.py MANIFEST.in README.md LICENSE ./
COPY grafana grafana
COPY creator_pulse creator_pulse
# The wheel that `make dist` builds and the tests install: what runs here is what was tested.
RUN /venv/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /venv/bin/pip install --no-deps /dist/*.whl

FROM python:3.11.13-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PATH=/venv/bin:$PATH

COPY --from=build /venv /venv
RUN useradd --system --uid 10001 pulse
USER pulse

EXPOSE 9464 9484
STOPSIGNAL SIGTERM
CMD ["pulse", "worker"]
