package main

import (
	"context"
	"database/sql"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// observed runs a story whose operator watches.
func observed(t *testing.T, tell func(w *world), settings ...string) {
	t.Helper()
	story(t, tell, append([]string{"HTTP_ADDR", opsHost}, settings...)...)
}

// metric returns the value of a metric, with its labels as Prometheus writes them; -1 when it is not
// served.
func (w *world) metric(name string) float64 {
	w.t.Helper()
	_, text := w.asks("/metrics")
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(text)
	if found == nil {
		return -1
	}
	value, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

// measures checks the values of metrics.
func (w *world) measures(wants map[string]float64) {
	w.t.Helper()
	for name, want := range wants {
		if got := w.metric(name); got != want {
			w.t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}

// isReady tells what /readyz answers.
func (w *world) isReady() bool {
	w.t.Helper()
	status, _ := w.asks("/readyz")
	return status == http.StatusOK
}

// TestDeafSocketIsNotReady: a connection that is open while nothing comes is no connection. Within
// fifteen seconds the bot says that it is not ready, before anybody's command is lost for long; within
// half a minute it has another.
func TestDeafSocketIsNotReady(t *testing.T) {
	observed(t, func(w *world) {
		w.passes(time.Minute)
		if !w.isReady() {
			t.Fatal("a quiet connection is not ready")
		}
		opened := w.slack.CallCount("apps.connections.open")
		w.slack.Silence(-1)
		silent := time.Now()
		w.await("the alarm", func() bool { return !w.isReady() })
		if took := time.Since(silent); took > 16*time.Second {
			t.Errorf("deafness was noticed after %v", took)
		}
		if _, text := w.asks("/readyz"); !strings.Contains(text, "FAIL slack: connections: 1, but nothing is heard") {
			t.Errorf("readyz says\n%s", text)
		}
		w.measures(map[string]float64{
			`docspace_bot_connections{state="open"}`: 1, `docspace_bot_connections{state="heard"}`: 0, `docspace_bot_ready{need="slack"}`: 0,
		})
		w.await("another connection", w.isReady)
		if took := time.Since(silent); took > 30*time.Second {
			t.Errorf("it took %v until there was another connection", took)
		}
		w.measures(map[string]float64{`docspace_bot_reconnects_total{reason="deaf"}`: 1, `docspace_bot_ready{need="slack"}`: 1})
		if w.log.count("gone deaf") != 1 || w.slack.CallCount("apps.connections.open") != opened+1 {
			t.Errorf("%d connections were opened; the log:\n%s", w.slack.CallCount("apps.connections.open")-opened, w.log)
		}
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 1)
	}, "SLACK_SOCKETS", "1")
}

// TestConnectionWithoutHelloIsReplaced: something takes the bot's WebSocket, answers its pings and sends nothing. The
// bot isn't ready meanwhile, says why it gives the connection up, and opens another.
func TestConnectionWithoutHelloIsReplaced(t *testing.T) {
	const mute = "127.0.0.1:8004"
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "HTTP_ADDR", opsHost, "SLACK_SOCKETS", "1")
		w.serve(mute, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			upgrader := websocket.Upgrader{}
			conn, err := upgrader.Upgrade(rw, r, nil)
			for err == nil {
				_, _, err = conn.ReadMessage()
			}
		}))
		var dials atomic.Int32
		w.dialSocket = func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials.Add(1) == 1 {
				address = mute
			}
			return w.net.DialContext(ctx, network, address)
		}
		w.launch()
		w.passes(15 * time.Second)
		if w.isReady() {
			t.Error("it is ready without a hello")
		}
		w.passes(10 * time.Second)
		w.await("another connection", w.isReady)
		if n := dials.Load(); n != 2 {
			t.Errorf("%d connections were tried, want two", n)
		}
		w.measures(map[string]float64{`docspace_bot_reconnects_total{reason="no_hello"}`: 1})
		contains(t, "the log", w.log.text(), "slack sent no hello within 20s", remedy.SocketSilent.Remedy())
	})
}

