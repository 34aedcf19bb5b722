package slacksim_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

func TestCommandIsDeliveredAcknowledgedAndAnswered(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		hello := c.hear("hello")
		equal(t, "num_connections", hello["num_connections"], 1.0)
		equal(t, "app_id", at(t, hello, "connection_info", "app_id"), "A0DEMO00001")

		d := w.Type(w.ann, w.general, "/docspace-invite guest @bob")
		e := c.hear("slash_commands")
		equal(t, "envelope", e["envelope_id"], d.EnvelopeID())
		equal(t, "accepts_response_payload", e["accepts_response_payload"], true)
		payload := e["payload"].(m)
		equal(t, "text", payload["text"], "guest <@"+w.bob+">")
		equal(t, "is_enterprise_install", payload["is_enterprise_install"], "false")
		equal(t, "channel_name", payload["channel_name"], "general")
		if u := payload["response_url"].(string); !strings.HasPrefix(u, "http://"+host+"/commands/T0DEMO00001/") {
			t.Errorf("response_url %q is not below the address of the connection", u)
		}
		c.ack(e, m{"text": "on it"})
		w.wants(d, "")
		seen := w.Ephemerals(w.ann)
		if len(seen) != 1 || seen[0].Text != "on it" || seen[0].To != w.ann || seen[0].User != w.BotUser() {
			t.Fatalf("Ann sees %+v, want the answer", seen)
		}
		if len(w.Messages(w.general)) != 0 {
			t.Error("an answer that is for Ann alone is in the channel")
		}
	})
}

func TestSecondConnectionGetsWhatTheFirstCannot(t *testing.T) {
	inWorld(t, func(w *world) {
		first, second := w.connect(), w.connect()
		first.hear("hello")
		equal(t, "num_connections", second.hear("hello")["num_connections"], 2.0)
		seen := map[*wire]int{}
		for range 40 {
			d := w.Type(w.ann, w.general, "/docspace-invite")
			synctest.Wait()
			for _, c := range []*wire{first, second} {
				select {
				case e := <-c.frames:
					seen[c]++
					c.ack(e, nil)
				default:
				}
			}
			w.wants(d, "")
		}
		if seen[first] < 5 || seen[second] < 5 || seen[first]+seen[second] != 40 {
			t.Errorf("40 envelopes were shared out as %d and %d", seen[first], seen[second])
		}
	}, slacksim.WithSeed(7))
}

func TestTypistIsToldOfFailures(t *testing.T) {
	inWorld(t, func(w *world) {
		w.wants(w.Type(w.ann, w.general, "/docspace-invite"), "dispatch_failed")
		c := w.connect()
		c.hear("hello")
		d := w.Type(w.ann, w.general, "/docspace-invite")
		e := c.hear("slash_commands")
		start := time.Now()
		w.wants(d, "operation_timeout")
		equal(t, "time to the failure", time.Since(start), 3*time.Second)
		c.ack(e, m{"text": "too late"})
		synctest.Wait()
		if acks := d.Acks(); len(acks) != 1 || acks[0].Connection != 1 {
			t.Errorf("late acknowledgements: %+v, want one", acks)
		}
		seen := w.Ephemerals(w.ann)
		if len(seen) != 2 || seen[0].Text != `/docspace-invite failed with the error "dispatch_failed"` ||
			seen[1].Text != `/docspace-invite failed with the error "operation_timeout"` {
			t.Errorf("Ann sees %+v, want the two failures", seen)
		}
		w.wants(w.Type(w.ann, w.general, "/nonsense"), "unknown_command")
	})
}

func TestLargeAcknowledgementIsDropped(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		d := w.Type(w.ann, w.general, "/docspace-invite")
		c.ack(c.hear("slash_commands"), m{"text": strings.Repeat("x", 20<<10)})
		w.wants(d, "operation_timeout")
	})
}

func TestRefreshKeepsTheConnectionForAcknowledgements(t *testing.T) {
	inWorld(t, func(w *world) {
		old := w.connect()
		old.hear("hello")
		d := w.Type(w.ann, w.general, "/docspace-invite")
		e := old.hear("slash_commands")
		w.Disconnect(1, "refresh_requested")
		equal(t, "reason", old.hear("disconnect")["reason"], "refresh_requested")
		w.wants(w.Type(w.ann, w.general, "/docspace-invite"), "dispatch_failed")
		time.Sleep(2 * time.Second)
		old.ack(e, nil)
		w.wants(d, "")
		start := time.Now()
		<-old.gone
		if took := time.Since(start); took < 7*time.Second || took > 9*time.Second {
			t.Errorf("the connection ended after %v more, want about 8s", took)
		}
		synctest.Wait()
		equal(t, "connections", w.Connections(), 0)
	})
}

