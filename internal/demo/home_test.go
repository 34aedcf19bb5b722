package demo_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// homeView is a Home with one of each thing that acts. Its first line changes.
func homeView(line string) m {
	return m{"type": "home", "blocks": []m{
		{"type": "header", "block_id": "head", "text": text("plain_text", line)},
		{
			"type": "section", "block_id": "one", "text": text("mrkdwn", "*Round one*: 1 of 2 joined"),
			"accessory": m{"type": "overflow", "action_id": "more", "options": options("remind", "cancel")},
		},
		{"type": "actions", "block_id": "row", "elements": []m{
			{"type": "button", "action_id": "end", "text": text("plain_text", "End all"), "style": "danger", "confirm": m{
				"title": text("plain_text", "Sure?"), "text": text("mrkdwn", "*All* will end"), "confirm": text("plain_text", "End them"), "deny": text("plain_text", "No"),
			}},
			{"type": "static_select", "action_id": "role", "placeholder": text("plain_text", "Role"), "options": options("guest", "user")},
		}},
		{"type": "input", "block_id": "find", "dispatch_action": true, "label": text("plain_text", "Find"), "element": m{"type": "plain_text_input", "action_id": "words"}},
	}}
}

// opensHome is what an app with a Home does.
func (s *stage) opensHome(payload m) m {
	if event, ok := payload["event"].(map[string]any); ok {
		s.call("views.publish", m{"user_id": event["user"], "view": homeView(fmt.Sprint("Home of ", event["user"]))})
	}
	return nil
}

func TestHomeOpensAndActs(t *testing.T) {
	st := newStage(t, manifest)
	heard := st.hear(st.opensHome)
	p := st.open(1280, 800)
	p.Click("[data-channel=home]")
	st.wants(heard, ann, "event", "user")
	p.Sees("#home h3", "Home of "+ann)
	p.Gone("#messages")
	p.Holds(`document.querySelector("[data-channel=` + general + `]").matches(".look-here")`) // where the tour goes on

	// A menu, by keyboard. The focus comes back to where it was.
	p.Holds(`(document.querySelector("[data-action=more]").focus(), true)`)
	p.Press(kb.Enter)
	p.Focused("#menu [data-item=remind]")
	p.Shot("menu")
	p.Press(kb.ArrowDown)
	p.Press(kb.Enter)
	st.wants(heard, "cancel", "actions", 0, "selected_option", "value")
	p.Focused("[data-action=more]")
	p.Press(kb.ArrowUp)
	p.Focused("#menu [data-item=cancel]")
	p.Press(kb.Escape)
	p.Gone("#menu")
	p.Focused("[data-action=more]")

	// A select shows what was chosen.
	p.Click("[data-action=role]")
	p.Click("#menu [data-item=user]")
	st.wants(heard, "user", "actions", 0, "selected_option", "value")
	p.Sees("[data-action=role]", "user")
	p.Click("[data-action=role]")
	p.Focused("#menu [data-item=user][aria-checked=true]")
	p.Press("g") // goes to the entry that begins so
	p.Focused("#menu [data-item=guest]")
	p.Press(kb.Tab)
	p.Gone("#menu")

	// A question first.
	p.Click("[data-action=end]")
	p.Sees("#confirm", "All will end")
	p.Shot("confirm")
	p.Press(kb.Escape)
	p.Gone("#confirm")
	p.Type("#home input", "archi")
	p.Click("[data-action=end]")
	p.Click("#confirm-yes")
	pressed := st.wants(heard, "end", "actions", 0, "action_id")
	if got := dig(pressed, "view", "state", "values", "find", "words", "value"); got != "archi" {
		t.Errorf("the app was told that %v was filled in", got)
	}

	// The app draws it again while someone types.
	p.Holds(`(document.querySelector("#home input").focus(), true)`)
	st.call("views.publish", m{"user_id": ann, "view": homeView("Another line")})
	p.Sees("#home h3", "Another line")
	p.Sees("#announce", "The Home has changed")
	p.Focused("#home input")
	p.Press("ve")
	p.Press(kb.Enter)
	st.wants(heard, "archive", "actions", 0, "value")

	// Everyone has their own.
	p.Choose("#act-as", bob)
	st.wants(heard, bob, "event", "user")
	p.Sees("#home h3", "Home of "+bob)
	p.Holds(`document.querySelector("#home input").value === ""`)
	p.Click("[data-channel=" + general + "]")
	p.Gone("#home")
}

