package tracker

import (
	"errors"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// TestEmailsLeaveNoMessage: no one is asked for a message about what the portal sent.
func TestEmailsLeaveNoMessage(t *testing.T) {
	w := &worker{}
	for _, effect := range []invitation.Effect{invitation.EffectWelcome, invitation.EffectResend} {
		if _, err := w.find(t.Context(), invitation.Invitation{}, effect, nil, time.Now()); !errors.Is(err, invitation.CannotTell) {
			t.Errorf("find %s = %v, want that no one can tell", effect, err)
		}
	}
}
