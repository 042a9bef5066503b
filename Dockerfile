# docker build -t rhumb .       (or: docker buildx build --platform linux/amd64,linux/arm64 -t rhumb .)
# docker run --read-only --tmpfs /tmp -p 8080:8080 -v ./config:/rhumb/config rhumb

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY src ./src
COPY wasm ./wasm
COPY etc ./etc
# Builds the kernels, then leaves out what only the build needs. Bun itself comes as a package.
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM debian:stable-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 1000 rhumb \
  && useradd --uid 1000 --gid rhumb --home-dir /rhumb --create-home rhumb \
  && mkdir /rhumb/config && chown rhumb:rhumb /rhumb/config
COPY --from=build /app /app
ENV PATH=/app/node_modules/.bin:/app/etc/docker:$PATH RHUMB_LOG_FORMAT=json
USER rhumb
WORKDIR /rhumb
VOLUME /rhumb/config
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["health"]
ENTRYPOINT ["/app/etc/docker/entrypoint"]
