package tracker

import (
	"context"
	"log/slog"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Verdict is how a decision went.
type Verdict string

// The verdicts.
const (
	Allowed  Verdict = "allowed"
	Rejected Verdict = "rejected"
	Deferred Verdict = "deferred" // someone else is to decide
)

// Decision is one answer to the question whether a person may do something. Each is logged once, by
// [Decision.Log], with the same keys whatever it is about.
type Decision struct {
	// Action is what was to be done, "deed" in the log: invite, give_link, join, approve, deny, extend,
	// remind, resend_email, revoke_link, cancel, close, reopen, retry, claim_account, disown_account, open_form,
	// usual_room or share_room.
	Action  string
	Verdict Verdict
	By      invitation.ChatUser
	// Reason and About say why it was rejected.
	Reason invitation.Reason
	About  string
	// Invitation is the invitation concerned, as far as there is one.
	Invitation invitation.Invitation
	// Err is what went wrong, for the operator.
	Err error
}

// Log writes the one line.
func (d Decision) Log(ctx context.Context, log *slog.Logger) {
	level := slog.LevelInfo
	if d.Verdict == Rejected {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("deed", d.Action), slog.String("verdict", string(d.Verdict)), slog.String("by", string(d.By)),
	}
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("reason", string(d.Reason))
	if !d.Reason.IsAboutRoom() { // its title is a name, and the room is known by its id
		add("about", d.About)
	}
	add("invitation", string(d.Invitation.ID))
	add("inviter", string(d.Invitation.Inviter))
	add("role", string(d.Invitation.Role))
	add("channel", string(d.Invitation.Channel))
	add("room", string(d.Invitation.Room.ID))
	if d.Err != nil {
		attrs = append(attrs, slog.Any("err", d.Err))
	}
	log.LogAttrs(ctx, level, "audit", attrs...)
}

// audit logs what the entry, which is kept by now, decides about the invitation.
func (w *worker) audit(ctx context.Context, inv invitation.Invitation, e invitation.Entry) {
	if e.Room != nil {
		inv.Room = *e.Room
	}
	d := Decision{Action: "invite", By: inv.Inviter, Invitation: inv, Err: e.Cause}
	switch e.Kind {
	case invitation.KindAdmitted:
		d.Verdict = Allowed
	case invitation.KindAsked:
		d.Verdict = Deferred
	case invitation.KindRefused:
		d.Verdict, d.Reason, d.About = Rejected, e.Refusal.Reason, e.Refusal.About
	case invitation.KindShared:
		d.Action, d.Verdict = "share_room", Allowed
		if e.Refusal != nil {
			d.Verdict, d.Reason, d.About = Rejected, e.Refusal.Reason, e.Refusal.About
		}
	case invitation.KindLinked, invitation.KindWithheld:
		if e.Refusal == nil {
			return
		}
		d = withheld(inv, *e.Refusal, e.Cause)
	default:
		return
	}
	d.Log(ctx, w.t.log)
}

// withheld is the decision that an invitation no longer gives out its link, or the portal none.
func withheld(inv invitation.Invitation, why invitation.Refusal, cause error) Decision {
	return Decision{Action: "give_link", Verdict: Rejected, By: inv.Inviter, Reason: why.Reason, About: why.About, Invitation: inv, Err: cause}
}
