package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collected is an OTLP collector that keeps what it is sent.
type collected struct {
	sync.Mutex
	requests []*collector.ExportTraceServiceRequest
}

func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unzipped
	}
	text, err := io.ReadAll(body)
	var request collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(text, &request) != nil {
		http.Error(w, "not spans", http.StatusBadRequest)
		return
	}
	c.Lock()
	defer c.Unlock()
	c.requests = append(c.requests, &request)
}

// spans calls do for every span, with the name of the service that sent it.
func (c *collected) spans(do func(service string, span *trace.Span)) {
	c.Lock()
	defer c.Unlock()
	for _, request := range c.requests {
		for _, from := range request.ResourceSpans {
			var service string
			for _, a := range from.Resource.Attributes {
				if a.Key == "service.name" {
					service = a.Value.GetStringValue()
				}
			}
			for _, scope := range from.ScopeSpans {
				for _, span := range scope.Spans {
					do(service, span)
				}
			}
		}
	}
}

func TestSpansFollowALeadAndHoldNothingOfThePerson(t *testing.T) {
	var c collected
	server := httptest.NewServer(&c)
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_SERVICE_NAME", "triage-eu")

	w := newWorld(t, nil)
	w.start("")
	const theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
	offer := fit("northwind.example")
	id := w.post(http.StatusAccepted, offer, "traceparent", "00-"+theirs+"-00f067aa0ba902b7-01").ID
	w.card(id, asking)
	w.request(http.MethodGet, "/v1/leads/jane.doe%40northwind.example", demoOperatorKey, nil) // no such lead
	w.stop()

	names, children := map[string]string{}, map[string]bool{}
	c.spans(func(service string, span *trace.Span) {
		if service != "triage-eu" {
			t.Errorf("a span of the service %q", service)
		}
		names[span.Name] = fmt.Sprintf("%x", span.TraceId)
		if len(span.ParentSpanId) > 0 {
			children[span.Name] = true
		}
		if text := span.String(); strings.Contains(text, "jane") || strings.Contains(text, "Bearer") {
			t.Errorf("a span tells too much: %s", text)
		}
	})
	for _, want := range []string{"POST /v1/leads", "lead:enrich", "effect:deliver", "HTTP POST"} {
		if names[want] == "" {
			t.Errorf("no span %q among %v", want, names)
		}
	}
	if names["POST /v1/leads"] != theirs {
		t.Errorf("the call is in trace %s, not in the automation's own", names["POST /v1/leads"])
	}
	if !children["HTTP POST"] {
		t.Error("the model's call is not part of the step that made it")
	}
}

func TestTracingRefusesAProtocolItDoesNotSpeak(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	_, _, err := startTracing(context.Background(), slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "http/protobuf") {
		t.Errorf("answered %v", err)
	}
}
