package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// The rows of the contract's "When things go wrong" that need no durable state.

func TestPortalTroubleIsToldToTheCallerAlone(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(w *world)
		says  []string
	}{
		"key refused":     {func(w *world) { w.portal.DisableKey() }, []string{"key"}},
		"key lacks scope": {func(w *world) { w.portal.SetKeyScopes("accounts:read") }, []string{"key"}},
		"invitations off": {func(w *world) { w.portal.AllowInvitingMembers(false) }, []string{"DocSpace"}},
		"no link given":   {func(w *world) { w.portal.SetKeyOwnerRole("User") }, []string{"link"}},
		"unpaid":          {func(w *world) { w.portal.Unpaid(true) }, []string{"DocSpace"}},
		"suspended":       {func(w *world) { w.portal.Suspended(true) }, []string{"DocSpace"}},
		"down":            {func(w *world) { w.portal.Down(true) }, []string{"DocSpace", "again"}},
		"nonsense":        {func(w *world) { w.portal.Fault(docspacesim.Fault{HTML: true, Status: 200}) }, []string{"DocSpace"}},
		"body cut short":  {func(w *world) { w.portal.Fault(docspacesim.Fault{Truncate: true}) }, []string{"DocSpace"}},
		"endless body":    {func(w *world) { w.portal.Fault(docspacesim.Fault{Huge: true}) }, []string{"DocSpace"}},
		"elsewhere":       {func(w *world) { w.portal.Fault(docspacesim.Fault{Redirect: "https://evil.test/", Status: 302}) }, []string{"DocSpace"}},
		"too slow":        {func(w *world) { w.portal.Fault(docspacesim.Fault{Delay: time.Hour}) }, []string{"DocSpace", "again"}},
		"rate limited":    {func(w *world) { w.portal.Fault(docspacesim.Fault{Status: 429, RetryAfter: time.Hour}) }, []string{"DocSpace", "again"}},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				tt.spoil(w)
				w.types(w.ann, w.general, "/docspace-invite")
				w.passes(time.Hour)
				contains(t, "the refusal", w.told(w.ann, 1), tt.says...)
				w.nothingPosted(w.general)
				if n := len(w.slack.Ephemerals(w.ann)); n != 1 {
					t.Errorf("Ann was told %d times, want once", n)
				}
			})
		})
	}
}

func TestRefusalsAreForTheCallerAloneAndAudited(t *testing.T) {
	for name, tt := range map[string]struct {
		who      func(w *world) string
		where    func(w *world) string
		line     string
		settings []string
		says     string
		audit    string
	}{
		"role not theirs":         {ann, general, "/docspace-invite admin", nil, "DocSpace admin", "role_not_yours"},
		"guest":                   {func(w *world) string { return w.gus }, general, "/docspace-invite", nil, "guest", "caller_is_guest"},
		"channel not allowed":     {ann, general, "/docspace-invite", []string{"CHANNELS", "C0ELSEWHERE"}, "channel", "channel_not_allowed"},
		"shared outside":          {ann, channel(slacksim.Channel{Name: "partners", ExtShared: true}, true), "/docspace-invite", nil, "organi", "channel_shared"},
		"archived":                {ann, channel(slacksim.Channel{Name: "old", Archived: true}, true), "/docspace-invite", nil, "archived", "channel_archived"},
		"private without the bot": {ann, channel(slacksim.Channel{Name: "secret", Private: true}, false), "/docspace-invite", nil, "/invite", "cannot_post"},
		"a bot invited":           {ann, general, "/docspace-invite @helper", nil, "helper", "is_bot"},
		"no address in slack":     {ann, general, "/docspace-invite @nomail", nil, "email", "no_email"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.slack.AddUser(slacksim.User{Name: "helper", RealName: "Helper", Bot: true})
				w.slack.AddUser(slacksim.User{Name: "nomail", RealName: "No Mail"})
				who, where := tt.who(w), tt.where(w)
				w.types(who, where, tt.line)
				contains(t, "the refusal", w.told(who, 1), tt.says)
				w.passes(time.Hour)
				w.nothingPosted(where)
				if n := w.log.count(`"reason":"` + tt.audit + `"`); n != 1 {
					t.Errorf("the log tells %d times of %s, want once:\n%s", n, tt.audit, w.log)
				}
				if n := w.portal.CallCount("/api/2.0/portal/users/invite"); n != 0 {
					t.Errorf("the portal was asked for %d links that were not to be handed out", n)
				}
			}, tt.settings...)
		})
	}
}

