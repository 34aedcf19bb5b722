package observe

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/docspace-invite-bot/bot/internal/grace"
)

// The variables that switch traces on and say where they go. OTEL_SERVICE_NAME,
// OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER and OTEL_BSP_… are read by the SDK.
const (
	envExporter       = "OTEL_TRACES_EXPORTER"
	envDisabled       = "OTEL_SDK_DISABLED"
	envEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	envTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	envHeaders        = "OTEL_EXPORTER_OTLP_HEADERS"
	envTracesHeaders  = "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
	envTimeout        = "OTEL_EXPORTER_OTLP_TIMEOUT"
	envTracesTimeout  = "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"
	envProtocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	envTracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
)

// TraceVariables returns the variables that are read, for docs/operations.md to be compared with.
func TraceVariables() []string {
	return []string{
		envExporter, envDisabled, envEndpoint, envTracesEndpoint, envHeaders, envTracesHeaders, envTimeout, envTracesTimeout,
		envProtocol, envTracesProtocol,
	}
}

// TraceSettings say where traces go. The zero value is nowhere.
type TraceSettings struct {
	On bool
	// Endpoint is the address to which spans are posted.
	Endpoint string
	// Timeout bounds one post.
	Timeout time.Duration

	headers map[string]string // they may hold a secret
}

// ReadTraceSettings reads OpenTelemetry's variables off the environment. Traces are on when there is an
// endpoint for them, or OTEL_TRACES_EXPORTER is otlp. The error joins all that is wrong, naming
// variables and showing no header.
func ReadTraceSettings(env map[string]string) (TraceSettings, error) {
	exporter := env[envExporter]
	base, own := env[envEndpoint], env[envTracesEndpoint]
	if strings.EqualFold(env[envDisabled], "true") || exporter == "none" || exporter == "" && base == "" && own == "" {
		return TraceSettings{}, nil
	}
	var wrong []error
	if exporter != "" && exporter != "otlp" {
		wrong = append(wrong, fmt.Errorf("%s is %q: the bot knows otlp and none", envExporter, exporter))
	}
	if p := cmp.Or(env[envTracesProtocol], env[envProtocol], protocol); p != protocol {
		wrong = append(wrong, fmt.Errorf("%s is %q: the bot speaks %s, as a rule on port 4318", envProtocol, p, protocol))
	}
	s := TraceSettings{On: true, Endpoint: own}
	if own == "" {
		s.Endpoint = strings.TrimRight(cmp.Or(base, "http://localhost:4318"), "/") + "/v1/traces"
	}
	if u, err := url.Parse(s.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		wrong = append(wrong, fmt.Errorf("%s must be an address like http://localhost:4318", cmp.Or(nameIf(own != "", envTracesEndpoint), envEndpoint)))
	}
	var err error
	if s.headers, err = headersOf(cmp.Or(env[envTracesHeaders], env[envHeaders])); err != nil {
		wrong = append(wrong, fmt.Errorf("%s: %w", cmp.Or(nameIf(env[envTracesHeaders] != "", envTracesHeaders), envHeaders), err))
	}
	milliseconds := cmp.Or(env[envTracesTimeout], env[envTimeout], "10000")
	n, err := strconv.Atoi(milliseconds)
	if err != nil || n <= 0 {
		wrong = append(wrong, fmt.Errorf("%s is %q: it must be a number of milliseconds", envTimeout, milliseconds))
	}
	s.Timeout = time.Duration(n) * time.Millisecond
	return s, errors.Join(wrong...)
}

// protocol is what the bot speaks: OTLP over HTTP, as protocol buffers.
const protocol = "http/protobuf"

func nameIf(is bool, name string) string {
	if is {
		return name
	}
	return ""
}

// headersOf reads name=value,name=value, values with %-escapes.
func headersOf(list string) (map[string]string, error) {
	headers := map[string]string{}
	for pair := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || name == "" || err != nil {
			return nil, errors.New("it must be a list like name=value,name=value")
		}
		headers[name] = value
	}
	return headers, nil
}

const (
	// sendTries is how often a batch of spans is sent that a collector has no room for.
	sendTries = 3
	// sendPause is the pause before the second try; it doubles.
	sendPause = time.Second
	// refusalMax bounds what is read of a refusal, in bytes.
	refusalMax = 4 << 10
)

// collector posts spans to where they are collected. OpenTelemetry's own client for that would bring
// gRPC along: six megabytes of the program for a call that it does not make.
type collector struct {
	settings TraceSettings
	http     *http.Client
	log      *slog.Logger

	mu      sync.Mutex
	failing bool
}

// newCollector follows no redirect, which would carry the headers, and with them a secret, to another host.
func newCollector(s TraceSettings, transport http.RoundTripper, log *slog.Logger) *collector {
	return &collector{settings: s, log: log, http: &http.Client{
		Transport: transport, Timeout: s.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Start does nothing. See [otlptrace.Client].
func (c *collector) Start(context.Context) error { return nil }

// Stop lets go of the connection. See [otlptrace.Client].
func (c *collector) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces posts the spans. A failure is logged, once until it is over, and is nobody else's: the
// spans are lost, the invitations are not. See [otlptrace.Client].
func (c *collector) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans}) // on the wire it is the request
	if err == nil {
		err = c.insist(ctx, body)
	}
	c.report(ctx, err)
	return nil
}

// insist posts again while the collector says that it will have room.
func (c *collector) insist(ctx context.Context, body []byte) error {
	pause := sendPause
	for try := 1; ; try++ {
		again, err := c.post(ctx, body)
		if !again || try == sendTries || !grace.Sleep(ctx, pause) {
			return err
		}
		pause *= 2
	}
}

func (c *collector) post(ctx context.Context, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.settings.Endpoint, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	for name, value := range c.settings.headers {
		req.Header.Set(name, value)
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := c.http.Do(req)
	if err != nil {
		if transport, ok := errors.AsType[*url.Error](err); ok {
			err = transport.Err
		}
		return true, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, refusalMax))
	switch resp.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return false, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		again = true
	}
	return again, fmt.Errorf("http %d", resp.StatusCode)
}

func (c *collector) report(ctx context.Context, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil && !c.failing:
		c.log.WarnContext(ctx, "traces cannot be sent and are lost: look at "+envEndpoint+"; the bot's work goes on", "err", err)
	case err == nil && c.failing:
		c.log.InfoContext(ctx, "traces are sent again")
	}
	c.failing = err != nil
}
