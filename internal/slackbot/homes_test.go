package slackbot

import (
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// TestHomeIsPublishedAgainWhenItWouldLookDifferent: whatever changes a line or a menu changes the gist.
func TestHomeIsPublishedAgainWhenItWouldLookDifferent(t *testing.T) {
	gist := func(inv invitation.Invitation) string {
		return home{user: inv.Inviter, open: []invitation.Invitation{inv}}.gist()
	}
	for name, change := range map[string]func(*invitation.Invitation){
		"extended":         func(inv *invitation.Invitation) { inv.Expires = inv.Expires.Add(time.Hour) },
		"parked":           func(inv *invitation.Invitation) { inv.Parked = invitation.CannotPost },
		"closed":           func(inv *invitation.Invitation) { inv.Closed = true },
		"withheld":         func(inv *invitation.Invitation) { inv.Withheld.Reason = invitation.ChannelShared },
		"invited by email": func(inv *invitation.Invitation) { *inv = withPeople(*inv, invitedByMail(bob)) },
		"someone has joined": func(inv *invitation.Invitation) {
			joined := bob
			joined.State = invitation.Confirmed
			*inv = withPeople(*inv, joined)
		},
	} {
		before := withPeople(sample, bob)
		after := before
		change(&after)
		if gist(before) == gist(after) {
			t.Errorf("%s: the Home stays as it was", name)
		}
	}
	quiet := home{}
	quiet.health.Seen = time.Now()
	if quiet.gist() != (home{}).gist() {
		t.Error("an answer of the portal's alone publishes the Home again")
	}
}