func ann(w *world) string     { return w.ann }
func general(w *world) string { return w.general }

func channel(c slacksim.Channel, withBot bool) func(w *world) string {
	return func(w *world) string {
		c.Members = []string{w.ann, w.gus}
		if withBot {
			c.Members = append(c.Members, w.slack.BotUser())
		}
		return w.slack.AddChannel(c).ID
	}
}

func TestHourlyLimitIsPerInviter(t *testing.T) {
	story(t, func(w *world) {
		for range 3 {
			w.types(w.ann, w.general, "/docspace-invite")
		}
		w.types(w.bob, w.general, "/docspace-invite") // the limit is Ann's alone
		contains(t, "the refusal", w.told(w.ann, 1), "hour")
		w.passes(time.Minute)
		if n := len(w.cards(w.general)); n != 3 {
			t.Errorf("%d cards, want two of Ann's and one of Bob's", n)
		}
		w.passes(time.Hour)
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 4)
	}, "INVITES_PER_HOUR", "2")
}

func TestAdminsMayHandOutEveryRole(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.zoe, w.general, "/docspace-invite roomadmin") // an admin of the workspace
		w.card(w.general, 1)
	})
	t.Run("by group", func(t *testing.T) {
		story(t, func(w *world) {
			w.slack.AddGroup(slacksim.Group{ID: "S0LEADS", Handle: "leads", Users: []string{w.ann}})
			w.types(w.ann, w.general, "/docspace-invite roomadmin")
			w.card(w.general, 1)
		}, "ADMINS", "S0LEADS")
	})
}

// TestEmptyOpenRolesAreForAdminsOnly: with OPEN_ROLES set but empty, help and dialog say that no role is open.
func TestEmptyOpenRolesAreForAdminsOnly(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite help")
		contains(t, "the help", w.told(w.ann, 1), "`guest` *Guest*: work in rooms that others share (admins only)")
		w.types(w.ann, w.general, "/docspace-invite guest @bob")
		contains(t, "the refusal", w.told(w.ann, 2), "Guest")
		w.types(w.ann, w.general, "/docspace-invite form")
		w.told(w.ann, 3)
		if n := len(w.slack.Views(w.ann)); n != 0 {
			t.Errorf("%d dialogs are open with no role to choose", n)
		}
		w.nothingPosted(w.general)
		w.types(w.zoe, w.general, "/docspace-invite guest @bob") // an admin of the workspace
		w.card(w.general, 1)
		contains(t, "bot check", textOf(w.checks()), "OPEN_ROLES", "admins")
	}, "OPEN_ROLES", "")
}

func TestSlackRateLimitsDelayAndLoseNothing(t *testing.T) {
	story(t, func(w *world) {
		for _, method := range []string{"users.info", "chat.postMessage", "chat.update", "conversations.info"} {
			w.slack.Fault(slacksim.Fault{Method: method, Status: 429, RetryAfter: 40 * time.Second, Times: 2})
		}
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Status: 429, RetryAfter: 40 * time.Second, Times: 2})
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(card, 1)
		w.passes(time.Hour)
		if cards, replies := len(w.cards(w.general)), len(w.threadNow(card)); cards != 1 || replies != 1 {
			t.Errorf("%d cards and %d replies, want one each", cards, replies)
		}
		refused := 0
		for _, call := range w.slack.Calls() {
			if call.Status == 429 {
				refused++
			}
		}
		if refused > 12 {
			t.Errorf("Slack had to refuse %d calls; two a fault are provoked by the test", refused)
		}
	})
}