func TestShortcutsStartWhereTheAppHasThem(t *testing.T) {
	st := newStage(t, manifest)
	heard := st.hear(func(payload m) m {
		if payload["callback_id"] == "invite" && payload["type"] == "shortcut" {
			st.call("views.open", m{"trigger_id": payload["trigger_id"], "view": dialog()})
		}
		return nil
	})
	st.servers.Workspace.Type(bob, general, "A message")
	ts := st.servers.Workspace.Messages(general)[0].TS
	st.post(general, "", "A card", section("A card"), m{"type": "actions", "elements": []m{{"type": "overflow", "action_id": "manage", "options": options("end", "extend")}}})
	st.call("chat.postEphemeral", m{"channel": general, "user": ann, "text": "For you"})
	p := st.open(1280, 800)
	p.Click("#shortcuts")
	p.Sees("#menu", "Those that are open")
	p.Holds(`document.querySelectorAll("#menu button").length === 2`)
	p.Shot("shortcuts")
	p.Click("#menu [data-item=invite]")
	st.wants(heard, "invite", "callback_id")
	p.Sees("#modal", "All inputs")
	p.Press(kb.Escape)
	p.Gone("#modal")

	p.Sees(".ephemeral", "For you")
	p.Holds(`document.querySelectorAll("[data-more]").length === 1`) // not for what only one person sees, nor for the app's card
	p.Holds(`document.querySelectorAll(".message .dots").length === 2`)
	p.Click(`[data-more="` + ts + `"]`)
	p.Click("#menu [data-item=invite_writer]")
	st.wants(heard, ts, "message_ts")
}

// TestClosedDialogStaysClosed: news that was on its way when someone closed a dialog does not open it again.
func TestClosedDialogStaysClosed(t *testing.T) {
	st := newStage(t, manifest)
	st.hear(func(payload m) m {
		if payload["type"] == "shortcut" {
			st.call("views.open", m{"trigger_id": payload["trigger_id"], "view": dialog()})
		}
		return nil
	})
	p := st.open(1280, 800)
	p.Click("#shortcuts")
	p.Click("#menu [data-item=invite]")
	p.Sees("#modal", "All inputs")
	p.Text(`(() => { // the server hears of nothing any more
		const real = window.fetch;
		window.fetch = (to, ...rest) => to === "api/act" ? new Promise(() => {}) : real(to, ...rest);
		return "";
	})()`)
	p.Press(kb.Escape)
	p.Gone("#modal")
	st.post(general, "", "Meanwhile")
	p.Sees(".message", "Meanwhile")
	p.Gone("#modal")
}

func TestNothingIsOfferedThatTheAppLacks(t *testing.T) {
	st := newStage(t)
	st.post(general, "", "A message")
	p := st.open(1280, 800)
	p.Sees(".message", "A message")
	p.Gone("#shortcuts")
	p.Gone("[data-more]")
	p.Gone("[data-channel=home]")
}

