package observe

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/slackbot"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// served returns what the observer serves.
func served(o *Observer) string {
	recorded := httptest.NewRecorder()
	o.Handler().ServeHTTP(recorded, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return recorded.Body.String()
}

func serves(t *testing.T, o *Observer, wants ...string) {
	t.Helper()
	text := served(o)
	for _, want := range wants {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("%s is not served:\n%s", want, text)
		}
	}
}

// shelf is a journal that may fail.
type shelf struct {
	tracker.Journal
	failing error
}

func (s shelf) Append(context.Context, ...tracker.Entry) error { return s.failing }
func (s shelf) Probe(context.Context) error                    { return s.failing }

// TestEveryKindOfEntryIsCounted, and nothing that was not kept is.
func TestEveryKindOfEntryIsCounted(t *testing.T) {
	o := watched()
	samples := journaltest.Samples()
	counts := map[tracker.Kind]int{}
	for _, e := range samples {
		counts[e.Kind]++
	}
	if err := o.Journal(shelf{}).Append(t.Context(), samples...); err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	failing := o.Journal(shelf{failing: full})
	if err := failing.Append(t.Context(), samples...); !errors.Is(err, full) {
		t.Errorf("a failure becomes %v", err)
	}
	if err := failing.(tracker.Prober).Probe(t.Context()); !errors.Is(err, full) {
		t.Errorf("a failed probe becomes %v", err)
	}
	text := served(o)
	for kind := range counts {
		if o.metrics.entries[kind] == nil {
			t.Errorf("entries of the kind %s are not counted", kind)
		}
	}
	for _, secret := range []string{"acme", "U0", "hooks", "Zo"} {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics hold %q", secret)
		}
	}
	serves(t, o, `docspace_bot_journal_append_failures_total 2`, `docspace_bot_journal_append_duration_seconds_count 1`,
		`docspace_bot_entries_total{kind="accepted"} `+strconv.Itoa(counts[tracker.KindAccepted]))
}

// TestLabelsAreOfClosedSets: a server that answers with what it likes does not fill the memory.
func TestLabelsAreOfClosedSets(t *testing.T) {
	seen := map[string]bool{}
	for status := range 2000 {
		seen[statusOf(status)] = true
	}
	if len(seen) > 20 {
		t.Errorf("%d words for an HTTP status", len(seen))
	}
	for status, want := range map[int]string{0: "none", 200: "200", 201: "2xx", 418: "4xx", 429: "429", 599: "5xx", 999: "other"} {
		if got := statusOf(status); got != want {
			t.Errorf("statusOf(%d) = %s, want %s", status, got, want)
		}
	}
}

func TestPortalTroubleIsOneOfThoseToldApart(t *testing.T) {
	for trouble, want := range map[tracker.Reason]string{
		tracker.KeyBroken: "key_broken", tracker.SeatLimit: "unexpected", tracker.PortalDown: "portal_down",
	} {
		o := New(Build{})
		o.Watch(Live{
			Census: func() tracker.Census { return tracker.Census{} }, Connections: func() (int, int) { return 0, 0 },
			Needs:  func(time.Time) []Need { return nil },
			Health: func() tracker.Health { return tracker.Health{Trouble: trouble, Seen: time.Unix(100, 0)} },
		})
		serves(t, o, `docspace_bot_portal_trouble{reason="`+want+`"} 1`, `docspace_bot_portal_answer_timestamp_seconds 100`)
		if n := strings.Count(served(o), "docspace_bot_portal_trouble{"); n != len(troubles) || strings.Count(served(o), `"} 1`+"\n") < 1 {
			t.Errorf("%s: %d reasons are told", trouble, n)
		}
	}
}

// TestMeasuringAllocatesNothing: what happens for every command costs no memory.
func TestMeasuringAllocatesNothing(t *testing.T) {
	o := watched()
	entries := []tracker.Entry{{Kind: tracker.KindPosted, Invitation: "a"}}
	ctx := t.Context()
	for name, do := range map[string]func(){
		"an acknowledgement":   func() { o.Acknowledged("slash_commands", time.Millisecond) },
		"a command":            func() { o.Commanded("invite", slackbot.OutcomeAccepted) },
		"a note":               func() { o.metrics.kept(entries, time.Millisecond) },
		"a call of Slack's":    func() { o.Called("chat.postMessage", "ok", time.Millisecond) },
		"a call of the portal": func() { o.PortalCalled(ctx, "GET people/filter", 200, time.Millisecond) },
	} {
		if n := testing.AllocsPerRun(100, do); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// BenchmarkOneInvitation is what measuring costs that one command causes: its acknowledgement, eight
// steps, as many calls, and what is noted of them.
func BenchmarkOneInvitation(b *testing.B) {
	o := watched()
	j := o.Journal(shelf{})
	one := []tracker.Entry{{Kind: tracker.KindPosted, Invitation: "a"}}
	b.ReportAllocs()
	for b.Loop() {
		o.Acknowledged("slash_commands", time.Millisecond)
		o.Commanded("invite", slackbot.OutcomeAccepted)
		for range 8 {
			o.Called("chat.postMessage", "ok", time.Millisecond)
			_ = j.Append(b.Context(), one...)
		}
	}
}

// BenchmarkScrape is what Prometheus costs the bot every fifteen seconds or so.
func BenchmarkScrape(b *testing.B) {
	o := watched()
	for b.Loop() {
		recorded := httptest.NewRecorder()
		o.Handler().ServeHTTP(recorded, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		_, _ = io.Copy(io.Discard, recorded.Body)
	}
}
