package demo_test

import (
	"fmt"
	"testing"
)

// inviting is an app that posts a card for the people whom a command names.
func (s *stage) inviting() {
	s.listen(func(payload m) m {
		if payload["command"] != nil {
			by, _ := payload["user_id"].(string)
			words, _ := payload["text"].(string)
			s.post(general, "", "Come in", section("<@"+by+"> invites "+words), joinButton(s.inviteLink()))
		}
		return nil
	})
}

// watchTour notes each step that the tour shows.
const watchTour = `(window.steps = [], new MutationObserver(() => {
	const step = document.querySelector("#tour-step").textContent;
	if (steps.at(-1) !== step) steps.push(step);
}).observe(document.querySelector("#tour"), { subtree: true, childList: true }), "")`

// TestTourShowsEachStep: done out of order, or all at once, the tour still shows its steps one by one.
func TestTourShowsEachStep(t *testing.T) {
	st := newStage(t)
	st.inviting()
	p := st.open(1280, 800)
	p.Sees("#tour-step", "1 of 8")
	p.Text(watchTour)
	p.Choose("#act-as", bob) // before there is a card
	p.Holds(`document.querySelector("#act-as").value === "` + bob + `" && document.querySelector("#act-about").textContent.includes("member")`)
	p.Sees("#tour-step", "1 of 8")
	p.Sees("#tour-text", `/docspace-invite @bob in "Q3 planning"`)
	p.Choose("#act-as", ann)
	p.Type("#composer", "/docspace-invite user @bob\r")
	p.Sees("#tour-step", "2 of 8")
	p.Choose("#act-as", bob)
	p.Sees("#tour-step", "3 of 8")
	p.Choose("#act-as", ann) // and back: the tour follows
	p.Sees("#tour-step", "2 of 8")
	person, err := st.servers.Portal.Join(st.inviteLink(), "Bob", "Baker", "bob@acme.example") // elsewhere
	if err != nil {
		t.Fatal(err)
	}
	if err := st.servers.Portal.Activate(person.Email); err != nil {
		t.Fatal(err)
	}
	card := st.servers.Workspace.Messages(general)[0]
	st.post(general, card.TS, "Bob is in")
	p.Sees("#tour-step", "8 of 8")
	p.Sees("#tour-text", "card and thread show it, and Bob got a welcome")
	if got, want := p.Text(`steps.map((s) => s[0]).join("")`), "1232345678"; got != want {
		t.Errorf("the tour went through the steps %s, want %s", got, want)
	}
}

// TestTourFollowsWhoWasInvited: it is about the people on the card, or about who acts of them, and
// goes on after a reload.
func TestTourFollowsWhoWasInvited(t *testing.T) {
	st := newStage(t)
	st.inviting()
	p := st.open(1280, 800)
	p.Type("#composer", "/docspace-invite user @carol @jana\r")
	p.Sees("#tour-text", "Now be Carol")
	p.Choose("#act-as", "U0DEMOJANA01")
	p.Sees("#tour-step", "3 of 8")
	p.Open(st.url)
	p.Sees("#tour-step", "3 of 8")
	p.Click("[data-action=join]")
	p.Sees("#tour-text", "filled in for Jana")
}

// TestTourLeadsIntoTheRoom by the button in the thread, and then to the list of rooms.
func TestTourLeadsIntoTheRoom(t *testing.T) {
	st := newStage(t)
	st.inviting()
	p := st.open(1280, 800)
	p.Type("#composer", "/docspace-invite @bob in \"Q3 planning\"\r")
	p.Sees("#tour-step", "2 of 8")
	if _, err := st.servers.Portal.JoinSocial(st.inviteLink(), "Bob", "Baker", "bob@acme.example"); err != nil {
		t.Fatal(err)
	}
	p.Sees("#tour-step", "6 of 8")
	card := st.servers.Workspace.Messages(general)[0]
	room := st.servers.Portal.Rooms()[2].ID
	st.post(general, card.TS, "Bob is in", section("Bob is in"), m{"type": "actions", "elements": []m{
		{"type": "button", "action_id": "enter", "text": text("plain_text", "Open"), "url": fmt.Sprintf("%s/rooms/shared/%d/filter?folder=%[2]d", st.servers.Env(st.url)[3][1], room)},
	}})
	p.Sees("#tour-text", "The bot let Bob into the room")
	p.Holds(`document.querySelector("[data-action=enter]").matches(".look-here")`)
	p.Click("[data-action=enter]")
	p.InFrame(`document.querySelector("#title")?.textContent === "Q3 planning"`, ``)
	p.Sees("#tour-step", "8 of 8")
	p.Sees("#tour-text", "card, thread and the Rooms tab show it")
	p.Holds(`document.querySelector("#tab-rooms").matches(".look-here")`)
	p.Click("#tab-rooms")
	p.Holds(`document.querySelector("#trouble summary").matches(".look-here")`)
	p.Click("[data-action=join]") // the frame shows something else, and the tour stays where it is
	p.InFrame(`!!document.querySelector("#join")`, ``)
	p.Sees("#tour-step", "8 of 8")
}

// TestTourShowsWhatToPress: on a phone, the button in the thread is below what shows until the tour comes to it.
func TestTourShowsWhatToPress(t *testing.T) {
	st := newStage(t)
	st.inviting()
	p := st.open(400, 700)
	p.Type("#composer", "/docspace-invite @bob in \"Q3 planning\"\r")
	p.Sees("#tour-step", "2 of 8")
	if _, err := st.servers.Portal.JoinSocial(st.inviteLink(), "Bob", "Baker", "bob@acme.example"); err != nil {
		t.Fatal(err)
	}
	p.Sees("#tour-step", "6 of 8")
	p.Click("#panes [data-pane=portal]")
	card := st.servers.Workspace.Messages(general)[0]
	for range 9 {
		st.post(general, card.TS, "Bob is on his way")
	}
	st.post(general, card.TS, "Bob is in", section("Bob is in"), m{"type": "actions", "elements": []m{
		{"type": "button", "action_id": "enter", "text": text("plain_text", "Open"), "url": st.servers.Env(st.url)[3][1] + "/rooms/shared/1/filter"},
	}})
	p.Sees("#tour-step", "7 of 8")
	p.Holds(`document.querySelector("#panes [data-pane=slack]").matches(".look-here")`)
	p.Click("#panes [data-pane=slack]")
	p.Holds(`(() => {
		const b = document.querySelector("[data-action=enter]"), r = b.getBoundingClientRect(), room = document.querySelector("#messages").getBoundingClientRect();
		return b.matches(".look-here") && r.top >= room.top && r.bottom <= room.bottom;
	})()`)
}
