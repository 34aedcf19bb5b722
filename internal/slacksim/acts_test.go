package slacksim_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// typed returns the text that reaches the app for what Ann types after the command.
func typed(w *world, c *wire, text string) string {
	w.t.Helper()
	d := w.Type(w.ann, w.general, "/docspace-invite "+text)
	e := c.hear("slash_commands")
	c.ack(e, nil)
	w.wants(d, "")
	return at(w.t, e, "payload", "text").(string)
}

func TestTypedTextIsEscaped(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		g := w.AddGroup(slacksim.Group{Handle: "designers"})
		private := w.AddChannel(slacksim.Channel{Name: "board", Private: true}).ID
		for text, want := range map[string]string{
			"guest @bob":                      "guest <@" + w.bob + ">",
			"@bob, @bob.":                     "<@" + w.bob + ">, <@" + w.bob + ">.",
			"@BOB":                            "<@" + w.bob + ">",
			"@nobody":                         "@nobody",
			"@designers":                      "<!subteam^" + g.ID + "|@designers>",
			"@here @channel":                  "<!here> <!channel>",
			"#general #board #no":             "<#" + w.general + "|general> <#" + private + "|> #no",
			"carol@example.com":               "<mailto:carol@example.com|carol@example.com>",
			`"see https://x.test/a?b=1&c=2."`: `"see <https://x.test/a?b=1&amp;c=2>."`,
			"a <@" + w.bob + "> & co":         "a &lt;@" + w.bob + "&gt; &amp; co", // an id is no name
			"<!channel>":                      "&lt;!channel&gt;",
			"ä@bob":                           "ä@bob",
			"":                                "",
		} {
			equal(t, text, typed(w, c, text), want)
		}
	})
}

func TestCommandAnswersForAll(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		d := w.Type(w.ann, w.general, "/docspace-invite carol@example.com")
		c.ack(c.hear("slash_commands"), m{"response_type": "in_channel", "text": "done"})
		w.wants(d, "")
		said := w.Messages(w.general)
		if len(said) != 2 || said[0].User != w.ann || said[1].Text != "done" {
			t.Fatalf("the channel shows %+v, want the command line and the answer", said)
		}
		d = w.Type(w.ann, w.general, "/docspace-invite")
		c.ack(c.hear("slash_commands"), m{"blocks": []m{{"type": "nonsense"}}})
		w.wants(d, "")
		if seen := w.Ephemerals(w.ann); len(seen) != 1 || !strings.Contains(seen[0].Text, "failed with the error") {
			t.Errorf("after an answer that is no message Ann sees %+v", seen)
		}
	})
}

func TestPlacesWherePeopleCanType(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		side := w.AddChannel(slacksim.Channel{Name: "side", Members: []string{w.bob}}).ID
		w.wants(w.Type(w.ann, side, "/docspace-invite"), "not_in_channel")
		w.wants(w.Type("U0NOBODY", side, "/docspace-invite"), "user_not_found")
		w.wants(w.Type(w.ann, w.general, "just words"), "")
		c.silent()
		private := w.AddChannel(slacksim.Channel{Name: "board", Private: true, Members: []string{w.ann}}).ID
		dm := w.AddChannel(slacksim.Channel{IM: true, Members: []string{w.ann, w.bob}}).ID
		group := w.AddChannel(slacksim.Channel{MPIM: true, Members: []string{w.ann, w.bob}}).ID
		for channel, name := range map[string]string{private: "privategroup", dm: "directmessage", group: "mpdm-ann--bob-1"} {
			for _, method := range []string{"conversations.info", "conversations.members"} {
				equal(t, method, w.post(method, m{"channel": channel})["error"], "channel_not_found")
			}
			w.Type(w.ann, channel, "/docspace-invite")
			e := c.hear("slash_commands")
			equal(t, "channel_name", at(t, e, "payload", "channel_name"), name)
			// An answer needs no membership of the bot.
			equal(t, "answer", w.respond(at(t, e, "payload", "response_url").(string), m{"response_type": "in_channel", "text": "hi"})["ok"], true)
			equal(t, "posted", len(w.Messages(channel)), 1)
		}
	})
}

// card posts a message with a button into the channel, or into a thread.
func (w *world) card(thread string) string {
	w.t.Helper()
	return w.ok("chat.postMessage", m{
		"channel": w.general, "text": "card", "thread_ts": thread,
		"metadata": m{"event_type": "card", "event_payload": m{"id": "1"}},
		"blocks": []m{
			{"type": "section", "text": m{"type": "mrkdwn", "text": "*Hi*"}},
			{"type": "actions", "block_id": "row", "elements": []m{{
				"type": "button", "action_id": "join", "value": "v1", "url": "https://portal.test/",
				"text": m{"type": "plain_text", "text": "Join"},
			}}},
		},
	})["ts"].(string)
}

func TestPressedButtonReachesTheApp(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		ts := w.card("")
		reply := w.card(ts)
		d := w.Press(w.ann, w.general, reply, "join")
		e := c.hear("interactive")
		payload := e["payload"].(m)
		for what, check := range map[string]struct{ got, want any }{
			"type":        {payload["type"], "block_actions"},
			"user":        {at(t, payload, "user", "id"), w.ann},
			"container":   {at(t, payload, "container", "thread_ts"), ts},
			"message":     {at(t, payload, "message", "thread_ts"), ts},
			"metadata":    {at(t, payload, "message", "metadata", "event_type"), "card"},
			"action":      {at(t, payload, "actions", 0, "action_id"), "join"},
			"block":       {at(t, payload, "actions", 0, "block_id"), "row"},
			"value":       {at(t, payload, "actions", 0, "value"), "v1"},
			"url":         {at(t, payload, "actions", 0, "url"), "https://portal.test/"},
			"no payloads": {e["accepts_response_payload"], false},
		} {
			equal(t, what, check.got, check.want)
		}
		c.ack(e, m{"text": "ignored"})
		w.wants(d, "")
		equal(t, "answers", len(w.Ephemerals(w.ann)), 0)

		w.wants(w.Press(w.ann, w.general, ts, "leave"), "action_not_found")
		w.wants(w.Press(w.ann, w.general, "1.000001", "join"), "message_not_found")
		w.ok("chat.update", m{"channel": w.general, "ts": ts, "text": "over"})
		w.Press(w.ann, w.general, ts, "join") // in a window that was not refreshed
		equal(t, "value", at(t, c.hear("interactive"), "payload", "actions", 0, "value"), "v1")
		w.Delete(w.general, ts)
		w.wants(w.Press(w.ann, w.general, ts, "join"), "message_not_found")
	})
}

