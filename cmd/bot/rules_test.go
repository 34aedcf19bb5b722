package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// changes changes a user in Slack, as an admin there would.
func (w *world) changes(id string, how func(*slacksim.User)) {
	w.t.Helper()
	for _, u := range w.slack.Users() {
		if u.ID == id {
			how(&u)
			w.slack.AddUser(u)
			return
		}
	}
	w.t.Fatalf("there is no user %s", id)
}

// sharesQuietly has another organization read the channel, without Slack's telling the bot.
func (w *world) sharesQuietly(id string) {
	w.t.Helper()
	for _, c := range w.slack.Channels() {
		if c.ID == id {
			c.ExtShared = true
			w.slack.AddChannel(c)
		}
	}
}

// noLink waits until the card shows no link, and returns it.
func (w *world) noLink(channel string) slacksim.Message {
	w.t.Helper()
	w.await("a card without its link", func() bool { return linkIn(w.card(channel, 1)) == "" })
	return w.card(channel, 1)
}

// TestLinkIsNotGivenOutWhereTheRulesChanged: whatever a link is asked by, the rules are asked again.
func TestLinkIsNotGivenOutWhereTheRulesChanged(t *testing.T) {
	guest := func(u *slacksim.User) { u.Guest = true }
	for name, tt := range map[string]struct {
		by       func(*world) string
		line     string
		change   func(*world)
		settings []string // after a restart
		says     string
		card     string
	}{
		"a channel shared later":    {ann, "/docspace-invite user @bob", func(w *world) { w.sharesQuietly(w.general) }, nil, "other organi", "another organization"},
		"an inviter who is a guest": {ann, "/docspace-invite user @bob", func(w *world) { w.changes(w.ann, guest) }, nil, "guests", "no longer a full member"},
		"an inviter of nowhere":     {ann, "/docspace-invite user @bob", func(w *world) { w.changes(w.ann, func(u *slacksim.User) { u.NoTeam = true }) }, nil, "doesn't tell me whether you", "doesn't tell me whether @ann"},
		"an inviter Slack hides":    {ann, "/docspace-invite user @bob", func(w *world) { w.changes(w.ann, func(u *slacksim.User) { u.Hidden = true }) }, nil, "doesn't tell me whether you", "doesn't tell me whether @ann"},
		"a demoted admin":           {func(w *world) string { return w.zoe }, "/docspace-invite roomadmin @bob", func(w *world) { w.changes(w.zoe, func(u *slacksim.User) { u.Admin = false }) }, nil, "can't grant", "can no longer grant"},
		"tighter OPEN_ROLES":        {ann, "/docspace-invite user @bob", nil, []string{"OPEN_ROLES", "Guest"}, "can't grant", "can no longer grant"},
		"tighter CHANNELS":          {ann, "/docspace-invite user @bob", nil, []string{"CHANNELS", "C0ELSEWHERE"}, "aren't allowed in this channel", "aren't allowed in this channel"},
		"tighter SHARED_CHANNELS":   {ann, "/docspace-invite user @bob", func(w *world) { w.sharesQuietly(w.general) }, []string{"SHARED_CHANNELS", "false"}, "other organi", "another organization"},
	} {
		t.Run(name, func(t *testing.T) {
			shared := strconv.FormatBool(name == "tighter SHARED_CHANNELS")
			tighten := func(w *world) {
				if tt.change != nil {
					tt.change(w)
				}
				w.sets(tt.settings...)
			}
			begin := func(w *world) slacksim.Message {
				w.types(tt.by(w), w.general, tt.line)
				card := w.card(w.general, 1)
				if linkIn(card) == "" {
					t.Fatal("the card has no link to begin with")
				}
				if len(tt.settings) > 0 {
					w.restarts(func() { tighten(w) })
				} else {
					tighten(w)
				}
				return card
			}
			t.Run("Extend on the card", func(t *testing.T) {
				durable(t, func(w *world) {
					card := begin(w)
					links := w.portal.CallCount("/api/2.0/portal/users/invite")
					w.chooses(tt.by(w), card, "extend")
					contains(t, "the answer", w.told(tt.by(w), 1), tt.says)
					contains(t, "the card", w.noLink(w.general).Plain(), tt.card)
					if n := w.portal.CallCount("/api/2.0/portal/users/invite"); n != links {
						t.Errorf("the portal was asked for %d more links", n-links)
					}
					if n := w.log.count(`"deed":"extend","verdict":"rejected"`); n != 1 {
						t.Errorf("the refusal was audited %d times", n)
					}
				}, "SHARED_CHANNELS", shared)
			})
			t.Run("Join", func(t *testing.T) {
				durable(t, func(w *world) {
					card := begin(w)
					w.pressesJoin(w.carol, card)
					contains(t, "the answer to Carol", w.told(w.carol, 1), "no longer gives out its link", tt.card)
					contains(t, "the card", w.noLink(w.general).Plain(), tt.card)
					w.pressesJoin(w.carol, card)
					contains(t, "the second answer", w.told(w.carol, 2), "no longer gives out its link")
				}, "SHARED_CHANNELS", shared)
			})
			t.Run("a private link", func(t *testing.T) {
				durable(t, func(w *world) {
					w.types(tt.by(w), w.general, tt.line)
					card := w.card(w.general, 1)
					w.await("Bob's link", func() bool { return len(w.slack.DMs(w.bob)) == 1 })
					w.restarts(func() { tighten(w) })
					w.pressesJoin(w.bob, card)
					contains(t, "the answer to Bob", w.told(w.bob, 1), "no longer gives out its link")
					if linkIn(w.slack.Ephemerals(w.bob)[0]) != "" {
						t.Error("Bob got the link")
					}
				}, "LINKS", "claimed", "SHARED_CHANNELS", shared)
			})
		})
	}
}

