package slacksim_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

func text(kind string, n int) m { return m{"type": kind, "text": strings.Repeat("x", n)} }

func repeat(n int, item func(i int) m) []m {
	items := make([]m, n)
	for i := range items {
		items[i] = item(i)
	}
	return items
}

func button(id string, more m) m {
	b := m{"type": "button", "action_id": id, "text": text("plain_text", 75)}
	maps.Copy(b, more)
	return b
}

func actions(elements ...m) m { return m{"type": "actions", "elements": elements} }

func option(n int) m { return m{"text": text("plain_text", n), "value": "v"} }

func choice(more m) m {
	s := m{"type": "static_select", "action_id": "s"}
	maps.Copy(s, more)
	return actions(s)
}

func TestBlocksAtAndBeyondTheirLimits(t *testing.T) {
	inWorld(t, func(w *world) {
		divider := func(int) m { return m{"type": "divider"} }
		plain := func(int) m { return text("plain_text", 1) }
		for name, tt := range map[string]struct {
			blocks []m
			want   string // in the first message; "" when they are valid
		}{
			"50 blocks":          {repeat(50, divider), ""},
			"51 blocks":          {repeat(51, divider), "no more than 50 items allowed [json-pointer:/blocks]"},
			"section":            {[]m{{"type": "section", "text": text("mrkdwn", 3000)}}, ""},
			"section, empty":     {[]m{{"type": "section"}}, "missing required field: text [json-pointer:/blocks/0]"},
			"section, no text":   {[]m{{"type": "section", "text": text("mrkdwn", 0)}}, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
			"10 fields":          {[]m{{"type": "section", "fields": repeat(10, plain)}}, ""},
			"11 fields":          {[]m{{"type": "section", "fields": repeat(11, plain)}}, "no more than 10 items allowed [json-pointer:/blocks/0/fields]"},
			"field":              {[]m{{"type": "section", "fields": []m{text("mrkdwn", 2001)}}}, "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"},
			"header":             {[]m{{"type": "header", "text": text("plain_text", 150)}}, ""},
			"header, long":       {[]m{{"type": "header", "text": text("plain_text", 151)}}, "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
			"header, mrkdwn":     {[]m{{"type": "header", "text": text("mrkdwn", 1)}}, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"},
			"context":            {[]m{{"type": "context", "elements": repeat(10, plain)}}, ""},
			"context, long":      {[]m{{"type": "context", "elements": repeat(11, plain)}}, "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
			"image":              {[]m{{"type": "image", "image_url": "https://a.test/1.png", "alt_text": "a"}}, ""},
			"image, no alt_text": {[]m{{"type": "image", "image_url": "https://a.test/1.png"}}, "missing required field: alt_text [json-pointer:/blocks/0]"},
			"unknown block":      {[]m{{"type": "nonsense"}}, "unsupported type: nonsense [json-pointer:/blocks/0/type]"},
			"modal's block":      {[]m{{"type": "alert", "text": text("mrkdwn", 1)}}, "unsupported type: alert [json-pointer:/blocks/0/type]"},
			"unknown field":      {[]m{{"type": "divider", "colour": "red"}}, "invalid additional property: colour [json-pointer:/blocks/0]"},
			"block id":           {[]m{{"type": "divider", "block_id": strings.Repeat("x", 256)}}, "must be less than 256 characters [json-pointer:/blocks/0/block_id]"},
			"block ids":          {[]m{{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}}, "block_id already exists [json-pointer:/blocks/1/block_id]"},
			"button":             {[]m{actions(button("a", m{"style": "primary", "value": strings.Repeat("x", 2000), "url": strings.Repeat("x", 3000)}))}, ""},
			"button, text":       {[]m{actions(button("a", m{"text": text("plain_text", 76)}))}, "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"},
			"button, value":      {[]m{actions(button("a", m{"value": strings.Repeat("x", 2001)}))}, "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"},
			"button, url":        {[]m{actions(button("a", m{"url": strings.Repeat("x", 3001)}))}, "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]"},
			"button, style":      {[]m{actions(button("a", m{"style": "loud"}))}, "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"},
			"button, dialog":     {[]m{actions(button("a", m{"confirm": m{"title": text("plain_text", 100), "text": text("mrkdwn", 301), "confirm": text("plain_text", 1), "deny": text("plain_text", 1)}}))}, "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]"},
			"buttons of a name":  {[]m{actions(button("a", nil), button("a", nil))}, "action_id already exists [json-pointer:/blocks/0/elements/1/action_id]"},
			"same, other block":  {[]m{actions(button("a", nil)), actions(button("a", nil))}, ""},
			"26 buttons":         {[]m{actions(repeat(26, func(int) m { return button("", nil) })...)}, "no more than 25 items allowed [json-pointer:/blocks/0/elements]"},
			"input as a button":  {[]m{actions(m{"type": "plain_text_input", "action_id": "a"})}, "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"},
			"select":             {[]m{choice(m{"options": repeat(100, func(int) m { return option(75) }), "placeholder": text("plain_text", 150)})}, ""},
			"select, empty":      {[]m{choice(m{"options": []m{}})}, "no less than 1 items allowed [json-pointer:/blocks/0/elements/0/options]"},
			"select, many":       {[]m{choice(m{"options": repeat(101, func(int) m { return option(1) })})}, "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"},
			"select, option":     {[]m{choice(m{"options": []m{option(76)}})}, "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]"},
			"select, initial":    {[]m{choice(m{"options": []m{option(1)}, "initial_option": option(1)})}, ""},
			"select, stranger":   {[]m{choice(m{"options": []m{option(1)}, "initial_option": option(2)})}, "initial option must match one of the options [json-pointer:/blocks/0/elements/0]"},
		} {
			t.Run(name, func(t *testing.T) {
				answer := w.post("blocks.validate", m{"blocks": tt.blocks})
				if tt.want == "" {
					if answer["ok"] != true {
						t.Fatalf("refused: %v", answer)
					}
					return
				}
				got := at(t, answer, "errors", 0, "message").(string) + " [json-pointer:" + at(t, answer, "errors", 0, "pointer").(string) + "]"
				if got != tt.want {
					t.Errorf("%s, want %s", got, tt.want)
				}
			})
		}
	})
}

func TestViewsAtAndBeyondTheirLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		more m // over a valid form; nil takes a field away
		want string
	}{
		"as it is":           {m{}, ""},
		"no title":           {m{"title": nil}, "missing required field: title [json-pointer:/view]"},
		"title":              {m{"title": text("plain_text", 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"},
		"submit":             {m{"submit": text("plain_text", 25)}, "must be less than 25 characters [json-pointer:/view/submit/text]"},
		"close":              {m{"close": text("plain_text", 25)}, "must be less than 25 characters [json-pointer:/view/close/text]"},
		"no submit":          {m{"submit": nil}, "must have a submit when a view has an input block [json-pointer:/view/submit]"},
		"private_metadata":   {m{"private_metadata": strings.Repeat("x", 3001)}, "must be less than 3001 characters [json-pointer:/view/private_metadata]"},
		"callback_id":        {m{"callback_id": strings.Repeat("x", 256)}, "must be less than 256 characters [json-pointer:/view/callback_id]"},
		"no blocks":          {m{"blocks": nil}, "missing required field: blocks [json-pointer:/view]"},
		"101 blocks":         {m{"blocks": repeat(101, func(int) m { return m{"type": "divider"} })}, "no more than 100 items allowed [json-pointer:/view/blocks]"},
		"a message's block":  {m{"blocks": []m{{"type": "markdown", "text": "x"}}}, "unsupported type: markdown [json-pointer:/view/blocks/0/type]"},
		"input, no element":  {m{"blocks": []m{{"type": "input", "label": text("plain_text", 1)}}}, "missing required field: element [json-pointer:/view/blocks/0]"},
		"input, long answer": {m{"blocks": []m{{"type": "input", "label": text("plain_text", 1), "element": m{"type": "plain_text_input", "max_length": 3001}}}}, "must be between 1 and 3000 [json-pointer:/view/blocks/0/element/max_length]"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				c := w.connect()
				c.hear("hello")
				w.Type(w.ann, w.general, "/docspace-invite form")
				view := form()
				maps.Copy(view, tt.more)
				answer := w.post("views.open", m{"trigger_id": at(t, c.hear("slash_commands"), "payload", "trigger_id"), "view": view})
				if tt.want == "" {
					equal(t, "ok", answer["ok"], true)
					return
				}
				equal(t, "error", answer["error"], "invalid_arguments")
				equal(t, "message", at(t, answer, "response_metadata", "messages", 0), "[ERROR] "+tt.want)
			})
		})
	}
}

func FuzzBlocksAndViews(f *testing.F) {
	f.Add(`[{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"image"}}]`)
	f.Add(`[{"type":"actions","elements":[{"type":"static_select","option_groups":[{"options":[7]}],"initial_options":[null]}]}]`)
	f.Add(`{"type":"modal","blocks":[{"type":"input","element":{"type":"checkboxes","options":[]}}]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		w := slacksim.New()
		defer w.Close()
		for _, argument := range []string{"blocks", "view", "message"} {
			body, err := json.Marshal(m{argument: raw})
			if err != nil {
				t.Skip()
			}
			rw, r := newRequest("POST", "/api/blocks.validate", "", string(body))
			w.ServeHTTP(rw, r)
			if rw.Code != 200 || !json.Valid(rw.Body.Bytes()) {
				t.Errorf("%s %s: %d %s", argument, raw, rw.Code, rw.Body)
			}
		}
	})
}
