# docker build -t assistants-tool .
# docker run --rm -e ASSISTANTS_API_KEY -v "$PWD:/work" --user "$(id -u):$(id -g)" assistants-tool plan -e production
FROM python:3.13-slim AS build
ARG EXTRAS=""
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY assistants_tool assistants_tool
RUN python -m venv /opt/assistants \
    && /opt/assistants/bin/pip install --no-cache-dir --constraint constraints.txt ".${EXTRAS}" \
    && /opt/assistants/bin/pip uninstall --yes pip

FROM python:3.13-slim
COPY --from=build /opt/assistants /opt/assistants
ENV PATH=/opt/assistants/bin:$PATH
WORKDIR /work
USER 10001:10001
ENTRYPOINT ["assistants"]
CMD ["--help"]