// TestPeopleOfAnEnterpriseInviteWhereTheyBelong: Slack may name another workspace as theirs, and ours beside it.
func TestPeopleOfAnEnterpriseInviteWhereTheyBelong(t *testing.T) {
	story(t, func(w *world) {
		w.changes(w.ann, func(u *slacksim.User) { u.Team, u.EnterpriseTeams = "T0OTHER", []string{"T0OTHER", w.slack.TeamID()} })
		w.changes(w.bob, func(u *slacksim.User) { u.Team, u.EnterpriseTeams = "T0OTHER", []string{"T0OTHER"} })
		w.types(w.bob, w.general, "/docspace-invite user @carol")
		contains(t, "the answer to Bob", w.told(w.bob, 1), "can't invite from here")
		w.nothingPosted(w.general)
		w.types(w.ann, w.general, "/docspace-invite user @carol")
		w.card(w.general, 1)
	})
}

// TestReminderGivesNoLinkWhereTheRulesChanged: it is not sent, and the card says why.
func TestReminderGivesNoLinkWhereTheRulesChanged(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		w.card(w.general, 1)
		w.sharesQuietly(w.general)
		w.passes(5 * 24 * time.Hour)
		if n := len(w.reminders(w.bob)); n != 0 {
			t.Errorf("Bob was reminded %d times", n)
		}
		contains(t, "the card", w.noLink(w.general).Plain(), "another organization")
	}, "POLL_INTERVAL", "10m")
}

// TestChannelIsSharedAndSlackSaysSo: the card loses its link before anybody uses it.
func TestChannelIsSharedAndSlackSaysSo(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		w.card(w.general, 1)
		w.slack.Share(w.general)
		contains(t, "the card", w.noLink(w.general).Plain(), "another organization")
		w.chooses(w.zoe, w.card(w.general, 1), "extend")
		contains(t, "the answer to Zoe", w.told(w.zoe, 1), "another organization")
	})
}

// TestWithheldLinkComesBackWithExtend, where the place qualifies again.
func TestWithheldLinkComesBackWithExtend(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		first := linkIn(w.card(w.general, 1))
		w.changes(w.ann, func(u *slacksim.User) { u.Guest = true })
		w.chooses(w.ann, w.card(w.general, 1), "extend")
		w.noLink(w.general)
		w.restarts(func() { w.changes(w.ann, func(u *slacksim.User) { u.Guest = false }) })
		w.chooses(w.ann, w.card(w.general, 1), "extend")
		w.await("a link", func() bool { return linkIn(w.card(w.general, 1)) != "" })
		if linkIn(w.card(w.general, 1)) == first {
			t.Error("the card has its old link")
		}
	})
}

// TestExtendFromThreadAndHome asks the rules as the card does.
func TestExtendFromThreadAndHome(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.passes(150 * time.Minute)
		note := w.slack.Thread(card.Channel, card.TS)[0]
		w.sharesQuietly(w.general)
		w.chooses(w.ann, note, "extend")
		contains(t, "the answer in the thread", w.told(w.ann, 1), "other organi")
		w.opensHome(w.ann, "Ended with people missing")
		w.pressesInHome(w.ann, "mend", "extend "+w.invitation(note))
		w.homeSays(w.ann, "other organi")
		if linkIn(w.card(w.general, 1)) != "" {
			t.Error("the card has a link")
		}
	}, "INVITE_TTL", "2h")
}

