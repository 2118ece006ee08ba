# One static binary on an empty image. SQLite is pure Go, so nothing needs C.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/leadtriage ./cmd/leadtriage
# /data holds the SQLite file when there is no Postgres; the demo writes to /tmp.
RUN mkdir -p /out/root/data /out/root/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65532:65532 /out/root/ /
COPY --from=build /out/leadtriage /leadtriage
USER 65532:65532
# Every interface of the container; what is published is up to whoever runs it.
ENV LEADTRIAGE_ADDR=0.0.0.0:8080 DATABASE_URL=sqlite:///data/leadtriage.db
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/leadtriage", "healthcheck"]
ENTRYPOINT ["/leadtriage"]
CMD ["run"]
