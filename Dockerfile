# syntax=docker/dockerfile:1
# Two stages: a static binary, and an image that holds it and the certificate authorities.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT=unknown
RUN mkdir /state && CGO_ENABLED=0 go build -trimpath -buildvcs=false \
    -ldflags "-s -w -X main.buildVersion=${VERSION} -X main.buildCommit=${COMMIT}" -o /bot ./cmd/bot

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /bot /bot
# The state outlives the container: mount something here.
COPY --from=build --chown=nonroot:nonroot /state /state
ENV STATE=/state/docspace-bot.db
VOLUME /state
USER nonroot
ENTRYPOINT ["/bot"]