func TestButtonsThatOnePersonSees(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		button := []m{{"type": "actions", "elements": []m{{"type": "button", "action_id": "ok", "text": m{"type": "plain_text", "text": "OK"}}}}}
		ts := w.ok("chat.postEphemeral", m{"channel": w.general, "user": w.ann, "text": "?", "blocks": button})["message_ts"].(string)
		w.wants(w.Press(w.bob, w.general, ts, "ok"), "message_not_found")
		w.Press(w.ann, w.general, ts, "ok")
		e := c.hear("interactive")
		equal(t, "is_ephemeral", at(t, e, "payload", "container", "is_ephemeral"), true)
		if _, told := e["payload"].(m)["message"]; told {
			t.Error("the message of an ephemeral action is told; Slack leaves it out")
		}
		address := at(t, e, "payload", "response_url").(string)
		equal(t, "replaced", w.respond(address, m{"replace_original": true, "text": "thanks"})["ok"], true)
		if seen := w.Ephemerals(w.ann); len(seen) != 1 || seen[0].Text != "thanks" || seen[0].Updates != 1 {
			t.Errorf("Ann sees %+v, want one message that was rewritten", seen)
		}
		equal(t, "deleted", w.respond(address, m{"delete_original": true})["ok"], true)
		equal(t, "is gone", w.Ephemerals(w.ann)[0].Deleted, true)
	})
}

func TestResponseURLsWearOut(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		w.Type(w.ann, w.general, "/docspace-invite")
		address := at(t, c.hear("slash_commands"), "payload", "response_url").(string)
		equal(t, "nothing to say", w.respond(address, m{})["error"], "no_text")
		for i := range 5 {
			equal(t, "use", w.respond(address, m{"text": "x", "replace_original": i == 0})["ok"], true)
		}
		equal(t, "the sixth", w.respond(address, m{"text": "x"})["_status"], 404)
		equal(t, "answers", len(w.Ephemerals(w.ann)), 5)
		equal(t, "calls", w.CallCount("response_url"), 7)

		w.Type(w.ann, w.general, "/docspace-invite")
		address = at(t, c.hear("slash_commands"), "payload", "response_url").(string)
		w.Fault(slacksim.Fault{Method: "response_url", Status: 500, Times: 1})
		equal(t, "a fault", w.respond(address, m{"text": "x"})["_status"], 500)
		time.Sleep(30 * time.Minute)
		equal(t, "too late", w.respond(address, m{"text": "x"})["error"], "expired_url")
	})
}

func TestAnswersToACommandCanBeReplaced(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		for _, acknowledged := range []bool{true, false} {
			before := len(w.Ephemerals(w.ann))
			d := w.Type(w.ann, w.general, "/docspace-invite")
			e := c.hear("slash_commands")
			address := at(t, e, "payload", "response_url").(string)
			if acknowledged {
				c.ack(e, m{"text": "one moment"})
			} else {
				c.ack(e, nil)
				w.respond(address, m{"text": "one moment", "replace_original": true})
			}
			w.wants(d, "")
			equal(t, "replaced", w.respond(address, m{"text": "done", "replace_original": true})["ok"], true)
			seen := w.Ephemerals(w.ann)[before:]
			if len(seen) != 1 || seen[0].Text != "done" {
				t.Errorf("Ann sees %+v, want one answer that was replaced", seen)
			}
			w.respond(address, m{"text": "more"})
			equal(t, "answers", len(w.Ephemerals(w.ann)), before+2)
		}
	})
}

func TestShortcutReachesTheApp(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		w.Shortcut(w.ann, "invite")
		e := c.hear("interactive")
		equal(t, "callback_id", at(t, e, "payload", "callback_id"), "invite")
		for _, key := range []string{"channel", "response_url"} {
			if _, told := e["payload"].(m)[key]; told {
				t.Errorf("a global shortcut tells %s", key)
			}
		}
		ts := w.card("")
		w.MessageShortcut(w.ann, w.general, ts, "invite_from")
		e = c.hear("interactive")
		equal(t, "type", at(t, e, "payload", "type"), "message_action")
		equal(t, "message", at(t, e, "payload", "message_ts"), ts)
		equal(t, "answer", w.respond(at(t, e, "payload", "response_url").(string), m{"text": "x"})["ok"], true)
		synctest.Wait()
		equal(t, "seen", len(w.Ephemerals(w.ann)), 1)
	})
}

func TestAMessageOfAnAppHasAUserToo(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		posted := w.PostByApp(w.bob, w.general, "from a form")
		w.MessageShortcut(w.ann, w.general, posted.TS, "invite_from")
		message := at(t, c.hear("interactive"), "payload", "message").(m)
		equal(t, "user", message["user"], w.bob)
		if id, _ := message["bot_id"].(string); id == "" {
			t.Error("the message has no bot_id")
		}
	})
}
