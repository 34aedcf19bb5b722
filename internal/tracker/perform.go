package tracker

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
)

// perform does one step and notes what came of it, or when to try again. What was done and
// could not be noted is noted later, and not done again.
func (w *worker) perform(inv invitation.Invitation, s invitation.Step) {
	ctx, cancel := context.WithTimeout(w.steps, stepTimeout)
	defer cancel()
	release, ok := w.hold(inv, s)
	if !ok {
		w.again(inv.ID, s, heldPause)
		return
	}
	defer release()
	if s.Group == "" && s.Kind.Effect() != "" { // what was begun names its people, and waits for its own turn
		s.Group = inv.NextGroup(s.Kind)
	}
	ctx = logging.With(logging.With(ctx, slog.String("invitation", string(inv.ID))), slog.String("step", string(s.Kind)))
	if about := cmp.Or(s.Invitee, s.Group, inv.NextGroup(s.Kind)); about != "" {
		ctx = logging.With(ctx, slog.String("invitee", about))
	}
	entry := w.unnoted(inv.ID, s)
	if entry.Kind == "" {
		if entry = w.try(ctx, inv, s); entry.Kind == "" {
			return
		}
		entry.At, entry.Invitation, entry.Invitee = time.Now(), inv.ID, s.Invitee
		switch entry.Kind {
		case invitation.KindLinked, invitation.KindDelivered, invitation.KindReminded, invitation.KindHandedOver: // its link may have been revoked meanwhile
			entry.Revision = inv.Revision
		}
		if entry.Invitees == nil { // of a share it may be fewer
			entry.Invitees = invitation.Step{Group: cmp.Or(s.Group, inv.NextGroup(s.Kind))}.Invitees()
		}
	}
	if err := w.t.ledger.note(entry); err != nil {
		w.noteLater(inv.ID, s, entry)
		return
	}
	w.noted(inv, s, entry)
	if entry.Kind == invitation.KindIdentified && s.Kind == invitation.StepRemind { // the sweep may see them under that address first
		w.again(inv.ID, s, w.t.opts.Poll)
	}
	if entry.Kind == invitation.KindLinked && entry.Refusal != nil {
		w.again(inv.ID, s, parkedFor)
	}
	w.audit(ctx, inv, entry)
	switch entry.Kind {
	case invitation.KindConfirmed:
		w.t.opts.Metrics.confirmed(inv.About(s), entry.At)
	case invitation.KindPosted:
		switch told, any := w.t.withPreflight(inv); {
		case any:
			w.whisper(told, "what is known of the invitees", w.t.messenger.TellPreflight)
		case w.t.hasNote(inv):
			w.whisper(inv, "that the card is posted", w.t.messenger.Posted)
		}
	case invitation.KindRequested:
		w.whisper(inv, "that approval is asked for", w.t.messenger.Asked)
	}
	if v := inv.Invitee(s.Invitee); s.Kind == invitation.StepIdentify && v != nil && !v.Claimed {
		w.identified(inv.ID)
	}
	if entry.Outcome != "" && entry.Outcome != invitation.Done { // the entry only says that nothing more is owed
		w.t.log.DebugContext(ctx, "step left out", "outcome", entry.Outcome)
		return
	}
	w.t.log.Log(ctx, levelOf(entry.Kind), "invitation "+string(entry.Kind))
}

// noted forgets what was tried of a step that is done with.
func (w *worker) noted(inv invitation.Invitation, s invitation.Step, entry invitation.Entry) {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	w.attempts.forget(inv.ID, s)
	if entry.Kind == invitation.KindFinished {
		delete(w.attempts, inv.ID)
		delete(w.t.pace.updated, inv.ID)
		delete(w.t.notes.sent, inv.ID)
	}
}

// try does one step, once as far as that can be known, and returns the entry that says
// what came of it; none when it is to be tried again, or when others will see to it.
func (w *worker) try(ctx context.Context, inv invitation.Invitation, s invitation.Step) invitation.Entry {
	about := inv.About(s)
	if outcome := w.spare(inv, s, about); outcome != "" {
		return invitation.Entry{Kind: spared[s.Kind], Outcome: outcome}
	}
	if entry, ok := w.mayGoOut(ctx, inv, s, about); !ok {
		return entry
	}
	entry, doubtful, over := w.doneBefore(ctx, inv, s, about)
	switch {
	case over:
		return entry
	case w.tooLate(inv, s):
		return invitation.Entry{Kind: invitation.KindRefused, Refusal: &invitation.Refusal{Reason: invitation.TooLate}}
	case !w.begin(ctx, inv, s, doubtful):
		return invitation.Entry{}
	}
	entry, err := w.do(ctx, inv, s, about)
	if err != nil {
		w.doubt(inv.ID, s, invitation.FailureOf(err).Unsure)
		return w.failed(ctx, inv, s, err)
	}
	w.posted(ctx, inv, s)
	return entry
}