func TestPortalAwayForHours(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.passes(time.Minute)
		w.portal.Down(true)
		before := len(w.portal.Calls())
		w.activates("bob@acme.test")
		w.passes(6 * time.Hour)
		if n := len(w.portal.Calls()) - before; n > 300 {
			t.Errorf("a portal that was down for six hours was called %d times", n)
		}
		if n := len(w.threadNow(card)); n != 0 {
			t.Fatalf("the thread speaks while the portal is down: %q", w.threadNow(card))
		}
		w.portal.Down(false)
		contains(t, "the confirmation", w.thread(card, 1)[0], "Bob Baker")
	})
}

func TestDuplicateEnvelopesAreActedOnOnce(t *testing.T) {
	story(t, func(w *world) {
		w.passes(10 * time.Second) // both connections are open
		w.slack.Duplicate(true)
		for i := range 20 {
			w.types(w.ann, w.general, fmt.Sprintf(`/docspace-invite "wish %d"`, i))
		}
		w.types(w.ann, w.general, "/docspace-invite help")
		w.types(w.ann, w.general, "/docspace-invite status")
		w.card(w.general, 20)
		w.passes(time.Minute)
		if n := len(w.cards(w.general)); n != 20 {
			t.Errorf("%d cards for 20 commands that came twice each", n)
		}
		if n := len(w.slack.Ephemerals(w.ann)); n != 2 {
			t.Errorf("%d answers to one call for help and one for the status", n)
		}
	})
}

func TestNoCommandIsLostByRefreshesAndDrops(t *testing.T) {
	story(t, func(w *world) {
		w.passes(10 * time.Second)
		w.slack.Redeliver(true) // what a cut socket took with it comes again, as the same envelope
		var deliveries []*slacksim.Delivery
		for i := range 2000 { // 20 a second
			switch i % 40 {
			case 10:
				w.slack.Disconnect(1, []string{"refresh_requested", "warning"}[i/40%2])
			case 30:
				w.slack.Drop(1)
			}
			deliveries = append(deliveries, w.slack.Type(w.ann, w.general, fmt.Sprintf(`/docspace-invite "wish %d."`, i)))
			w.passes(50 * time.Millisecond)
		}
		w.passes(time.Minute)
		for i, d := range deliveries {
			if err := d.Wait(w.ctx); err != nil {
				t.Errorf("command %d: %v", i, err)
			}
		}
		seen := map[string]int{}
		for _, card := range w.cards(w.general) {
			_, after, _ := strings.Cut(card.Plain(), "wish ")
			number, _, _ := strings.Cut(after, ".")
			seen[number]++
		}
		if len(seen) != len(deliveries) {
			t.Errorf("%d of %d commands have a card", len(seen), len(deliveries))
		}
		for number, n := range seen {
			if n != 1 {
				t.Errorf("command %s has %d cards", number, n)
			}
		}
	}, "INVITES_PER_HOUR", "0")
}

func TestSilentSocketIsReplaced(t *testing.T) {
	story(t, func(w *world) {
		w.slack.Silence(1)
		before := w.slack.CallCount("apps.connections.open")
		w.passes(time.Minute)
		if w.slack.CallCount("apps.connections.open") == before {
			t.Fatal("a connection that has gone deaf was not replaced")
		}
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 1)
	}, "SLACK_SOCKETS", "1")
}

func TestTooManySocketsBackOffAndSayWhatToDo(t *testing.T) {
	bubble(t, func(w *world) {
		w.slack.MaxConnections(0)
		w.launch()
		w.passes(10 * time.Minute)
		if n := w.slack.CallCount("apps.connections.open"); n > 60 {
			t.Errorf("%d attempts in ten minutes by two connections", n)
		}
		if w.log.count("SLACK_SOCKETS") == 0 {
			t.Errorf("the log does not say what to do:\n%s", w.log)
		}
		w.slack.MaxConnections(10)
		w.await("a connection", func() bool { return w.slack.Connections() == 2 })
	})
}

