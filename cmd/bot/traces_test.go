package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// spanCollector is a server that takes spans as OpenTelemetry's collector does.
type spanCollector struct {
	mu      sync.Mutex
	spans   []*tracepb.Span
	raw     strings.Builder
	wrong   []string
	headers http.Header
	busy    int // how many more posts are told to come again
}

func (c *spanCollector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy > 0 {
		c.busy--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	request := new(tracepb.TracesData)
	if err != nil || proto.Unmarshal(body, request) != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.wrong = append(c.wrong, fmt.Sprint(r.Method, " ", r.URL, " ", r.Header, " ", err))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.headers = r.Header
	c.raw.WriteString(prototext.Format(request))
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// named counts the spans of each name.
func (c *spanCollector) named() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := map[string]int{}
	for _, span := range c.spans {
		names[span.GetName()]++
	}
	return names
}

const collectorHost = "127.0.0.1:8004"

// TestOneInvitationIsOneTrace, across restarts, with a span for each thing that was done for it, and
// nothing in it that names a person, an address or a link.
func TestOneInvitationIsOneTrace(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state.db")
	bubble(t, func(w *world) {
		collector := &spanCollector{busy: 1}
		w.serve(collectorHost, collector)
		w.start()
		w.types(w.ann, w.general, `/docspace-invite bob@acme.test "for the Q3 room"`)
		card := w.card(w.general, 1)
		w.pressesJoin(w.carol, card)
		w.passes(time.Minute)
		w.restarts(func() {})
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.passes(time.Minute)
		w.activates("carol@acme.test")
		w.thread(card, 1)
		w.passes(time.Minute)
		w.stop()

		names := collector.named()
		for _, name := range []string{
			"invitation", "command", "journal", "vet", "look_up", "fetch_link", "post_card", "join", "identify", "sweep", "welcome", "greet",
			"update_card", "confirm", "portal GET portal/users/invite/Guest", "portal POST portal/sendcongratulations", "slack chat.postMessage",
		} {
			if names[name] == 0 {
				t.Errorf("no span %q; there are %v", name, slices.Sorted(maps.Keys(names)))
			}
		}
		for name, n := range map[string]int{"invitation": 1, "command": 1, "post_card": 1, "join": 1, "sweep": 2, "confirm": 1} {
			if names[name] != n {
				t.Errorf("%d spans %q, want %d", names[name], name, n)
			}
		}
		collector.isOneTrace(t)
		collector.namesNobody(t, w, linkOf(t, card))
		if got := collector.headers.Get("X-Tenant"); got != "a b" {
			t.Errorf("the header X-Tenant is %q", got)
		}
		if len(collector.wrong) > 0 || w.log.count("traces cannot be sent") > 0 {
			t.Errorf("posts that no collector understands: %v", collector.wrong)
		}
	}, "STATE", state, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+collectorHost, "OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=a%20b,authorization=Bearer%20hush")
}

// isOneTrace checks that all spans are of one trace, under one first span, in the order of time.
func (c *spanCollector) isOneTrace(t *testing.T) {
	t.Helper()
	spans := map[string]*tracepb.Span{}
	var first *tracepb.Span
	for _, span := range c.spans {
		spans[hex.EncodeToString(span.GetSpanId())] = span
		if len(span.GetParentSpanId()) == 0 {
			if first != nil {
				t.Errorf("%q and %q both begin a trace", first.GetName(), span.GetName())
			}
			first = span
		}
	}
	if len(spans) != len(c.spans) {
		t.Errorf("%d spans have %d ids", len(c.spans), len(spans))
	}
	for _, span := range c.spans {
		parent := spans[hex.EncodeToString(span.GetParentSpanId())]
		switch {
		case string(span.GetTraceId()) != string(first.GetTraceId()):
			t.Errorf("%q belongs to another trace", span.GetName())
		case span != first && parent == nil:
			t.Errorf("%q hangs in the air", span.GetName())
		case span.GetEndTimeUnixNano() < span.GetStartTimeUnixNano():
			t.Errorf("%q ends before it begins", span.GetName())
		}
	}
}

// namesNobody checks that nothing that was sent tells who is invited, or how to get in.
func (c *spanCollector) namesNobody(t *testing.T, w *world, link string) {
	t.Helper()
	sent := strings.ToLower(c.raw.String())
	secrets := []string{
		link, "@acme.test", "acme.test", "carol", "chen", "bob", "ann", "q3 room", "http://", "hush", w.carol, w.ann, w.general,
		w.slack.BotToken(), w.slack.AppToken(), w.portal.APIKey(), "response", "hooks",
	}
	for _, secret := range secrets {
		if strings.Contains(sent, strings.ToLower(secret)) {
			t.Errorf("the spans hold %q", secret)
		}
	}
}

// TestNoTracesUnlessAskedFor: nothing is sent, and nothing is waited for.
func TestNoTracesUnlessAskedFor(t *testing.T) {
	for name, settings := range map[string][]string{
		"no endpoint":  nil,
		"disabled":     {"OTEL_SDK_DISABLED", "true", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + collectorHost},
		"not exported": {"OTEL_TRACES_EXPORTER", "none", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + collectorHost},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(w *world) {
				collector := new(spanCollector)
				w.serve(collectorHost, collector)
				w.start()
				w.types(w.ann, w.general, "/docspace-invite")
				w.card(w.general, 1)
				w.passes(time.Minute)
				w.stop()
				if names := collector.named(); len(names)+len(collector.wrong) > 0 {
					t.Errorf("sent: %v", names)
				}
			}, settings...)
		})
	}
}

// TestCollectorThatIsDownIsNobodysTrouble: it is said once, and the bot works as ever.
func TestCollectorThatIsDownIsNobodysTrouble(t *testing.T) {
	story(t, func(w *world) {
		for n := range 3 {
			w.types(w.ann, w.general, "/docspace-invite")
			w.card(w.general, n+1)
			w.passes(time.Minute)
		}
		w.stop()
		if n := w.log.count("traces cannot be sent"); n != 1 {
			t.Errorf("the log says %d times that traces are lost:\n%s", n, w.log)
		}
	}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://"+collectorHost+"/")
}