// mayGoOut reports whether a message to one person can go out now: a reminder in their working hours, and
// both to the address that they have today. If not, entry says what to note first, if anything.
func (w *worker) mayGoOut(ctx context.Context, inv invitation.Invitation, s invitation.Step, about []invitation.Invitee) (entry invitation.Entry, ok bool) {
	if s.Kind == invitation.StepRemind {
		if entry, atWork := w.atWork(ctx, inv, s, about[0]); !atWork {
			return entry, false
		}
	}
	if s.Kind != invitation.StepRemind && s.Kind != invitation.StepDeliver || !inv.BegunAt(s).IsZero() {
		return invitation.Entry{}, true
	}
	entry, err := w.readdressed(ctx, about[0])
	if err != nil && s.Kind == invitation.StepRemind { // a reminder can wait
		return w.failed(ctx, inv, s, err), false
	}
	return entry, entry.Kind == ""
}

// doneBefore finds out whether an effect that was begun took place. It is over if it did, as the entry
// then says, or if that is to be asked again later. It is doubtful if no one can tell.
func (w *worker) doneBefore(ctx context.Context, inv invitation.Invitation, s invitation.Step, about []invitation.Invitee) (entry invitation.Entry, doubtful, over bool) {
	begun := inv.BegunAt(s)
	if begun.IsZero() || w.certainlyNotDone(inv.ID, s) {
		return invitation.Entry{}, false, false
	}
	effect := s.Kind.Effect()
	card, err := w.find(ctx, inv, effect, about, begun)
	switch {
	case err == nil:
		w.t.log.InfoContext(ctx, "already done before", "effect", effect)
		return effect.TookPlace(card), false, true
	case errors.Is(err, invitation.NotThere):
		landed := w.landed(inv.ID, s)
		if time.Now().Before(landed) { // it may still come
			w.again(inv.ID, s, time.Until(landed))
			return invitation.Entry{}, false, true
		}
		return invitation.Entry{}, false, false
	case isPassing(ctx, err) && w.search(inv.ID, s) < findTries:
		w.again(inv.ID, s, max(invitation.FailureOf(err).RetryAfter, retryFirst))
		return invitation.Entry{}, true, true
	}
	return invitation.Entry{}, true, false
}

// tooLate reports whether the inviter has waited so long for an answer that a card would come out of the
// blue: the bot was away, a link took long, or the step's turn came late. A step that failed before is
// worker.failed's to give up.
func (w *worker) tooLate(inv invitation.Invitation, s invitation.Step) bool {
	heldUp := inv.Ready().Before(w.started) || w.untried(inv.ID, s)
	return heldUp && (inv.Unposted() || s.Kind == invitation.StepAsk) && time.Since(inv.Ready()) > patience
}

// begin notes that an effect is tried from now on, unless that stands there already. It reports false if
// it cannot be noted: then the effect waits.
func (w *worker) begin(ctx context.Context, inv invitation.Invitation, s invitation.Step, doubtful bool) bool {
	effect := s.Kind.Effect()
	if doubtful {
		w.t.log.WarnContext(ctx, "can't find out whether this was already done, so it is done again", "effect", effect)
		w.t.opts.Metrics.repeated.WithLabelValues(string(effect)).Inc()
	}
	if effect == "" || !inv.BegunAt(s).IsZero() {
		return true
	}
	if w.t.ledger.note(invitation.Entry{
		Kind: invitation.KindBegun, At: time.Now(), Invitation: inv.ID, Invitee: s.Invitee, Invitees: s.Invitees(), Effect: effect,
	}) == nil {
		return true
	}
	pause := begunPause
	if s.Kind == invitation.StepRemind { // no one waits for it
		pause = retryLast
	}
	s.Group = "" // nothing was begun: the next try may name others
	w.again(inv.ID, s, pause)
	return false
}

