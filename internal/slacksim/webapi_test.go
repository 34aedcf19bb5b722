package slacksim_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

func TestTokensAndScopes(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, tt := range []struct{ token, method, want string }{
			{"", "auth.test", "not_authed"},
			{"xoxb-wrong", "auth.test", "invalid_auth"},
			{w.AppToken(), "auth.test", "not_allowed_token_type"},
			{w.BotToken(), "apps.connections.open", "not_allowed_token_type"},
			{w.BotToken(), "chat.nonsense", "unknown_method"},
			{w.BotToken(), "conversations.open", "missing_scope"},
		} {
			equal(t, tt.method+" with "+tt.token, w.postAs(tt.token, tt.method, m{"users": w.ann})["error"], tt.want)
		}
		w.SetScopes("users:read", "chat:write")
		answer := w.post("conversations.info", m{"channel": w.general})
		equal(t, "error", answer["error"], "missing_scope")
		equal(t, "needed", answer["needed"], "channels:read")
		equal(t, "provided", answer["provided"], "users:read,chat:write")
		user := w.ok("users.info", m{"user": w.ann})
		if email := at(t, user, "user", "profile").(m)["email"]; email != nil {
			t.Errorf("e-mail %v without the scope users:read.email", email)
		}
	})
}

// TestScopesAreTold: an answer says which scopes the token has and which the method takes, one for each
// kind of conversation, and so does a refusal (docs/facts/slack.md, "Rate limits").
func TestScopesAreTold(t *testing.T) {
	inWorld(t, func(w *world) {
		w.SetScopes("channels:read", "chat:write")
		for method, accepts := range map[string]string{
			"auth.test":             "",
			"chat.postMessage":      "chat:write",
			"conversations.info":    "channels:read,groups:read,im:read,mpim:read",
			"conversations.members": "channels:read,groups:read,im:read,mpim:read",
			"conversations.history": "channels:history,groups:history,im:history,mpim:history",
			"conversations.replies": "channels:history,groups:history,im:history,mpim:history",
			"conversations.open":    "im:write,mpim:write",
		} {
			answer := w.post(method, m{"channel": w.general, "text": "hello"})
			equal(t, method+" takes", answer["_accepts"], accepts)
			equal(t, method+" is told that the token has", answer["_granted"], "channels:read,chat:write")
		}
		opened := w.postAs(w.AppToken(), "apps.connections.open", nil)
		equal(t, "the open call takes", opened["_accepts"], "connections:write")
		equal(t, "the app-level token has", opened["_granted"], "connections:write,authorizations:read")
	})
}

// TestTokensOutsideHeaderAndFormAreNotTaken (docs/facts/slack.md, "Where the token goes").
func TestTokensOutsideHeaderAndFormAreNotTaken(t *testing.T) {
	inWorld(t, func(w *world) {
		equal(t, "in JSON", w.postAs("", "auth.test", m{"token": w.BotToken()})["error"], "not_authed")
		equal(t, "in the address", w.postAs("", "auth.test?token="+w.BotToken(), nil)["error"], "not_authed")
		equal(t, "in a form", w.form("auth.test")["ok"], true)
	})
}

func TestHeaderTokensTakesNoTokenFromABody(t *testing.T) {
	inWorld(t, func(w *world) {
		equal(t, "in a form", w.form("auth.test")["error"], "not_authed")
		equal(t, "in the header", w.post("auth.test", nil)["ok"], true)
	}, slacksim.WithHeaderTokens())
}

func TestRequestsInEveryShape(t *testing.T) {
	inWorld(t, func(w *world) {
		blocks := `[{"type":"divider","block_id":"b"}]`
		equal(t, "form", w.form("chat.postMessage", "channel", w.general, "text", "hi", "blocks", blocks)["ok"], true)
		equal(t, "json", w.post("chat.postMessage", m{"channel": w.general, "text": "hi", "blocks": json.RawMessage(blocks)})["ok"], true)
		equal(t, "text in json", w.post("chat.postMessage", m{"channel": w.general, "text": "hi", "blocks": blocks})["ok"], true)
		get, err := http.NewRequestWithContext(w.ctx, http.MethodGet,
			"http://"+host+"/api/users.info?user="+w.ann, nil)
		if err != nil {
			t.Fatal(err)
		}
		get.Header.Set("Authorization", "Bearer "+w.BotToken())
		equal(t, "query", at(t, w.do(get), "user", "id"), w.ann)
		for i, message := range w.Messages(w.general) {
			if len(message.Blocks) == 0 {
				t.Errorf("message %d lost its blocks", i)
			}
		}
	})
}