// TestPortalIsSeenLatelyWhileNobodyIsPending: a key that stops working on a quiet day is known of
// without a command, and that it works again too.
func TestPortalIsSeenLatelyWhileNobodyIsPending(t *testing.T) {
	observed(t, func(w *world) {
		w.passes(lookOutAfter + time.Second)
		looked := w.portal.CallCount("/api/2.0/people/@self")
		w.passes(time.Hour)
		if n := w.portal.CallCount("/api/2.0/people/@self") - looked; n < 10 || n > 13 {
			t.Errorf("the portal was asked %d times in a quiet hour, want about twelve", n)
		}
		if !w.isReady() || w.metric("docspace_bot_portal_answer_timestamp_seconds") < float64(time.Now().Add(-askPortalEvery-time.Minute).Unix()) {
			_, text := w.asks("/readyz")
			t.Errorf("while the portal answers:\n%s", text)
		}
		w.portal.DisableKey()
		revoked := time.Now()
		w.await("the alarm", func() bool { return !w.isReady() })
		if took := time.Since(revoked); took > 2*askPortalEvery+2*time.Minute {
			t.Errorf("the revoked key was noticed after %v", took)
		}
		if _, text := w.asks("/readyz"); !strings.Contains(text, "FAIL portal: key_broken since") {
			t.Errorf("readyz says\n%s", text)
		}
	})
}

func TestPortalThatComesBackIsReadyAgain(t *testing.T) {
	observed(t, func(w *world) {
		w.passes(time.Minute)
		w.portal.Down(true)
		w.await("the alarm", func() bool { return !w.isReady() })
		w.portal.Down(false)
		back := time.Now()
		w.await("the end of the alarm", w.isReady)
		if took := time.Since(back); took > 2*time.Minute {
			t.Errorf("the portal was back for %v before that was noticed", took)
		}
		if w.log.count("while no one is pending") != 1 || w.log.count("the portal answers again") != 1 {
			t.Errorf("the log tells it otherwise than once each:\n%s", w.log)
		}
	})
}

// TestOneInvitationIsMeasured from the command to the confirmation.
func TestOneInvitationIsMeasured(t *testing.T) {
	observed(t, func(w *world) {
		w.passes(time.Minute)
		w.types(w.ann, w.general, "/docspace-invite bob@acme.test")
		card := w.card(w.general, 1)
		w.types(w.ann, w.general, "/docspace-invite help")
		w.types(w.ann, w.general, "/docspace-invite nonsense")
		w.types(w.ann, w.general, "/docspace-invite admin")
		w.told(w.ann, 3) // help, nonsense, and whose role it is not
		w.pressesJoin(w.carol, card)
		w.passes(time.Minute)
		w.measures(map[string]float64{
			`docspace_bot_commands_total{command="invite",outcome="accepted"}`:                   2,
			`docspace_bot_commands_total{command="help",outcome="answered"}`:                     1,
			`docspace_bot_commands_total{command="command",outcome="misunderstood"}`:             1,
			`docspace_bot_joins_total{outcome="ok"}`:                                             1,
			`docspace_bot_refusals_total{reason="role_not_yours"}`:                               1,
			`docspace_bot_acknowledgement_delay_seconds_count{envelope="slash_commands"}`:        4,
			`docspace_bot_acknowledgement_delay_seconds_count{envelope="interactive"}`:           1,
			`docspace_bot_invitations{stage="posted"}`:                                           1,
			`docspace_bot_invitees{state="awaited"}`:                                             2,
			`docspace_bot_entries_total{kind="posted"}`:                                          1,
			`docspace_bot_portal_calls_total{call="GET portal/users/invite/Guest",status="200"}`: 1,
			`docspace_bot_slack_calls_total{method="chat.postMessage",outcome="ok"}`:             1,
			`docspace_bot_slack_call_duration_seconds_count{method="chat.postMessage"}`:          1,
			`docspace_bot_unconfirmed_oldest_seconds`:                                            0,
			`docspace_bot_confirmation_delay_seconds_count`:                                      0,
			`docspace_bot_queue_length{queue="without_card"}`:                                    0,
			`docspace_bot_connections{state="heard"}`:                                            2,
		})
		if sweeps, calls := w.metric(`docspace_bot_sweeps_total{outcome="ok"}`), w.metric(`docspace_bot_sweep_calls_sum`); sweeps < 3 || calls < sweeps {
			t.Errorf("%v sweeps took %v calls", sweeps, calls)
		}
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.activates("carol@acme.test")
		w.thread(card, 1)
		w.passes(time.Second)
		w.measures(map[string]float64{
			`docspace_bot_confirmation_delay_seconds_count`: 1,
			`docspace_bot_invitees{state="confirmed"}`:      1,
			`docspace_bot_journal_append_failures_total`:    0,
		})
		if took := w.metric(`docspace_bot_confirmation_delay_seconds_sum`); took < 0 || took > 30 {
			t.Errorf("the confirmation took %v seconds", took)
		}
	})
}