// find looks for an effect that was begun. What only one person sees, and what the portal
// does, leaves no trace that the bot could read.
func (w *worker) find(ctx context.Context, inv invitation.Invitation, effect invitation.Effect, about []invitation.Invitee, since time.Time) (invitation.Card, error) {
	if effect == invitation.EffectWelcome || effect == invitation.EffectResend || effect == invitation.EffectRefusal && inv.Approval.Card.Message == "" {
		return invitation.Card{}, invitation.CannotTell
	}
	return w.t.messenger.FindMessage(ctx, inv, effect, about, since)
}

// levelOf says at which level an entry is told: the story at info, the rest at debug.
func levelOf(kind invitation.Kind) slog.Level {
	switch kind {
	case invitation.KindShown, invitation.KindTakenBack, invitation.KindAdmitted, invitation.KindLinked, invitation.KindAsked, invitation.KindAnswered, invitation.KindIdentified, invitation.KindRefused, invitation.KindTold: // the audit has some of them
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// spared are the steps that people can do without, each with the entry that says how it ended.
var spared = map[invitation.StepKind]invitation.Kind{
	invitation.StepWelcome: invitation.KindWelcomed, invitation.StepGreet: invitation.KindGreeted, invitation.StepAskWho: invitation.KindAskedWho, invitation.StepDeliver: invitation.KindDelivered, invitation.StepRemind: invitation.KindReminded,
	invitation.StepTakeBack: invitation.KindTakenBack, invitation.StepEndingSoon: invitation.KindEndingSoon,
	invitation.StepNotShared: invitation.KindNotShared, invitation.StepNotLinked: invitation.KindNotLinked, invitation.StepResend: invitation.KindResent,
}

// spare returns the outcome of a step that is not to be done at all, or "". A reminder, or a link
// that the card gives as well, is not sent again when it may have been sent: its lack does no one
// harm.
func (w *worker) spare(inv invitation.Invitation, s invitation.Step, about []invitation.Invitee) invitation.Outcome {
	var v invitation.Invitee
	if len(about) > 0 {
		v = about[0]
	}
	var idle bool
	switch s.Kind {
	case invitation.StepWelcome:
		idle = !w.t.opts.Congratulate || w.welcomeDenied()
	case invitation.StepGreet:
		idle = !w.t.opts.SendWelcome || v.ChatUser == ""
	case invitation.StepDeliver, invitation.StepRemind, invitation.StepResend:
		if !inv.BegunAt(s).IsZero() && !w.certainlyNotDone(inv.ID, s) {
			return invitation.Doubted
		}
		idle = s.Kind == invitation.StepDeliver && !v.WantsLink() || s.Kind == invitation.StepRemind && (!v.Pending() || v.Muted || w.remindedElsewhere(inv.ID, v))
	}
	if idle {
		return invitation.Skipped
	}
	return ""
}

// welcomeDenied reports whether the portal forbade the welcome lately.
func (w *worker) welcomeDenied() bool {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	denied := w.t.mem.welcomeDenied
	return !denied.IsZero() && time.Since(denied) < welcomePause
}

// do carries out the step, which is about these invitees, and returns the entry that says so.
func (w *worker) do(ctx context.Context, inv invitation.Invitation, s invitation.Step, about []invitation.Invitee) (invitation.Entry, error) {
	var v invitation.Invitee
	if len(about) > 0 {
		v = about[0]
	}
	switch s.Kind {
	case invitation.StepVet:
		return w.vet(ctx, inv)
	case invitation.StepAsk:
		card, err := w.t.messenger.AskApproval(ctx, inv)
		return invitation.Entry{Kind: invitation.KindRequested, Card: &card}, err
	case invitation.StepExpireAsked:
		return invitation.Entry{Kind: invitation.KindRefused, Refusal: &invitation.Refusal{Reason: invitation.NotDecided}}, nil
	case invitation.StepAnswer:
		return invitation.Entry{Kind: invitation.KindAnswered}, w.t.messenger.AnswerRequest(ctx, inv)
	case invitation.StepFetchLink:
		return w.fetchLink(ctx, inv)
	case invitation.StepPostCard:
		if inv.Link == "" { // it was revoked while the card was on its way, which has not arrived
			return w.fetchLink(ctx, inv)
		}
		card, err := w.t.messenger.PostCard(ctx, inv)
		return invitation.Entry{Kind: invitation.KindPosted, Card: &card, Revision: inv.Revision}, err
	case invitation.StepTellInviter:
		inv.Waited = w.t.takeNote(inv)
		return invitation.Entry{Kind: invitation.KindTold}, w.t.messenger.TellInviter(ctx, inv)
	case invitation.StepAnnounce:
		return invitation.Entry{Kind: invitation.KindAnnounced}, w.t.messenger.Announce(ctx, inv)
	case invitation.StepEmail:
		return w.email(ctx, inv, about)
	case invitation.StepResend:
		return w.resend(ctx, about)
	case invitation.StepShare:
		return w.share(ctx, inv, about)
	case invitation.StepNotLinked:
		return invitation.Entry{Kind: invitation.KindNotLinked}, w.t.messenger.NotLinked(ctx, inv)
	case invitation.StepNotShared:
		return invitation.Entry{Kind: invitation.KindNotShared}, w.t.messenger.NotShared(ctx, inv)
	case invitation.StepEndingSoon:
		return invitation.Entry{Kind: invitation.KindEndingSoon}, w.t.messenger.EndingSoon(ctx, inv)
	case invitation.StepHandOver:
		card, err := w.t.messenger.HandOver(ctx, inv)
		return sentTo(card, invitation.KindHandedOver), err
	case invitation.StepTakeBack:
		return invitation.Entry{Kind: invitation.KindTakenBack}, w.t.messenger.TakeBack(ctx, inv, v, inv.Sent(s.Invitee))
	case invitation.StepExpire:
		return invitation.Entry{Kind: invitation.KindExpired}, nil
	case invitation.StepUpdateCard:
		return invitation.Entry{Kind: invitation.KindShown, Revision: inv.Revision}, w.t.messenger.UpdateCard(ctx, inv)
	case invitation.StepIdentify:
		person, err := w.identify(ctx, v)
		return invitation.Entry{Kind: invitation.KindIdentified, Person: &person}, err
	case invitation.StepWelcome:
		return invitation.Entry{Kind: invitation.KindWelcomed, Outcome: invitation.Done}, w.t.portal.CongratulateMember(ctx, v.Member.ID)
	case invitation.StepGreet:
		return invitation.Entry{Kind: invitation.KindGreeted, Outcome: invitation.Done}, w.t.messenger.SendWelcome(ctx, inv, v)
	case invitation.StepConfirm:
		return invitation.Entry{Kind: invitation.KindConfirmed}, w.t.messenger.Confirm(ctx, inv, about)
	case invitation.StepReport:
		return invitation.Entry{Kind: invitation.KindReported}, w.t.messenger.Removed(ctx, inv, v)
	case invitation.StepAskWho:
		return invitation.Entry{Kind: invitation.KindAskedWho}, w.askWho(ctx, inv, invitation.MemberID(s.Invitee))
	case invitation.StepDeliver:
		card, err := w.t.messenger.Deliver(ctx, inv, v)
		return sentTo(card, invitation.KindDelivered), err
	case invitation.StepRemind:
		card, err := w.t.messenger.Remind(ctx, inv, v)
		return sentTo(card, invitation.KindReminded), err
	case invitation.StepEnd:
		return invitation.Entry{Kind: invitation.KindEnded}, w.t.messenger.Ended(ctx, inv)
	case invitation.StepFinish:
		return invitation.Entry{Kind: invitation.KindFinished}, nil
	}
	panic("tracker: no way to do " + string(s.Kind))
}

// sentTo returns the entry that says that a direct message was sent, and where it is, if that is known.
func sentTo(card invitation.Card, kind invitation.Kind) invitation.Entry {
	e := invitation.Entry{Kind: kind, Outcome: invitation.Done}
	if card.Message != "" {
		e.Card = &card
	}
	return e
}

// whisper tells the inviter alone something that no one minds when it is lost.
func (w *worker) whisper(inv invitation.Invitation, what string, tell func(context.Context, invitation.Invitation) error) {
	w.hands.Go(func() {
		ctx, cancel := context.WithTimeout(w.steps, stepTimeout)
		defer cancel()
		inv.Waited = w.t.takeNote(inv)
		if err := tell(ctx, inv); err != nil {
			w.t.log.InfoContext(ctx, "the inviter was not told "+what, "invitation", inv.ID, "err", err)
		}
	})
}