func TestAddressesFollowRequestAndPrefix(t *testing.T) {
	w := slacksim.New(slacksim.WithPrefix("/slack/"))
	defer w.Close()
	rw, r := newRequest("POST", "https://demo.test:8443/slack/api/apps.connections.open", w.AppToken(), "")
	r.Host = "demo.test:8443"
	w.ServeHTTP(rw, r)
	var answer struct{ URL string }
	if err := json.Unmarshal(rw.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(answer.URL, "wss://demo.test:8443/slack/link/?ticket=") {
		t.Errorf("address %q", answer.URL)
	}
}

func TestPlacesWhereTheBotMayPost(t *testing.T) {
	inWorld(t, func(w *world) {
		add := func(c slacksim.Channel) string { return w.AddChannel(c).ID }
		for _, member := range []string{"", w.BotUser()} {
			outside := add(slacksim.Channel{Name: "news", Members: []string{w.ann, member}, Restricted: "restricted_action_read_only_channel"})
			for _, method := range []string{"chat.postMessage", "chat.postEphemeral"} {
				equal(t, "where only some may post", w.post(method, m{"channel": outside, "user": w.ann, "text": "hi"})["error"], "restricted_action_read_only_channel")
			}
		}
		w.ok("chat.postMessage", m{"channel": add(slacksim.Channel{Name: "open"}), "text": "hi"})
		w.SetScopes("chat:write", "channels:read") // a public channel needs a scope or an invitation
		gone := w.AddUser(slacksim.User{Name: "gone", Deleted: true}).ID
		for name, tt := range map[string]struct{ channel, want string }{
			"unknown":         {"C0NOWHERE", "channel_not_found"},
			"public, outside": {add(slacksim.Channel{Name: "out"}), "not_in_channel"},
			"private":         {add(slacksim.Channel{Name: "secret", Private: true}), "channel_not_found"},
			"group of others": {add(slacksim.Channel{MPIM: true, Members: []string{w.ann, w.bob}}), "channel_not_found"},
			"dm of others":    {add(slacksim.Channel{IM: true, Members: []string{w.ann, w.bob}}), "channel_not_found"},
			"archived":        {add(slacksim.Channel{Name: "old", Archived: true, Members: []string{w.BotUser()}}), "is_archived"},
			"deactivated":     {gone, "channel_not_found"},
			"itself":          {w.BotUser(), "cannot_dm_bot"},
			"by name":         {"#general", ""},
			"private, inside": {add(slacksim.Channel{Name: "team", Private: true, Members: []string{w.BotUser()}}), ""},
			"a person":        {w.ann, ""},
		} {
			code, _ := w.post("chat.postMessage", m{"channel": tt.channel, "text": "hi"})["error"].(string)
			equal(t, name, code, tt.want)
		}
		if dms := w.DMs(w.ann); len(dms) != 1 || !strings.HasPrefix(dms[0].Channel, "D") {
			t.Errorf("Ann's direct messages: %+v", dms)
		}
		w.MessagesTab(false)
		equal(t, "without the tab", w.post("chat.postMessage", m{"channel": w.ann, "text": "hi"})["error"], "messages_tab_disabled")
		w.Kick(w.general, w.BotUser())
		equal(t, "after the kick", w.post("chat.postMessage", m{"channel": w.general, "text": "hi"})["error"], "not_in_channel")
		w.Invite(w.general, w.BotUser())
		w.Archive(w.general)
		equal(t, "after archiving", w.post("chat.postMessage", m{"channel": w.general, "text": "hi"})["error"], "is_archived")
	})
}

func TestRepliesStayInTheirThread(t *testing.T) {
	inWorld(t, func(w *world) {
		parent := w.ok("chat.postMessage", m{"channel": w.general, "text": "parent"})["ts"].(string)
		reply := w.ok("chat.postMessage", m{"channel": w.general, "text": "reply", "thread_ts": parent})
		equal(t, "thread_ts", at(t, reply, "message", "thread_ts"), parent)
		nested := w.ok("chat.postMessage", m{"channel": w.general, "text": "reply to it", "thread_ts": reply["ts"]})
		equal(t, "thread of a reply to a reply", at(t, nested, "message", "thread_ts"), parent)
		equal(t, "replies", len(w.Thread(w.general, parent)), 2)
		equal(t, "messages", len(w.Messages(w.general)), 3)

		w.Delete(w.general, parent)
		lost := w.ok("chat.postMessage", m{"channel": w.general, "text": "late", "thread_ts": parent})
		if ts := at(t, lost, "message").(m)["thread_ts"]; ts != nil {
			t.Errorf("a reply to a deleted message has thread_ts %v; Slack posts it outside", ts)
		}
		if !w.Messages(w.general)[0].Deleted {
			t.Error("the deleted message does not say so")
		}
	})
}

func TestUpdatesAndDeletions(t *testing.T) {
	inWorld(t, func(w *world) {
		ts := w.ok("chat.postMessage", m{
			"channel": w.general, "text": "one", "blocks": []m{{"type": "divider"}},
			"metadata": m{"event_type": "card", "event_payload": m{"id": "1"}},
		})["ts"]
		update := func(args m) m {
			args["channel"], args["ts"] = w.general, ts
			return w.post("chat.update", args)
		}
		equal(t, "blocks alone", update(m{"blocks": []m{{"type": "divider"}, {"type": "divider"}}})["ok"], true)
		now := w.Messages(w.general)[0]
		if now.Text != "one" || now.Edited || now.Updates != 1 || now.Metadata == nil {
			t.Errorf("after an update of the blocks alone: %+v", now)
		}
		equal(t, "text alone", update(m{"text": "two"})["ok"], true)
		now = w.Messages(w.general)[0]
		if now.Text != "two" || now.Blocks != nil || !now.Edited || now.Metadata == nil {
			t.Errorf("after an update of the text alone: %+v", now)
		}
		equal(t, "metadata removed", update(m{"text": "three", "metadata": m{}})["ok"], true)
		if now = w.Messages(w.general)[0]; now.Metadata != nil {
			t.Errorf("metadata %s after {}", now.Metadata)
		}
		equal(t, "long text", update(m{"text": strings.Repeat("x", 4001)})["error"], "msg_too_long")
		equal(t, "nothing to say", update(m{})["error"], "no_text")
		w.wants(w.Type(w.ann, w.general, "hello all"), "")
		theirs := w.Messages(w.general)[1].TS
		equal(t, "not ours", w.post("chat.update", m{"channel": w.general, "ts": theirs, "text": "x"})["error"], "cant_update_message")
		w.Delete(w.general, now.TS)
		equal(t, "gone", update(m{"text": "four"})["error"], "message_not_found")
	})
}

func TestContentThatSlackRefuses(t *testing.T) {
	inWorld(t, func(w *world) {
		section := func(n int) m {
			return m{"type": "section", "text": m{"type": "mrkdwn", "text": strings.Repeat("x", n)}}
		}
		for name, tt := range map[string]struct {
			args m
			want string
		}{
			"nothing":      {m{}, "no_text"},
			"long section": {m{"blocks": []m{section(3001)}}, "invalid_blocks"},
			"much text":    {m{"blocks": []m{section(3000), section(3000), section(3000), section(1001)}}, "msg_blocks_too_long"},
			"not metadata": {m{"text": "x", "metadata": "nonsense"}, "invalid_metadata_format"},
			"list of text": {m{"text": "x", "metadata": m{"event_type": "e", "event_payload": m{"ids": []string{"1"}}}}, "invalid_metadata_format"},
			"at the limit": {m{"blocks": []m{section(3000), section(3000), section(3000)}}, ""},
			"no event":     {m{"text": "x", "metadata": m{"event_type": "", "event_payload": nil}}, ""},
		} {
			tt.args["channel"] = w.general
			answer := w.post("chat.postMessage", tt.args)
			code, _ := answer["error"].(string)
			equal(t, name, code, tt.want)
			if name == "long section" {
				want := "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
				equal(t, "the reason", at(t, answer, "errors", 0), want)
				equal(t, "the message", at(t, answer, "response_metadata", "messages", 0), "[ERROR] "+want)
			}
		}
		cut := w.ok("chat.postMessage", m{"channel": w.general, "text": strings.Repeat("ä", 40_001)})
		equal(t, "warning", cut["warning"], "message_truncated")
		equal(t, "length", len([]rune(at(t, cut, "message", "text").(string))), 40_000)
	})
}

func TestEphemeralsNeedMembers(t *testing.T) {
	inWorld(t, func(w *world) {
		carol := w.AddUser(slacksim.User{Name: "carol"}).ID
		equal(t, "outside", w.post("chat.postEphemeral", m{"channel": w.general, "user": carol, "text": "x"})["error"], "user_not_in_channel")
		ts := w.ok("chat.postEphemeral", m{"channel": w.general, "user": w.bob, "text": "psst"})["message_ts"]
		if seen := w.Ephemerals(w.bob); len(seen) != 1 || seen[0].TS != ts || !seen[0].Ephemeral {
			t.Errorf("Bob sees %+v", seen)
		}
		equal(t, "what Ann sees", len(w.Ephemerals(w.ann)), 0)
		equal(t, "what all see", len(w.Messages(w.general)), 0)
	})
}

func TestHistoryIsPagedAndTellsOfThreads(t *testing.T) {
	inWorld(t, func(w *world) {
		equal(t, "without a scope", w.post("conversations.history", m{"channel": w.general})["error"], "missing_scope")
		w.SetScopes("chat:write", "channels:history", "channels:read")
		meta := m{"event_type": "card", "event_payload": m{"id": 7}}
		parent := w.ok("chat.postMessage", m{"channel": w.general, "text": "parent", "metadata": meta})["ts"].(string)
		for range 5 {
			w.ok("chat.postMessage", m{"channel": w.general, "text": "reply", "thread_ts": parent, "metadata": meta})
		}
		cursor, pages := "", 0
		var seen []string
		for {
			page := w.ok("conversations.replies", m{"channel": w.general, "ts": parent, "limit": 2, "cursor": cursor, "include_all_metadata": true})
			for _, message := range page["messages"].([]any) {
				seen = append(seen, message.(m)["ts"].(string))
				if message.(m)["metadata"] == nil {
					t.Error("metadata is missing although it was asked for")
				}
			}
			pages++
			if cursor = at(t, page, "response_metadata", "next_cursor").(string); cursor == "" {
				break
			}
		}
		equal(t, "pages", pages, 3)
		equal(t, "messages", len(seen), 6)
		if seen[0] != parent || !slices.IsSorted(seen) {
			t.Errorf("order %v, want the parent and then the replies as they came", seen)
		}
		history := w.ok("conversations.history", m{"channel": w.general})
		equal(t, "top level messages", len(history["messages"].([]any)), 1)
		equal(t, "reply_count", at(t, history, "messages", 0, "reply_count"), 5.0)
		if at(t, history, "messages", 0).(m)["metadata"] != nil {
			t.Error("metadata is there without having been asked for")
		}
		late := w.ok("conversations.replies", m{"channel": w.general, "ts": parent, "oldest": seen[4]})
		equal(t, "replies after the fourth, and the parent", len(late["messages"].([]any)), 2)
	})
}

func TestPeopleAsSlackTellsOfThem(t *testing.T) {
	inWorld(t, func(w *world) {
		info := func(u slacksim.User) m {
			return at(t, w.ok("users.info", m{"user": w.AddUser(u).ID, "include_locale": true}), "user").(m)
		}
		guest := info(slacksim.User{Name: "gus", SingleChannelGuest: true, Email: "gus@other.test"})
		equal(t, "is_restricted", guest["is_restricted"], true)
		equal(t, "is_ultra_restricted", guest["is_ultra_restricted"], true)
		equal(t, "locale", guest["locale"], "en-GB")
		equal(t, "a guest's address", at(t, guest, "profile", "email"), "gus@other.test")
		eve := info(slacksim.User{Name: "eve", Team: "T0DEMOPART1", Email: "eve@partner.test"})
		equal(t, "is_stranger", eve["is_stranger"], false)
		equal(t, "team_id", eve["team_id"], "T0DEMOPART1")
		if at(t, eve, "profile").(m)["email"] != nil {
			t.Error("the address of somebody of another organisation is told")
		}
		gone := info(slacksim.User{Name: "gone", Deleted: true})
		equal(t, "deleted", gone["deleted"], true)
		if _, told := gone["is_restricted"]; told {
			t.Error("Slack tells little of deactivated people")
		}
		equal(t, "unknown", w.post("users.info", m{"user": "U0NOBODY"})["error"], "user_not_found")
		equal(t, "by address", at(t, w.ok("users.lookupByEmail", m{"email": "ANN@acme.test"}), "user", "id"), w.ann)
		equal(t, "no such address", w.post("users.lookupByEmail", m{"email": "x@y.test"})["error"], "users_not_found")

		g := w.AddGroup(slacksim.Group{Handle: "team", Users: []string{w.ann, w.bob}})
		equal(t, "members", len(w.ok("usergroups.users.list", m{"usergroup": g.ID})["users"].([]any)), 2)
		equal(t, "no group", w.post("usergroups.users.list", m{"usergroup": "S0"})["error"], "no_such_subteam")
	})
}

func TestConversationsAsSlackTellsOfThem(t *testing.T) {
	inWorld(t, func(w *world) {
		shared := w.AddChannel(slacksim.Channel{Name: "ext", ExtShared: true}).ID
		info := at(t, w.ok("conversations.info", m{"channel": shared}), "channel").(m)
		equal(t, "is_ext_shared", info["is_ext_shared"], true)
		equal(t, "is_member", info["is_member"], false)
		hidden := w.AddChannel(slacksim.Channel{Name: "hidden", Private: true, Members: []string{w.ann}}).ID
		equal(t, "hidden", w.post("conversations.info", m{"channel": hidden})["error"], "channel_not_found")
		w.SetScopes("im:write", "im:read", "chat:write")
		dm := at(t, w.ok("conversations.open", m{"users": w.ann}), "channel", "id").(string)
		im := at(t, w.ok("conversations.info", m{"channel": dm}), "channel").(m)
		equal(t, "is_im", im["is_im"], true)
		equal(t, "user", im["user"], w.ann)
		if _, named := im["name"]; named {
			t.Error("a direct conversation has no name")
		}
		equal(t, "opened again", w.ok("conversations.open", m{"users": w.ann})["already_open"], true)
	})
}

func TestCallsAreRemembered(t *testing.T) {
	inWorld(t, func(w *world) {
		w.post("users.info", m{"user": w.ann})
		w.post("chat.postMessage", m{"channel": "C0NOWHERE", "text": "x"})
		calls := w.Calls()
		if len(calls) != 2 || calls[0].User != w.ann || calls[1].Channel != "C0NOWHERE" || calls[1].Error != "channel_not_found" {
			t.Errorf("calls %+v", calls)
		}
		equal(t, "count", w.CallCount("users.info"), 1)
	})
}

func TestAwaitSeesEveryChange(t *testing.T) {
	inWorld(t, func(w *world) {
		changes, cancel := w.Changes()
		defer cancel()
		time.AfterFunc(time.Minute, func() { w.Type(w.ann, w.general, "hello") })
		start := time.Now()
		if err := w.Await(w.ctx, func() bool { return len(w.Messages(w.general)) == 1 }); err != nil {
			t.Fatal(err)
		}
		equal(t, "waited", time.Since(start), time.Minute)
		<-changes
	})
}
