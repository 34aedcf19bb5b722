package observe

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Traces tell the way of each invitation as one trace, whichever process does the next step: the
// trace's id and that of its first span derive from the invitation's. Nil is no traces, and costs
// nothing.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// NewTraces returns traces that are sent as the settings say, through the transport; nil when they
// are off. Close them after use.
func NewTraces(ctx context.Context, s TraceSettings, build Build, transport http.RoundTripper, log *slog.Logger) (*Traces, error) {
	if !s.On {
		return nil, nil
	}
	exporter, err := otlptrace.New(ctx, newCollector(s, transport, log))
	if err != nil {
		return nil, err
	}
	about, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "docspace-invite-bot"), attribute.String("service.version", build.Version),
	), resource.WithTelemetrySDK(), resource.WithFromEnv()) // OTEL_SERVICE_NAME wins
	if err != nil {
		return nil, err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about), sdktrace.WithIDGenerator(ids{}))
	return &Traces{provider: provider, tracer: provider.Tracer("docspace-invite-bot")}, nil
}

// closeWait bounds how long the end of the program waits for the last spans to be sent.
const closeWait = 5 * time.Second

// Close sends what is left.
func (t *Traces) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // the collector's failures are logged where they happen
}

func nothing(tracker.Reason) {}

// begin starts the span of a step.
func (t *Traces) begin(ctx context.Context, id tracker.ID, step string) (context.Context, func(tracker.Reason)) {
	if t == nil {
		return ctx, nothing
	}
	ctx, span := t.tracer.Start(within(ctx, id), step, about(id))
	return ctx, func(reason tracker.Reason) { end(span, outcome(reason), reason == "") }
}

// happened tells of what has ended by now.
func (t *Traces) happened(id tracker.ID, what, outcome string, began time.Time) {
	if t == nil || id == "" {
		return
	}
	_, span := t.tracer.Start(within(context.Background(), id), what, about(id), trace.WithTimestamp(began))
	end(span, outcome, true)
}

// called tells of a call that a step has made of one of the sides.
func (t *Traces) called(ctx context.Context, side, call, outcome string, good bool, took time.Duration) {
	if t == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return
	}
	_, span := t.tracer.Start(ctx, side+" "+call, trace.WithTimestamp(time.Now().Add(-took)), trace.WithSpanKind(trace.SpanKindClient))
	end(span, outcome, good)
}

// kept tells each invitation's trace what was noted of it; the first note is the trace's first span.
func (t *Traces) kept(entries []tracker.Entry, began time.Time) {
	if t == nil {
		return
	}
	kinds := map[tracker.ID][]string{}
	for i := range entries {
		e := &entries[i]
		kinds[e.Invitation] = append(kinds[e.Invitation], string(e.Kind))
		if e.Kind == tracker.KindAccepted {
			_, span := t.tracer.Start(first(e.Invitation), "invitation", about(e.Invitation), trace.WithNewRoot(),
				trace.WithTimestamp(e.At), trace.WithAttributes(attribute.String("invitation.role", string(e.Request.Role))))
			span.End()
		}
	}
	for id, noted := range kinds {
		_, span := t.tracer.Start(within(context.Background(), id), "journal", about(id), trace.WithTimestamp(began),
			trace.WithAttributes(attribute.StringSlice("journal.entries", slices.Compact(noted)), attribute.Int("journal.together", len(entries))))
		span.End()
	}
}

func about(id tracker.ID) trace.SpanStartEventOption {
	return trace.WithAttributes(attribute.String("invitation.id", string(id)))
}

func end(span trace.Span, outcome string, good bool) {
	span.SetAttributes(attribute.String("outcome", outcome))
	if !good {
		span.SetStatus(codes.Error, outcome)
	}
	span.End()
}

// identify derives the ids of an invitation's trace and of its first span.
func identify(id tracker.ID) (inTrace trace.TraceID, inSpan trace.SpanID) {
	sum := sha256.Sum256([]byte("docspace-invite-bot invitation " + id))
	copy(inTrace[:], sum[:16])
	copy(inSpan[:], sum[16:24])
	return inTrace, inSpan
}

// within returns a context whose spans follow on the first of the invitation's, wherever that was.
func within(ctx context.Context, id tracker.ID) context.Context {
	inTrace, root := identify(id)
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: inTrace, SpanID: root, TraceFlags: trace.FlagsSampled, Remote: true,
	}))
}

type firstKey struct{}

// first returns a context in which the first span of the invitation's begins.
func first(id tracker.ID) context.Context {
	return context.WithValue(context.Background(), firstKey{}, id)
}

// ids names spans by chance, save for the first of an invitation's trace.
type ids struct{}

// NewIDs names a first span. See [sdktrace.IDGenerator].
func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if id, ok := ctx.Value(firstKey{}).(tracker.ID); ok {
		return identify(id)
	}
	var inTrace trace.TraceID
	_, _ = rand.Read(inTrace[:])
	return inTrace, ids{}.NewSpanID(ctx, inTrace)
}

// NewSpanID names any other. See [sdktrace.IDGenerator].
func (ids) NewSpanID(context.Context, trace.TraceID) (span trace.SpanID) {
	_, _ = rand.Read(span[:])
	return span
}
