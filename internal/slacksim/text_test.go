package slacksim_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

func blocks(t *testing.T, list ...m) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestMentionsAreWhatSlackNotifies(t *testing.T) {
	mrkdwn := func(text string, verbatim bool) m {
		return m{"type": "section", "text": m{"type": "mrkdwn", "text": text, "verbatim": verbatim}}
	}
	for name, tt := range map[string]struct {
		text   string
		blocks json.RawMessage
		want   []string
	}{
		"in text":              {"<!channel> <@U1|ann> <!subteam^S1|@x> <#C1> <https://x.test|@here>", nil, []string{"<!channel>", "<@U1>", "<!subteam^S1>"}},
		"bare in text":         {"@here", nil, nil},
		"escaped":              {"&lt;!channel&gt;", blocks(t, mrkdwn("&lt;@U1&gt;", false)), nil},
		"bare in mrkdwn":       {"", blocks(t, mrkdwn("hi @here, and@channel or a@everyone.test", false)), []string{"<!here>"}},
		"bare in verbatim":     {"", blocks(t, mrkdwn("@here", true)), nil},
		"explicit in verbatim": {"", blocks(t, mrkdwn("<!here>", true)), []string{"<!here>"}},
		"in plain text":        {"", blocks(t, m{"type": "header", "text": m{"type": "plain_text", "text": "<!here> @here"}}), nil},
		"in context":           {"", blocks(t, m{"type": "context", "elements": []m{{"type": "mrkdwn", "text": "<@U2>"}}}), []string{"<@U2>"}},
		"in fields":            {"", blocks(t, m{"type": "section", "fields": []m{{"type": "mrkdwn", "text": "<@U3>"}}}), []string{"<@U3>"}},
		"in rich text": {"", blocks(t, m{"type": "rich_text", "elements": []m{{"type": "rich_text_section", "elements": []m{
			{"type": "user", "user_id": "U4"}, {"type": "broadcast", "range": "here"}, {"type": "text", "text": "<!channel>"},
		}}}}), []string{"<@U4>", "<!here>"}},
	} {
		if got := slacksim.Mentions(tt.text, tt.blocks); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestLinksAreWhatSlackLinks(t *testing.T) {
	got := slacksim.Links("<https://a.test/?x=1&amp;y=2|a> https://b.test &lt;https://c.test&gt; <mailto:x@y.test|x@y.test> <!date^1^{date}|x>",
		blocks(t,
			m{"type": "section", "text": m{"type": "mrkdwn", "text": "https://d.test", "verbatim": true}},
			m{"type": "actions", "elements": []m{{"type": "button", "url": "https://e.test", "text": m{"type": "plain_text", "text": "https://f.test"}}}},
		))
	want := []string{"https://a.test/?x=1&y=2", "mailto:x@y.test", "https://b.test", "https://c.test", "https://e.test"}
	if !slices.Equal(got, want) {
		t.Errorf("links %q, want %q", got, want)
	}
}

func TestWhatPeopleRead(t *testing.T) {
	inWorld(t, func(w *world) {
		w.ok("chat.postMessage", m{"channel": w.general, "text": "not read", "blocks": []m{
			{"type": "header", "text": m{"type": "plain_text", "text": "A & B <!here>"}},
			{
				"type": "section", "text": m{"type": "mrkdwn", "text": "<@" + w.ann + "> &lt;invites&gt; <!date^1790000000^{date}|on Monday>"},
				"accessory": m{"type": "button", "text": m{"type": "plain_text", "text": "Join"}},
			},
			{"type": "context", "elements": []m{{"type": "mrkdwn", "text": "<https://x.test|there>"}, {"type": "plain_text", "text": "&amp;"}}},
		}})
		w.ok("chat.postMessage", m{"channel": w.general, "text": "hi <#" + w.general + "> &amp;lt;"})
		w.ok("chat.postMessage", m{"channel": w.general, "blocks": []m{{"type": "rich_text", "elements": []m{{
			"type": "rich_text_section", "elements": []m{
				{"type": "text", "text": "to "},
				{"type": "user", "user_id": w.bob},
				{"type": "text", "text": ": "},
				{"type": "link", "url": "https://x.test", "text": "here"},
				{"type": "broadcast", "range": "channel"},
			},
		}}}, {"type": "image", "image_url": "https://a.test/1.png", "alt_text": "a cat"}}})
		said := w.Messages(w.general)
		equal(t, "rich text", said[2].Plain(), "to @bob: here@channel\na cat")
		equal(t, "blocks", said[0].Plain(), "A & B <!here>\n@ann <invites> on Monday [Join]\nthere &amp;")
		equal(t, "text", said[1].Plain(), "hi #general &lt;")
	})
}

func FuzzTextOfApps(f *testing.F) {
	f.Add("<!here|x> <@U1> &amp; <a|b", `[{"type":"section","text":{"type":"mrkdwn","text":"@here <x>"}}]`)
	f.Add("", `[{"type":"rich_text","elements":[{"elements":[{"type":"user","user_id":7}]}]}]`)
	f.Add("<>", `{"type":1,"text":[null,{"text":{}}]}`)
	f.Fuzz(func(_ *testing.T, text, raw string) {
		slacksim.Mentions(text, json.RawMessage(raw))
		slacksim.Links(text, json.RawMessage(raw))
		_ = slacksim.Message{Text: text, Blocks: json.RawMessage(raw)}.Plain()
	})
}