// Menus, selects and lists on a message tell what was chosen, and stay when it changes.
func TestMessagesWithMenus(t *testing.T) {
	st := newStage(t)
	heard := st.hear(func(m) m { return nil })
	blocks := func(line string) []m {
		return []m{
			{"type": "section", "block_id": "s", "text": text("mrkdwn", line), "accessory": m{"type": "overflow", "action_id": "more", "options": options("remind", "cancel")}},
			{"type": "actions", "block_id": "row", "elements": []m{
				{"type": "users_select", "action_id": "who", "placeholder": text("plain_text", "Who")},
				{"type": "static_select", "action_id": "role", "placeholder": text("plain_text", "Role"), "option_groups": []m{
					{"label": text("plain_text", "Few rights"), "options": options("guest", "user")}, {"label": text("plain_text", "Many rights"), "options": options("admin")},
				}},
				{"type": "datepicker", "action_id": "until", "placeholder": text("plain_text", "Until")},
				{"type": "checkboxes", "action_id": "flags", "options": options("mail", "thread")},
			}},
		}
	}
	ts := st.post(general, "", "Menus", blocks("First")...)
	p := st.open(1280, 800)
	p.Click("[data-action=more]")
	p.Click("#menu [data-item=cancel]")
	st.wants(heard, "cancel", "actions", 0, "selected_option", "value")
	p.Click("[data-action=who]")
	p.Click("#menu [data-item=" + bob + "]")
	st.wants(heard, bob, "actions", 0, "selected_user")
	p.Sees("[data-action=who]", "Bob Baker")
	p.Click("[data-action=role]")
	p.Sees("#menu", "Many rights")
	p.Shot("groups")
	p.Click("#menu [data-item=admin]")
	st.wants(heard, "admin", "actions", 0, "selected_option", "value")
	p.Holds(`(() => { const e = document.querySelector("[data-action=until]"); e.value = "2026-12-24"; e.dispatchEvent(new Event("change")); return true; })()`)
	st.wants(heard, "2026-12-24", "actions", 0, "selected_date")
	p.Click("[data-action=flags] input[value=thread]")
	st.wants(heard, "thread", "actions", 0, "selected_options", 0, "value")

	p.Click("[data-action=more]")
	st.call("chat.update", m{"channel": general, "ts": ts, "text": "Menus", "blocks": blocks("Second")})
	p.Sees(".message", "Second")
	p.Sees("#menu", "remind") // the menu is still there, and gives the focus to the new button
	p.Press(kb.Escape)
	p.Focused("[data-action=more]")
	p.Holds(`document.querySelector("[data-action=flags] input[value=thread]").checked`)
	p.Sees("[data-action=who]", "Bob Baker")
}

// A real mouse opens a menu and closes it again, and the focus stays with its message though
// others have the same buttons.
func TestMenusByMouseAndFocusInMessages(t *testing.T) {
	st := newStage(t)
	st.listen(func(m) m { return nil })
	card := func(line string) []m {
		return []m{section(line), {"type": "actions", "block_id": "row", "elements": []m{{"type": "overflow", "action_id": "more", "options": options("remind", "cancel")}}}}
	}
	first := st.post(general, "", "First", card("First")...)
	second := st.post(general, "", "Second", card("Second")...)
	dots := func(ts string) string { return `[data-message="` + ts + `"] [data-action=more]` }
	p := st.open(1280, 800)
	p.Sees(".message", "Second")
	p.Tap(dots(second))
	p.Sees("#menu", "remind")
	p.Tap(dots(second))
	p.Gone("#menu")
	p.Tap(dots(first))
	p.Sees("#menu", "remind")
	p.Tap("#room-title")
	p.Gone("#menu")
	p.Tap(dots(second))
	p.Tap("#menu [data-item=cancel]")
	p.Focused(dots(second))

	for i, ts := range []string{second, first} {
		line := fmt.Sprint("Changed ", i)
		st.call("chat.update", m{"channel": general, "ts": ts, "text": line, "blocks": card(line)})
		p.Sees(".message", line)
		p.Focused(dots(second))
	}
	// Where the button is gone the focus does not jump to another message's.
	st.call("chat.update", m{"channel": general, "ts": second, "text": "Over"})
	p.Sees(".message", "Over")
	p.Focused("#messages")
}