// TestTroubleIsMeasured: who asks to wait, what fails, and who waits for their confirmation meanwhile.
func TestTroubleIsMeasured(t *testing.T) {
	observed(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite")
		card := w.card(w.general, 1)
		w.pressesJoin(w.carol, card)
		w.passes(time.Minute)
		w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Channel: w.general, Status: http.StatusTooManyRequests, RetryAfter: 20 * time.Minute, Times: 1})
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.activates("carol@acme.test")
		w.passes(10 * time.Minute)
		if waits := w.metric("docspace_bot_unconfirmed_oldest_seconds"); waits < 500 || waits > 600 {
			t.Errorf("Carol has waited for %v seconds by what is measured, and for about ten minutes", waits)
		}
		w.measures(map[string]float64{
			`docspace_bot_rate_limited_total{side="slack"}`:                                   1,
			`docspace_bot_slack_calls_total{method="chat.postMessage",outcome="ratelimited"}`: 1,
		})
		defer w.portal.Fault(docspacesim.Fault{Status: http.StatusTooManyRequests})()
		w.pressesJoin(w.bob, card)
		w.passes(time.Hour)
		if n := w.metric(`docspace_bot_rate_limited_total{side="portal"}`); n < 2 {
			t.Errorf("the portal asked to wait %v times by what is measured", n)
		}
		if n := w.metric(`docspace_bot_sweeps_total{outcome="portal_busy"}`); n < 2 {
			t.Errorf("%v sweeps failed by what is measured", n)
		}
		w.measures(map[string]float64{`docspace_bot_unconfirmed_oldest_seconds`: 0, `docspace_bot_ready{need="portal"}`: 0})
		w.slack.RefuseOpen("internal_error")
		w.slack.Drop(-1)
		w.passes(time.Minute)
		w.measures(map[string]float64{`docspace_bot_connections{state="open"}`: 0, `docspace_bot_reconnects_total{reason="broken"}`: 2})
		if n := w.metric(`docspace_bot_reconnects_total{reason="refused"}`); n < 2 {
			t.Errorf("%v tries were refused by what is measured", n)
		}
	})
}

// TestUnwritableStoreIsNotReadyWithoutACommand: no one types anything, and the operator hears of it.
func TestUnwritableStoreIsNotReadyWithoutACommand(t *testing.T) {
	state := stateFile(t)
	observed(t, func(w *world) {
		w.passes(5 * time.Minute)
		if !w.isReady() || w.metric("docspace_bot_journal_append_failures_total") != 0 {
			t.Fatal("a sound store is not ready")
		}
		other, err := sql.Open("sqlite", state)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		other.SetMaxOpenConns(1)
		if _, err := other.ExecContext(w.ctx, "BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
		w.passes(3 * time.Minute)
		if _, text := w.asks("/readyz"); !strings.Contains(text, "FAIL store: cannot be written since") {
			t.Errorf("readyz says\n%s", text)
		}
		w.measures(map[string]float64{`docspace_bot_ready{need="store"}`: 0})
		if n := w.metric("docspace_bot_journal_append_failures_total"); n < 1 {
			t.Errorf("%v failures are counted", n)
		}
		if w.log.count("another program keeps the file locked") != 1 {
			t.Errorf("the log does not say once what to do:\n%s", w.log)
		}
		if _, err := other.ExecContext(w.ctx, "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		w.passes(2 * time.Minute)
		if !w.isReady() || w.log.count("the journal can be written again") != 1 {
			t.Error("the store is well again, and nobody says so")
		}
	}, "STATE", state)
}
