# syntax=docker/dockerfile:1
# A static binary, the certificate authorities and the licenses, nothing else: no shell, no packages, no base image.
#
#   docker build --build-arg VERSION=1.2.3 --build-arg COMMIT=$(git rev-parse HEAD) -t docspace-invite-bot .
#
# GoReleaser's context already has the binary, so that images and archives have the same bytes.
FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY . .
ARG VERSION=dev
ARG COMMIT=unknown
ARG TARGETPLATFORM
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    mkdir -p /out/state && cp LICENSE /out/ && \
    if [ -e THIRD_PARTY_LICENSES ]; then cp THIRD_PARTY_LICENSES /out/; else ./.ci/licenses /out/THIRD_PARTY_LICENSES; fi && \
    if [ -e "$TARGETPLATFORM/bot" ]; then install "$TARGETPLATFORM/bot" /out/bot; \
    else GOOS=${TARGETOS:?} GOARCH=${TARGETARCH:?} ./.ci/build /out/bot; fi

FROM scratch
ARG VERSION=dev
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="docspace-invite-bot" \
      org.opencontainers.image.description="A Slack bot that invites people to an ONLYOFFICE DocSpace portal" \
      org.opencontainers.image.source="https://github.com/docspace-invite-bot/bot" \
      org.opencontainers.image.documentation="https://github.com/docspace-invite-bot/bot/blob/main/docs/operations.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/bot /out/LICENSE /out/THIRD_PARTY_LICENSES /
# The only place the bot writes to, and the one that outlives the container: mount a volume here.
COPY --from=build --chown=65532:65532 /out/state /state
VOLUME /state
WORKDIR /state
ENV HTTP_ADDR=:9090 LOG_FORMAT=json
EXPOSE 9090
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/bot", "healthcheck"]
ENTRYPOINT ["/bot"]
