package demo_test

import "testing"

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
	p.Sees("#tour-step", "1 of 7")
	p.Text(watchTour)
	p.Choose("#act-as", bob) // before there is a card
	p.Holds(`document.querySelector("#act-as").value === "` + bob + `" && document.querySelector("#act-about").textContent.includes("member")`)
	p.Sees("#tour-step", "1 of 7")
	p.Sees("#tour-text", "/docspace-invite user @bob")
	p.Choose("#act-as", ann)
	p.Type("#composer", "/docspace-invite user @bob\r")
	p.Sees("#tour-step", "2 of 7")
	p.Choose("#act-as", bob)
	p.Sees("#tour-step", "3 of 7")
	p.Choose("#act-as", ann) // and back: the tour follows
	p.Sees("#tour-step", "2 of 7")
	person, err := st.servers.Portal.Join(st.inviteLink(), "Bob", "Baker", "bob@acme.example") // elsewhere
	if err != nil {
		t.Fatal(err)
	}
	if err := st.servers.Portal.Activate(person.Email); err != nil {
		t.Fatal(err)
	}
	card := st.servers.Workspace.Messages(general)[0]
	st.post(general, card.TS, "Bob is in")
	p.Sees("#tour-step", "7 of 7")
	p.Sees("#tour-text", "Bob got a welcome")
	if got, want := p.Text(`steps.map((s) => s[0]).join("")`), "123234567"; got != want {
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
	p.Sees("#tour-step", "3 of 7")
	p.Open(st.url)
	p.Sees("#tour-step", "3 of 7")
	p.Click("[data-action=join]")
	p.Sees("#tour-text", "filled in for Jana")
}
