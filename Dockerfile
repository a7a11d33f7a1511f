# For CI systems without Python: the command and its libraries as the lock has them, and no root.
# `make dist` makes the wheel that is put into it.
FROM python:3.13-slim-bookworm AS build
COPY requirements/action.txt dist/*.whl /build/
RUN python -m venv /opt/defacto-webhooks \
 && /opt/defacto-webhooks/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --no-deps -r /build/action.txt \
 && /opt/defacto-webhooks/bin/pip install --no-cache-dir --no-index --no-deps /build/*.whl

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --create-home defacto
COPY --from=build /opt/defacto-webhooks /opt/defacto-webhooks
ENV PATH=/opt/defacto-webhooks/bin:$PATH
USER 10001
WORKDIR /home/defacto
ENTRYPOINT ["defacto-webhooks"]
CMD ["--help"]