// TestHeldUpCommandIsVettedBeforeItsCard: the place may have changed while the portal took its time.
func TestHeldUpCommandIsVettedBeforeItsCard(t *testing.T) {
	story(t, func(w *world) {
		w.portal.Fault(docspacesim.Fault{Path: "invite", Delay: 20 * time.Second, Times: 1})
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		w.passes(12 * time.Second)
		w.sharesQuietly(w.general)
		w.await("the refusal", func() bool { return strings.Contains(w.told(w.ann, 1), "other organi") })
		w.passes(time.Minute)
		w.nothingPosted(w.general)
	})
}

// TestCommandTakenUpWithTighterSettings is vetted with those.
func TestCommandTakenUpWithTighterSettings(t *testing.T) {
	durable(t, func(w *world) {
		end := w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Status: 503})
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		w.passes(20 * time.Second)
		w.restarts(func() { w.env["OPEN_ROLES"] = "Guest"; end() })
		w.await("the refusal", func() bool { return strings.Contains(w.told(w.ann, 1), "can't grant") })
		w.nothingPosted(w.general)
	})
}

// TestApprovedRoleIsForThePeopleNamed: the requester, who may not give it, does not get it by the card.
func TestApprovedRoleIsForThePeopleNamed(t *testing.T) {
	withApprovers(t, func(w *world, admins, _, _ string) {
		w.types(w.ann, w.general, "/docspace-invite roomadmin @gus dan@other.test")
		w.decides(w.zoe, "approve", w.request(admins))
		card := w.card(w.general, 1)
		if linkIn(card) != "" {
			t.Errorf("the channel sees the link: %s", card.Blocks)
		}
		w.await("Gus's link", func() bool { return len(w.slack.DMs(w.gus)) == 1 })
		link := linkIn(w.slack.DMs(w.gus)[0])
		if link == "" {
			t.Errorf("Gus's message has no link: %s", w.slack.DMs(w.gus)[0].Blocks)
		}
		for _, user := range []string{w.ann, w.bob} {
			w.pressesJoin(user, card)
			w.passes(time.Second)
			for _, m := range w.slack.Ephemerals(user) {
				if linkIn(m) != "" {
					t.Errorf("%s got the link", user)
				}
			}
		}
		contains(t, "the answer to Bob", w.told(w.bob, 1), "only for the people on its card")
		w.pressesJoin(w.gus, card)
		w.told(w.gus, 1)
		if got := linkIn(w.slack.Ephemerals(w.gus)[0]); got != link {
			t.Errorf("Gus got %q by the button, want %q", got, link)
		}
		contains(t, "what Ann hears", w.direct(w.ann), "@zoe approved your", "asked @zoe to send the link to people who aren't on Slack")
		contains(t, "what Zoe hears", w.direct(w.zoe), "You approved @ann's *Room admin* invitation", "dan@other.test")
		if got := linkIn(w.slack.DMs(w.zoe)[0]); got != link {
			t.Errorf("Zoe got %q for Dan, want %q", got, link)
		}
		w.chooses(w.ann, w.card(w.general, 1), "extend")
		w.await("the answer to Ann", func() bool { return strings.Contains(w.told(w.ann, 1), "can't grant") })
		w.passes(time.Minute)
		if !strings.Contains(w.card(w.general, 1).Plain(), "Only for the people listed here") {
			t.Error("the list was opened")
		}
		for _, m := range w.slack.Messages(w.general) {
			if linkIn(m) != "" {
				t.Errorf("the channel sees the link: %s", m.Blocks)
			}
		}
	}, "EMAIL_INVITES", "false")
}

// TestApprovalIsVettedAgain: place, caller and people, at the click on Approve.
func TestApprovalIsVettedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*world)
		says   string
	}{
		"the channel is shared":   {func(w *world) { w.sharesQuietly(w.general) }, "other organi"},
		"the caller is a guest":   {func(w *world) { w.changes(w.ann, func(u *slacksim.User) { u.Guest = true }) }, "Guests"},
		"the person is gone":      {func(w *world) { w.changes(w.bob, func(u *slacksim.User) { u.Deleted = true }) }, "deactivated"},
		"the channel is archived": {func(w *world) { w.slack.Archive(w.general) }, "archived"},
	} {
		t.Run(name, func(t *testing.T) {
			withApprovers(t, func(w *world, admins, _, _ string) {
				w.types(w.ann, w.general, "/docspace-invite roomadmin @bob")
				request := w.request(admins)
				w.passes(26 * time.Hour)
				tt.change(w)
				w.decides(w.zoe, "approve", request)
				contains(t, "what Ann hears", w.direct(w.ann), "@zoe approved your invitation, but", tt.says)
				w.await("the request's outcome", func() bool { return strings.Contains(w.request(admins).Plain(), "couldn't be posted") })
				w.passes(time.Hour)
				w.nothingPosted(w.general)
				if n := len(w.slack.DMs(w.ann)); n != 1 {
					t.Errorf("Ann heard the outcome %d times", n)
				}
				if n := len(w.slack.DMs(w.bob)); n != 0 {
					t.Errorf("Bob heard of it %d times", n)
				}
			})
		})
	}
}

