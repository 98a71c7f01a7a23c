FROM python:3.11.13-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY stream stream
COPY agents agents
COPY grafana grafana
# Editable, so that `pulse board` finds grafana/ beside the code.
RUN pip install --no-deps --no-build-isolation -e . && useradd --system --uid 10001 pulse
USER pulse

EXPOSE 9464
STOPSIGNAL SIGTERM
CMD ["pulse", "worker"]