func TestConnectionsEndOnTheirOwn(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		time.Sleep(18059 * time.Second)
		c.silent()
		time.Sleep(2 * time.Second)
		equal(t, "reason", c.hear("disconnect")["reason"], "refresh_requested")
		<-c.gone
	})
}

func TestTooManyConnections(t *testing.T) {
	inWorld(t, func(w *world) {
		w.MaxConnections(1)
		c := w.connect()
		c.hear("hello")
		extra := w.connect()
		equal(t, "reason", extra.hear("disconnect")["reason"], "too_many_websockets")
		<-extra.gone
		synctest.Wait()
		equal(t, "connections", w.Connections(), 1)
		c.ack(m{"envelope_id": "from nowhere"}, nil)
		synctest.Wait()
		equal(t, "the stray acknowledgement was noticed", w.Acked("from nowhere"), true)
	})
}

func TestTicketsOpenOneConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		answer := w.postAs(w.AppToken(), "apps.connections.open", nil)
		address := strings.Replace(answer["url"].(string), "ws://", "http://", 1)
		for _, want := range []int{400, 403} { // not an upgrade, but the ticket is spent
			resp, err := w.client.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			equal(t, "status", resp.StatusCode, want)
		}
	})
}

func TestDropAndRedelivery(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Redeliver(true)
		first := w.connect()
		first.hear("hello")
		d := w.Type(w.ann, w.general, "/docspace-invite")
		first.hear("slash_commands")
		w.Drop(1)
		<-first.gone
		time.Sleep(time.Second)
		second := w.connect()
		second.hear("hello")
		e := second.hear("slash_commands")
		equal(t, "envelope", e["envelope_id"], d.EnvelopeID())
		time.Sleep(2500 * time.Millisecond) // the time has begun again
		second.ack(e, nil)
		w.wants(d, "")
	})
	t.Run("off", func(t *testing.T) {
		inWorld(t, func(w *world) {
			first := w.connect()
			first.hear("hello")
			d := w.Type(w.ann, w.general, "/docspace-invite")
			first.hear("slash_commands")
			w.Drop(-1)
			second := w.connect()
			second.hear("hello")
			second.silent()
			w.wants(d, "operation_timeout")
		})
	})
}

func TestDuplicatesAreAnsweredOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.Duplicate(true)
		first, second := w.connect(), w.connect()
		first.hear("hello")
		second.hear("hello")
		d := w.Type(w.ann, w.general, "/docspace-invite help")
		a, b := first.hear("slash_commands"), second.hear("slash_commands")
		equal(t, "the second envelope", b["envelope_id"], a["envelope_id"])
		second.ack(b, m{"text": "help"})
		w.wants(d, "")
		first.ack(a, nil)
		first.ack(a, m{"text": "help again"})
		synctest.Wait()
		if seen := w.Ephemerals(w.ann); len(seen) != 1 || seen[0].Text != "help" {
			t.Errorf("Ann sees %+v, want one answer", seen)
		}
		equal(t, "acknowledgements", len(d.Acks()), 3)

		d = w.Type(w.ann, w.general, "/docspace-invite help")
		a, b = first.hear("slash_commands"), second.hear("slash_commands")
		first.ack(a, nil)
		w.wants(d, "")
		second.ack(b, m{"text": "help"})
		synctest.Wait()
		equal(t, "answers after an acknowledgement that holds none", len(w.Ephemerals(w.ann)), 1)
	})
}

func TestSilentConnectionHearsAndSaysNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		time.Sleep(time.Minute)
		if n := c.pings.Load(); n < 11 {
			t.Errorf("%d pings in a minute, want one in five seconds", n)
		}
		w.Silence(1)
		synctest.Wait()
		before := c.pings.Load()
		d := w.Type(w.ann, w.general, "/docspace-invite")
		w.wants(d, "operation_timeout")
		time.Sleep(time.Minute)
		equal(t, "pings of a deaf connection", c.pings.Load(), before)
		c.silent()
		equal(t, "connections", w.Connections(), 1)
	})
}