func TestHopelessRefusalsEndTheProgramWithAdvice(t *testing.T) {
	for code, says := range map[string]string{
		"invalid_auth": "SLACK_APP_TOKEN", "token_revoked": "SLACK_APP_TOKEN", "token_expired": "SLACK_APP_TOKEN",
		"not_allowed_token_type": "xapp-", "missing_scope": "connections:write", "account_inactive": "reinstall",
	} {
		t.Run(code, func(t *testing.T) {
			bubble(t, func(w *world) {
				w.slack.RefuseOpen(code)
				w.launch()
				err := <-w.ended
				w.ended <- nil
				if err == nil {
					t.Fatal("the bot ended without an error")
				}
				contains(t, "the error", err.Error(), says, code)
			})
		})
	}
	t.Run("bot token", func(t *testing.T) {
		bubble(t, func(w *world) {
			w.env["SLACK_BOT_TOKEN"] = "xoxb-0"
			w.launch()
			err := <-w.ended
			w.ended <- nil
			if err == nil {
				t.Fatal("the bot ended without an error")
			}
			contains(t, "the error", err.Error(), "SLACK_BOT_TOKEN", "invalid_auth", "OAuth & Permissions")
		})
	})
	t.Run("link_disabled", func(t *testing.T) {
		bubble(t, func(w *world) {
			w.start()
			w.slack.Disconnect(-1, "link_disabled")
			err := <-w.ended
			w.ended <- nil
			if err == nil {
				t.Fatal("the bot ended without an error")
			}
			contains(t, "the error", err.Error(), "Socket Mode", "link_disabled")
		})
	})
}

func TestWhatCannotBeParsedIsAcknowledged(t *testing.T) {
	story(t, func(w *world) {
		for _, frame := range []string{
			"not json", `{}`, `{"type":"events_api"}`,
			`{"type":"slash_commands","envelope_id":"bad-1","payload":{"text":7}}`,
			`{"type":"interactive","envelope_id":"bad-2","payload":"?"}`,
			`{"type":"from_the_future","envelope_id":"bad-3","payload":{}}`,
			`{"type":"events_api","envelope_id":"bad-4","payload":{"event":{"type":"unheard_of"}}}`,
		} {
			w.slack.SendRaw([]byte(frame))
		}
		w.passes(time.Second)
		for i := 1; i <= 4; i++ {
			if !w.slack.Acked(fmt.Sprintf("bad-%d", i)) {
				t.Errorf("envelope bad-%d was not acknowledged", i)
			}
		}
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 1)
	})
}

func TestHostileTextMentionsNoOne(t *testing.T) {
	story(t, func(w *world) {
		evil := `<!channel> @here <@` + w.zoe + `> <https://evil.test|click> *x* &lt;!everyone&gt;`
		w.types(w.ann, w.general, `/docspace-invite user eve@evil.test "`+evil+`"`)
		card := w.card(w.general, 1)
		w.joins(card, "<!channel>", "<@"+w.zoe+"> @everyone", "eve@evil.test")
		w.activates("eve@evil.test")
		w.thread(card, 1)
		for _, m := range w.slack.Messages(w.general) {
			for _, who := range slacksim.Mentions(m.Text, m.Blocks) {
				if !strings.Contains(who, w.ann) {
					t.Errorf("a message mentions %s: %s", who, m.Blocks)
				}
			}
		}
	}, "EMAIL_INVITES", "false")
}

func TestNoSecretIsLogged(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.pressesJoin(w.carol, card)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(card, 1)
		w.portal.Down(true)
		w.slack.Fault(slacksim.Fault{Method: "response_url", Reset: true, Times: 1})
		w.types(w.ann, w.general, "/docspace-invite")
		w.told(w.ann, 1)
		w.slack.Drop(-1)
		w.passes(10 * time.Minute)
		for _, secret := range []string{
			w.slack.AppToken(), w.slack.BotToken(), w.portal.APIKey(), linkOf(t, card), "/s/", "ticket=", "/commands/", "/actions/", "acme.test", "Baker",
		} {
			if n := w.log.count(secret); n > 0 {
				t.Errorf("%d log lines hold %q", n, secret)
			}
		}
	})
}

