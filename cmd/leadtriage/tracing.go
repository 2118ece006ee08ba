package main

import (
	"context"
	"fmt"
	"leadtriage/internal/page"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// tracing is what the standard OTEL_* ask for, as the OpenTelemetry SDK reads
// them: an OTLP endpoint, or OTEL_TRACES_EXPORTER=otlp for its default one,
// switches spans on; OTEL_SDK_DISABLED or the exporter `none` off again.
func tracing() bool {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return false
	}
	switch os.Getenv("OTEL_TRACES_EXPORTER") {
	case "none":
		return false
	case "otlp":
		return true
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// startTracing sends spans over OTLP, as protobuf in HTTP. The provider records
// nothing where no OTEL_* asks for it; stop sends what is still held.
func startTracing(ctx context.Context, log *slog.Logger) (provider trace.TracerProvider, stop func(), err error) {
	if !tracing() {
		return noop.NewTracerProvider(), func() {}, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"} {
		if p := os.Getenv(name); p != "" && p != "http/protobuf" {
			return nil, nil, fmt.Errorf("%s=%s: spans leave as http/protobuf only; set it so, or leave it out, "+
				"and name the collector's HTTP port (4318)", name, p)
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("start tracing (see OTEL_EXPORTER_OTLP_ENDPOINT): %w", err)
	}
	// What the environment says of the service comes last and wins.
	own := resource.WithAttributes(semconv.ServiceName("leadtriage"), semconv.ServiceVersion(version()))
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), own, resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("start tracing (see OTEL_RESOURCE_ATTRIBUTES): %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("spans were not sent; is the collector up?", "error", err) }))
	sdk := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return sdk, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := sdk.Shutdown(ctx); err != nil {
			log.Warn("the last spans were not sent", "error", err)
		}
	}, nil
}

// wholeURL is a call's address, which spans have without mailboxes and phone numbers.
type wholeURL struct{}

// traced gives every call of the API and of Slack a span, within the caller's
// trace where it sends one; probes and metrics have none.
func (g *ground) traced(h http.Handler) http.Handler {
	if !tracing() {
		return h
	}
	answer := func(w http.ResponseWriter, r *http.Request) {
		r.URL = r.Context().Value(wholeURL{}).(*url.URL)
		h.ServeHTTP(w, r)
	}
	spans := otelhttp.NewHandler(http.HandlerFunc(answer), "",
		otelhttp.WithTracerProvider(g.spans), otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithFilter(func(r *http.Request) bool {
			return strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasPrefix(r.URL.Path, "/slack/")
		}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown := r.WithContext(context.WithValue(r.Context(), wholeURL{}, r.URL))
		shown.URL = page.MaskPath(r.URL)
		spans.ServeHTTP(w, shown)
	})
}

// modelClient gives every call of the model a span; nothing of the trace goes out.
func (s *service) modelClient() *http.Client {
	if !tracing() {
		return nil
	}
	return &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport,
		otelhttp.WithTracerProvider(s.spans), otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()))}
}