// TestApprovingForAnyoneAsksToConfirm shows the channel, the role and how many people read there.
func TestApprovingForAnyoneAsksToConfirm(t *testing.T) {
	withApprovers(t, func(w *world, admins, _, _ string) {
		w.types(w.ann, w.general, "/docspace-invite roomadmin")
		request := w.request(admins)
		if !strings.Contains(string(request.Blocks), "*For anyone in that channel who presses the button on the card.*") {
			t.Errorf("the request does not say it in bold: %s", request.Blocks)
		}
		w.decides(w.bob, "approve", request)
		contains(t, "the answer to Bob", w.told(w.bob, 1), "can't grant")
		w.decides(w.zoe, "approve", request)
		contains(t, "the dialog", string(w.dialog(w.zoe).Raw), w.general, "Room admin", "*6*")
		w.passes(time.Minute)
		w.nothingPosted(w.general)
		w.submits(w.zoe, "", nil)
		card := w.card(w.general, 1)
		if linkIn(card) == "" {
			t.Error("the card has no link")
		}
		contains(t, "what Ann hears", w.direct(w.ann), "@zoe approved your")
	})
}

// TestGuestsGetClaimedLinks for the role Guest, and for others only by name.
func TestGuestsGetClaimedLinks(t *testing.T) {
	for line, wants := range map[string]bool{
		"/docspace-invite guest": true, "/docspace-invite user": false, "/docspace-invite user @gus": true, "/docspace-invite user @bob": false,
	} {
		t.Run(line, func(t *testing.T) {
			story(t, func(w *world) {
				w.types(w.ann, w.general, line)
				w.pressesJoin(w.gus, w.card(w.general, 1))
				answer := w.told(w.gus, 1)
				if got := linkIn(w.slack.Ephemerals(w.gus)[0]) != ""; got != wants {
					t.Errorf("Gus gets the link: %t, want %t: %s", got, wants, answer)
				}
			}, "LINKS", "claimed")
		})
	}
}

// TestNamedPeopleWhoDoNotReadTheChannelGetTheLink directly, and the others by the card alone.
func TestNamedPeopleWhoDoNotReadTheChannelGetTheLink(t *testing.T) {
	story(t, func(w *world) {
		secret := w.slack.AddChannel(slacksim.Channel{Name: "secret", Private: true, Members: []string{w.ann, w.bob, w.slack.BotUser()}}).ID
		w.types(w.ann, secret, "/docspace-invite @bob @gus dan@other.test")
		card := w.card(secret, 1)
		w.await("Gus's link", func() bool { return len(w.slack.DMs(w.gus)) == 1 })
		if got, want := linkIn(w.slack.DMs(w.gus)[0]), linkIn(card); got != want || want == "" {
			t.Errorf("Gus got %q, the card has %q", got, want)
		}
		contains(t, "what Ann hears", w.told(w.ann, 1), "dan@other.test", "send them this link yourself")
		contains(t, "the card", card.Plain(), "not told yet")
		w.passes(time.Hour)
		if n := len(w.slack.DMs(w.bob)); n != 0 {
			t.Errorf("Bob, who reads the card, got %d messages", n)
		}
		w.joins(card, "Dan", "Doe", "dan@other.test")
		w.await("Dan on the card", func() bool { return !strings.Contains(w.card(secret, 1).Plain(), "not told yet") })
	})
}

// TestCallerIsToldThatThePortalIsSlow by a note of their own, which becomes the result.
func TestCallerIsToldThatThePortalIsSlow(t *testing.T) {
	for name, tt := range map[string]struct {
		fault docspacesim.Fault
		ends  string
	}{
		"a card":    {docspacesim.Fault{Path: "invite", Delay: 20 * time.Second, Times: 1}, "Your invitation is in #general"},
		"a refusal": {docspacesim.Fault{Path: "invite", Delay: time.Hour}, "DocSpace didn't answer"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.portal.Fault(tt.fault)
				w.types(w.ann, w.general, "/docspace-invite")
				w.passes(1500 * time.Millisecond)
				if n := len(w.slack.Ephemerals(w.ann)); n != 0 {
					t.Fatalf("Ann was told %d times at once", n)
				}
				w.passes(time.Second)
				contains(t, "the note", w.told(w.ann, 1), "Working on your invitation")
				w.passes(2 * time.Minute)
				contains(t, "the result", w.told(w.ann, 1), tt.ends)
				if n := len(w.slack.Ephemerals(w.ann)); n != 1 {
					t.Errorf("Ann sees %d messages, want one", n)
				}
			})
		})
	}
}