func TestSlackDownForLongIsToldToTheCaller(t *testing.T) {
	story(t, func(w *world) {
		clear := w.slack.Fault(slacksim.Fault{Method: "users.info", Status: 503})
		w.types(w.ann, w.general, "/docspace-invite")
		w.passes(10 * time.Minute)
		contains(t, "the note", w.told(w.ann, 1), "Working on your invitation")
		w.passes(15 * time.Minute) // the last try comes up to six minutes after the fifteen
		contains(t, "the refusal", w.told(w.ann, 1), "Slack", "again")
		clear()
		w.passes(time.Hour)
		w.nothingPosted(w.general)
	})
}

func TestShortTroubleWithSlackCostsNoInvitation(t *testing.T) {
	for name, fault := range map[string]slacksim.Fault{
		"server error": {Status: 500, Times: 3}, "cut": {Reset: true, Times: 3}, "a page": {HTML: true, Times: 3},
		"an error of its own": {Error: "internal_error", Times: 3}, "another spelling of 429": {Error: "ratelimited", Times: 3},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				for _, method := range []string{"users.info", "conversations.info", "chat.postMessage"} {
					fault.Method = method
					w.slack.Fault(fault)
				}
				w.types(w.ann, w.general, "/docspace-invite @bob")
				card := w.card(w.general, 1)
				fault.Method = "chat.update"
				w.slack.Fault(fault)
				w.joins(card, "Bob", "Baker", "bob@acme.test")
				w.activates("bob@acme.test")
				w.thread(card, 1)
				w.await("the card to tell", func() bool { return strings.Contains(w.cards(w.general)[0].Plain(), "— joined") })
				if n := len(w.cards(w.general)); n != 1 {
					t.Errorf("%d cards for one command", n)
				}
			})
		})
	}
}

func TestBotThatWasThrownOutSpeaksWhenItIsBack(t *testing.T) {
	story(t, func(w *world) {
		secret := w.slack.AddChannel(slacksim.Channel{Name: "secret", Private: true, Members: []string{w.ann, w.bob, w.slack.BotUser()}}).ID
		w.types(w.ann, secret, "/docspace-invite @bob")
		card := w.card(secret, 1)
		w.slack.Kick(secret, w.slack.BotUser())
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.passes(2 * time.Hour)
		if n := w.log.count(`"level":"ERROR"`); n == 0 || n > 3 {
			t.Errorf("the log tells %d times that nothing can be posted, want once for each message", n)
		}
		w.slack.Invite(secret, w.slack.BotUser())
		contains(t, "the confirmation", w.thread(card, 1)[0], "Bob Baker")
	})
}

func TestFailedDirectMessageHoldsNothingUp(t *testing.T) {
	story(t, func(w *world) {
		w.slack.MessagesTab(false)
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(card, 1)
	})
}

func TestPortalThatMayOrMayNotHaveWelcomedIsAskedThreeTimes(t *testing.T) {
	story(t, func(w *world) {
		w.portal.Fault(docspacesim.Fault{Path: "sendcongratulations", Status: 500})
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(card, 1)
		time.Sleep(time.Minute) // the thread need not wait for the last of them
		if n := w.portal.CallCount("/api/2.0/portal/sendcongratulations"); n != 3 {
			t.Errorf("the welcome was asked for %d times, want 3", n)
		}
	})
}

func TestWarnedConnectionIsReadToItsEnd(t *testing.T) {
	story(t, func(w *world) {
		for i := range 20 {
			w.slack.Disconnect(1, "warning") // Slack may still send over it, and there is no other
			w.types(w.ann, w.general, "/docspace-invite")
			w.card(w.general, i+1)
			w.passes(20 * time.Second)
		}
		w.slack.Disconnect(1, "refresh_requested")
		w.passes(100 * time.Millisecond) // the next connection does not wait for the end of this one
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 21)
	}, "SLACK_SOCKETS", "1")
}

func TestSlowPortalIsAskedOnceForMany(t *testing.T) {
	story(t, func(w *world) {
		w.portal.Fault(docspacesim.Fault{Delay: 10 * time.Second})
		for range 30 {
			w.types(w.ann, w.general, "/docspace-invite")
			w.passes(100 * time.Millisecond)
		}
		w.card(w.general, 30)
		if n := w.portal.CallCount("/api/2.0/portal/users/invite"); n > 2 {
			t.Errorf("a slow portal was asked for %d links by commands that came together", n)
		}
	})
}

