package slacksim_test

import (
	"testing"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

func TestWhatTheDemoLists(t *testing.T) {
	inWorld(t, func(w *world) {
		w.AddGroup(slacksim.Group{ID: "S2", Handle: "two"})
		w.AddGroup(slacksim.Group{ID: "S1", Handle: "one", Users: []string{w.ann}})
		w.AddGroup(slacksim.Group{ID: "S2", Handle: "second"})
		if g := w.Groups(); len(g) != 2 || g[0].Handle != "second" || g[1].Handle != "one" {
			t.Errorf("groups %+v, want S2 as it was replaced, and then S1", g)
		}
		if u := w.Users(); len(u) != 3 || u[0].ID != w.BotUser() || u[1].ID != w.ann || u[2].ID != w.bob {
			t.Errorf("users %+v, want the bot, Ann and Bob", u)
		}
		w.ok("chat.postMessage", m{"channel": w.bob, "text": "hi"})
		channels := w.Channels()
		if len(channels) != 2 || channels[0].ID != w.general || !channels[1].IM {
			t.Errorf("channels %+v, want general and Bob's direct messages", channels)
		}
		channels[0].Members[0] = "U0NOBODY"
		if w.Channels()[0].Members[0] != w.ann {
			t.Error("the list of members is shared with the caller")
		}
	})
}

func TestChannelsBecomeShared(t *testing.T) {
	inWorld(t, func(w *world) {
		flags := func(channel string) (got string) {
			shown := at(t, w.ok("conversations.info", m{"channel": channel}), "channel").(m)
			for _, flag := range []string{"is_shared", "is_ext_shared", "is_pending_ext_shared", "is_org_shared"} {
				if shown[flag] == true {
					got += " " + flag
				}
			}
			return got
		}
		for want, c := range map[string]slacksim.Channel{
			"":                         {},
			" is_shared is_ext_shared": {ExtShared: true},
			" is_pending_ext_shared":   {PendingExtShared: true},
			" is_shared is_org_shared": {OrgShared: true},
		} {
			equal(t, "flags", flags(w.AddChannel(c).ID), want)
		}

		c := w.connect()
		c.hear("hello")
		secret := w.AddChannel(slacksim.Channel{Name: "secret", Private: true}).ID
		w.wants(w.Share(secret), "")
		c.silent() // the app isn't in it
		d := w.Share(w.general)
		equal(t, "flags", flags(w.general), " is_shared is_ext_shared")
		e := c.hear("events_api")
		equal(t, "event", at(t, e, "payload", "event", "type"), "channel_shared")
		equal(t, "channel", at(t, e, "payload", "event", "channel"), w.general)
		equal(t, "where", at(t, e, "payload", "is_ext_shared_channel"), true)
		c.ack(e, nil)
		w.wants(d, "")
	})
}

func TestWhatProfilesLack(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		grid := slacksim.User{Name: "grid", Email: "grid@acme.test", NoTeam: true, EnterpriseTeams: []string{"T0OTHER", w.TeamID()}}
		grid = w.AddUser(grid)
		user := at(t, w.ok("users.info", m{"user": grid.ID}), "user").(m)
		if _, told := user["team_id"]; told {
			t.Error("team_id is told")
		}
		equal(t, "workspaces", at(t, user, "enterprise_user", "teams", 0), "T0OTHER")
		if id := at(t, user, "enterprise_user", "enterprise_id").(string); id == "" {
			t.Error("no enterprise_id")
		}

		hidden := w.AddUser(slacksim.User{Name: "hid", Team: "T0OTHER", Hidden: true}).ID
		w.Invite(w.general, hidden)
		joined := c.hear("events_api")
		equal(t, "who joined", at(t, joined, "payload", "event", "user"), hidden)
		c.ack(joined, nil)
		equal(t, "hidden", w.post("users.info", m{"user": hidden})["error"], "user_not_found")
		w.Press(hidden, w.general, w.card(""), "join")
		equal(t, "a hidden person's click", at(t, c.hear("interactive"), "payload", "user", "id"), hidden)
	})
}

func TestPeopleChange(t *testing.T) {
	inWorld(t, func(w *world) {
		w.AddUser(slacksim.User{ID: w.bob, Name: "bob", Email: "robert@acme.test"})
		equal(t, "the old address", w.post("users.lookupByEmail", m{"email": "bob@acme.test"})["error"], "users_not_found")
		equal(t, "the new one", at(t, w.ok("users.lookupByEmail", m{"email": "robert@acme.test"}), "user", "id"), w.bob)
		w.AddUser(slacksim.User{ID: w.bob, Name: "bob", Guest: true})
		equal(t, "now a guest", at(t, w.ok("users.info", m{"user": w.bob}), "user", "is_restricted"), true)
	})
}

func TestMembersComeInPages(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.ok("conversations.members", m{"channel": w.general, "limit": 2})
		equal(t, "on the first page", len(first["members"].([]any)), 2)
		next := at(t, first, "response_metadata", "next_cursor")
		second := w.ok("conversations.members", m{"channel": w.general, "limit": 2, "cursor": next})
		equal(t, "on the second", at(t, second, "members", 0), w.BotUser())
		equal(t, "the end", at(t, second, "response_metadata", "next_cursor"), "")
		w.SetScopes("groups:read")
		equal(t, "needed", w.post("conversations.members", m{"channel": w.general})["needed"], "channels:read")
	})
}