func TestGarbageIsSentAsItIs(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		w.SendRaw([]byte("not json"))
		synctest.Wait()
		equal(t, "frame", (<-c.frames)["raw"], "not json")
	})
}

func TestEventsComeAgainUntilAcknowledged(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		d := w.OpenHome(w.ann)
		e := c.hear("events_api")
		equal(t, "first attempt", e["retry_attempt"], 0.0)
		equal(t, "event", at(t, e, "payload", "event", "type"), "app_home_opened")
		w.wants(d, "operation_timeout")
		again := c.hear("events_api")
		equal(t, "second attempt", again["retry_attempt"], 1.0)
		equal(t, "event_id", at(t, again, "payload", "event_id"), at(t, e, "payload", "event_id"))
		c.ack(again, nil)
		time.Sleep(time.Hour)
		c.silent()
	})
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		d := w.Type(w.ann, w.general, "/docspace-invite")
		w.Close()
		if err := d.Wait(w.ctx); err == nil {
			t.Error("a delivery of a closed workspace has no error")
		}
		<-c.gone
		w.wants(w.Type(w.ann, w.general, "/docspace-invite"), "closed")
	})
}

func TestWarningLeavesTenSecondsOfWork(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		start := time.Now()
		w.Disconnect(-1, "warning")
		equal(t, "reason", c.hear("disconnect")["reason"], "warning")
		time.Sleep(9 * time.Second)
		d := w.Type(w.ann, w.general, "/docspace-invite")
		c.ack(c.hear("slash_commands"), nil)
		w.wants(d, "")
		<-c.gone
		equal(t, "life after the warning", time.Since(start), 10*time.Second)
	})
}

func TestLinkDisabledEndsConnectionsAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		first, second := w.connect(), w.connect()
		first.hear("hello")
		second.hear("hello")
		start := time.Now()
		w.Disconnect(-1, "link_disabled")
		for _, c := range []*wire{first, second} {
			equal(t, "reason", c.hear("disconnect")["reason"], "link_disabled")
			<-c.gone
		}
		equal(t, "time", time.Since(start), time.Duration(0))
		synctest.Wait()
		equal(t, "connections", w.Connections(), 0)
	})
}

func TestAppMayCloseItsConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		if err := c.ws.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		<-c.gone
		synctest.Wait()
		equal(t, "how it ended", websocket.IsCloseError(c.err, websocket.CloseNormalClosure), true)
		equal(t, "connections", w.Connections(), 0)
	})
}

func TestConnectionsForDebuggingAreShort(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect("debug_reconnects=true")
		equal(t, "life", at(t, c.hear("hello"), "debug_info", "approximate_connection_time"), 360.0)
		time.Sleep(361 * time.Second)
		equal(t, "reason", c.hear("disconnect")["reason"], "refresh_requested")
	})
}

// TestSocketModeSwitchedOff: open connections are told, and later ones instead of a greeting
// (docs/facts/slack.md, "disconnect").
func TestSocketModeSwitchedOff(t *testing.T) {
	inWorld(t, func(w *world) {
		open := w.connect()
		open.hear("hello")
		w.SocketMode(false)
		equal(t, "the open one", open.hear("disconnect")["reason"], "link_disabled")
		equal(t, "the next one", w.connect().hear("disconnect")["reason"], "link_disabled")
		w.SocketMode(true)
		w.connect().hear("hello")
	})
}

// TestAppTokensScopeAndApp: without connections:write nothing is opened; whose token it is stands
// in the greeting (docs/facts/slack.md, "Opening" and "hello").
func TestAppTokensScopeAndApp(t *testing.T) {
	inWorld(t, func(w *world) {
		w.SetAppScopes("authorizations:read")
		refused := w.postAs(w.AppToken(), "apps.connections.open", nil)
		equal(t, "error", refused["error"], "missing_scope")
		equal(t, "needed", refused["needed"], "connections:write")
		w.SetAppScopes("connections:write")
		w.AppTokenOf("A0OTHER")
		equal(t, "app", at(t, w.connect().hear("hello"), "connection_info", "app_id"), "A0OTHER")
	})
}

func TestBotTokenRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		w.RefuseBot("token_revoked")
		equal(t, "the bot's", w.post("auth.test", nil)["error"], "token_revoked")
		equal(t, "the app's", w.postAs(w.AppToken(), "apps.connections.open", nil)["ok"], true)
		w.RefuseBot("")
		equal(t, "again", w.post("auth.test", nil)["ok"], true)
	})
}