func TestBurstKeepsWithinSlacksLimits(t *testing.T) {
	story(t, func(w *world) {
		w.slack.RateLimits(true)
		for range 30 {
			w.slack.Type(w.ann, w.general, "/docspace-invite")
		}
		w.card(w.general, 30)
		refused := 0
		for _, call := range w.slack.Calls() {
			if call.Status == 429 {
				refused++
			}
		}
		t.Logf("%d calls refused", refused)
		if refused > 75 { // 96 and more if it is not left alone
			t.Errorf("Slack refused %d calls to post 30 cards: it is not left alone when it asks for it", refused)
		}
	})
}

func TestRefusalFindsAnotherWayToTheCaller(t *testing.T) {
	story(t, func(w *world) {
		w.slack.Fault(slacksim.Fault{Method: "response_url", Status: 404}) // as if it were spent
		w.types(w.ann, w.general, "/docspace-invite admin")
		contains(t, "the refusal", w.told(w.ann, 1), "DocSpace admin")
		w.nothingPosted(w.general)

		elsewhere := channel(slacksim.Channel{Name: "secret", Private: true}, false)(w)
		w.types(w.ann, elsewhere, "/docspace-invite")
		w.await("a direct message", func() bool { return len(w.slack.DMs(w.ann)) == 1 })
		contains(t, "the direct message", w.slack.DMs(w.ann)[0].Plain(), "/invite")
	})
}

// TestBothCopiesOfAnEnvelopeAreAnsweredAlike: Slack counts the acknowledgement that comes first,
// whichever copy it is for; what is done besides is done once.
func TestBothCopiesOfAnEnvelopeAreAnsweredAlike(t *testing.T) {
	story(t, func(w *world) {
		w.passes(10 * time.Second) // both connections are open
		w.slack.Duplicate(true)
		alike := func(d *slacksim.Delivery) {
			t.Helper()
			if err := d.Wait(w.ctx); err != nil {
				t.Fatal(err)
			}
			w.passes(10 * time.Second)
			if acks := d.Acks(); len(acks) != 2 || string(acks[0].Payload) != string(acks[1].Payload) {
				t.Errorf("the copies were acknowledged with %+v", acks)
			}
		}
		answers := 0
		answered := func(wants ...string) {
			t.Helper()
			answers++
			if n := len(w.slack.Ephemerals(w.ann)); n != answers {
				t.Fatalf("Ann was told %d times, want %d", n, answers)
			}
			contains(t, "the answer", w.told(w.ann, answers), wants...)
		}
		for range 20 { // whichever copy is the faster one
			alike(w.slack.Type(w.ann, w.general, "/docspace-invite help"))
			answered("/docspace-invite")
		}
		alike(w.slack.Type(w.ann, w.general, "/docspace-invite gibberish"))
		answered("gibberish")
		alike(w.slack.Type(w.ann, w.general, "/docspace-invite status"))
		answered("no open invitations")

		alike(w.slack.Type(w.ann, w.general, "/docspace-invite form"))
		if n := len(w.slack.Views(w.ann)); n != 1 {
			t.Fatalf("%d dialogs are open", n)
		}
		view := w.dialog(w.ann).ID
		alike(w.slack.Submit(w.ann, view, formValues("User", nil, "nobody@", "")))
		if errors := w.dialog(w.ann).Errors; len(errors) != 1 {
			t.Errorf("the dialog shows %q beside its fields", errors)
		}
		alike(w.slack.Submit(w.ann, view, formValues("User", nil, "dan@home.test", "")))
		card := w.card(w.general, 1)
		answers = len(w.slack.Ephemerals(w.ann))

		alike(w.slack.Press(w.bob, card.Channel, card.TS, "join"))
		if n := len(w.slack.Ephemerals(w.bob)); n != 1 {
			t.Errorf("Bob was told %d times", n)
		}
		alike(w.slack.Type(w.ann, w.general, "/docspace-invite status"))
		answered("invitations: 1")
		if n := len(w.cards(w.general)); n != 1 {
			t.Errorf("%d cards", n)
		}
	})
}
