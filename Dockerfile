FROM python:3.11.13-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

# The loops of creator_pulse/stream/native are compiled here; the image that runs holds no compiler.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml setup.py README.md LICENSE ./
COPY creator_pulse creator_pulse
# Editable, so that `pulse board` finds grafana/ beside the code.
RUN /venv/bin/pip install --no-deps --no-build-isolation -e .

FROM python:3.11.13-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PATH=/venv/bin:$PATH

WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY grafana grafana
RUN useradd --system --uid 10001 pulse
USER pulse

EXPOSE 9464 9484
STOPSIGNAL SIGTERM
CMD ["pulse", "worker"]
