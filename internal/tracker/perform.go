package tracker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/docspace-invite-bot/bot/internal/logging"
)

// perform does one step and notes what came of it, or when to try again. What was done and
// could not be noted is noted later, and not done again.
func (w *worker) perform(inv Invitation, s step) {
	ctx, cancel := context.WithTimeout(w.steps, stepTimeout)
	defer cancel()
	if s.kind == stepConfirm && s.group == "" {
		s.group = inv.nextGroup()
	}
	if s.kind == stepRemind {
		release, ok := w.holdReminder(inv, s)
		if !ok {
			w.again(inv.ID, s, remindBusy)
			return
		}
		defer release()
	}
	ctx = logging.With(logging.With(ctx, slog.String("invitation", string(inv.ID))), slog.String("step", string(s.kind)))
	if about := s.invitee + s.group; about != "" {
		ctx = logging.With(ctx, slog.String("invitee", about))
	}
	entry := w.unnoted(inv.ID, s)
	if entry.Kind == "" {
		if entry = w.try(ctx, inv, s); entry.Kind == "" {
			return
		}
		entry.At, entry.Invitation, entry.Invitee, entry.Invitees = time.Now(), inv.ID, s.invitee, splitGroup(s.group)
	}
	entries := []Entry{entry}
	if entry.Kind == KindAdmitted && len(entry.People) == 0 { // nobody is to be looked up
		entries = append(entries, w.linkAtOnce(inv)...)
	}
	if err := w.t.ledger.note(entries...); err != nil {
		w.noteLater(inv.ID, s, entry)
		return
	}
	w.noted(inv, s, entry)
	if entry.Kind == KindIdentified && s.kind == stepRemind { // the sweep may see them under that address first
		w.again(inv.ID, s, w.t.opts.Poll)
	}
	w.audit(ctx, inv, entry)
	switch entry.Kind {
	case KindConfirmed:
		w.t.opts.Metrics.confirmed(inv, s.group, entry.At)
	case KindPosted:
		switch told, any := w.t.withPreflight(inv); {
		case any:
			w.whisper(told, "what is known of the invitees", w.t.messenger.TellPreflight)
		case w.t.hasNote(inv):
			w.whisper(inv, "that the card is posted", w.t.messenger.Posted)
		}
	case KindRequested:
		w.whisper(inv, "that approval is asked for", w.t.messenger.Asked)
	}
	if v := inv.invitee(s.invitee); s.kind == stepIdentify && v != nil && !v.Claimed {
		w.identified(inv.ID)
	}
	w.t.log.Log(ctx, levelOf(entry.Kind), "invitation "+string(entry.Kind))
}

// noted forgets what was tried of a step that is done with.
func (w *worker) noted(inv Invitation, s step, entry Entry) {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	w.attempts.forget(inv.ID, s)
	if entry.Kind == KindFinished {
		delete(w.attempts, inv.ID)
		delete(w.t.pace.updated, inv.ID)
		delete(w.t.notes.sent, inv.ID)
	}
}

// try does one step, once as far as that can be known, and returns the entry that says
// what came of it; none when it is to be tried again, or when others will see to it.
func (w *worker) try(ctx context.Context, inv Invitation, s step) Entry {
	about := inv.about(s)
	if outcome := w.spare(inv, s, about); outcome != "" {
		return Entry{Kind: spared[s.kind], Outcome: outcome}
	}
	if entry, ok := w.mayGoOut(ctx, inv, s, about); !ok {
		return entry
	}
	entry, doubtful, over := w.doneBefore(ctx, inv, s, about)
	switch {
	case over:
		return entry
	case w.tooLate(inv, s):
		return Entry{Kind: KindRefused, Refusal: &Refusal{Reason: TooLate}}
	case !w.begin(ctx, inv, s, doubtful):
		return Entry{}
	case s.kind == stepFetchLink:
		w.fetchLink(inv)
		return Entry{}
	}
	entry, err := w.do(ctx, inv, s, about)
	if err != nil {
		w.doubt(inv.ID, s, FailureOf(err).Unsure)
		return w.settle(ctx, inv, s, err)
	}
	w.posted(ctx, inv, s)
	return entry
}

// about returns whom a step is about.
func (inv *Invitation) about(s step) []Invitee {
	if found := inv.stranger(MemberID(s.invitee)); s.kind == stepAskWho && found != nil {
		return []Invitee{found.Identity()}
	}
	if found := inv.invitee(s.invitee); found != nil {
		return []Invitee{*found}
	}
	return inv.members(s.group)
}

// mayGoOut reports whether a message to one person can go out now: a reminder in their working hours, and
// both to the address that they have today. If not, entry says what to note first, if anything.
func (w *worker) mayGoOut(ctx context.Context, inv Invitation, s step, about []Invitee) (entry Entry, ok bool) {
	if s.kind == stepRemind {
		if entry, atWork := w.atWork(ctx, inv, s, about[0]); !atWork {
			return entry, false
		}
	}
	if s.kind != stepRemind && s.kind != stepDeliver || !inv.begunAt(s).IsZero() {
		return Entry{}, true
	}
	entry, err := w.readdressed(ctx, about[0])
	if err != nil && s.kind == stepRemind { // a reminder can wait
		return w.settle(ctx, inv, s, err), false
	}
	return entry, entry.Kind == ""
}

// doneBefore finds out whether an effect that was begun took place. It is over if it did, as the entry
// then says, or if that is to be asked again later. It is doubtful if nobody can tell.
func (w *worker) doneBefore(ctx context.Context, inv Invitation, s step, about []Invitee) (entry Entry, doubtful, over bool) {
	begun := inv.begunAt(s)
	if begun.IsZero() || w.certainlyNotDone(inv.ID, s) {
		return Entry{}, false, false
	}
	effect := effectOf[s.kind]
	card, err := w.find(ctx, inv, effect, about, begun)
	switch {
	case err == nil:
		w.t.log.InfoContext(ctx, "this was done before, and is found", "effect", effect)
		return outcomeOf(effect, card), false, true
	case errors.Is(err, NotThere):
		landed := w.landed(inv.ID, s)
		if time.Now().Before(landed) { // it may still come
			w.again(inv.ID, s, time.Until(landed))
			return Entry{}, false, true
		}
		return Entry{}, false, false
	case isPassing(ctx, err) && w.search(inv.ID, s) < findTries:
		w.again(inv.ID, s, max(FailureOf(err).RetryAfter, retryFirst))
		return Entry{}, true, true
	}
	return Entry{}, true, false
}

// tooLate reports whether the inviter has waited so long for an answer that a card would come out of the
// blue: the bot was away, a link took long, or the step's turn came late. A step that failed before is
// settle's to give up.
func (w *worker) tooLate(inv Invitation, s step) bool {
	heldUp := inv.ready().Before(w.started) || s.kind == stepFetchLink || w.untried(inv.ID, s)
	return heldUp && (inv.unposted() || s.kind == stepAsk) && time.Since(inv.ready()) > patience
}

// begin notes that an effect is tried from now on, unless that stands there already. It reports false if
// it cannot be noted: then the effect waits.
func (w *worker) begin(ctx context.Context, inv Invitation, s step, doubtful bool) bool {
	effect := effectOf[s.kind]
	if doubtful {
		w.t.log.WarnContext(ctx, "whether this was done before cannot be found out; it is done again", "effect", effect)
		w.t.opts.Metrics.repeated.WithLabelValues(string(effect)).Inc()
	}
	if effect == "" || !inv.begunAt(s).IsZero() {
		return true
	}
	if w.t.ledger.note(Entry{
		Kind: KindBegun, At: time.Now(), Invitation: inv.ID, Invitee: s.invitee, Invitees: splitGroup(s.group), Effect: effect,
	}) == nil {
		return true
	}
	pause := begunPause
	if s.kind == stepRemind { // nobody waits for it
		pause = retryLast
	}
	s.group = "" // nothing was begun: the next try may name others
	w.again(inv.ID, s, pause)
	return false
}

// find looks for an effect that was begun. What only one person sees, and what the portal
// does, leaves no trace that the bot could read.
func (w *worker) find(ctx context.Context, inv Invitation, effect Effect, about []Invitee, since time.Time) (Card, error) {
	if effect == EffectWelcome || effect == EffectRefusal && inv.Approval.Card.Message == "" {
		return Card{}, CannotTell
	}
	return w.t.messenger.Find(ctx, inv, effect, about, since)
}

// outcomeOf returns the entry that settles an effect which took place.
func outcomeOf(effect Effect, card Card) Entry {
	switch effect {
	case EffectCard:
		return Entry{Kind: KindPosted, Card: &card}
	case EffectRequest:
		return Entry{Kind: KindRequested, Card: &card}
	case EffectGreeting:
		return Entry{Kind: KindGreeted, Outcome: Done}
	case EffectConfirmation:
		return Entry{Kind: KindConfirmed}
	case EffectRemoval:
		return Entry{Kind: KindReported}
	case EffectWho:
		return Entry{Kind: KindAskedWho}
	case EffectEnding:
		return Entry{Kind: KindEnded}
	case EffectAnnouncement:
		return Entry{Kind: KindAnnounced}
	case EffectRefusal:
		return Entry{Kind: KindTold}
	}
	panic("tracker: nobody can find a " + string(effect))
}

// levelOf says at which level an entry is told: the story at info, the rest at debug.
func levelOf(kind Kind) slog.Level {
	switch kind {
	case KindShown, KindAdmitted, KindAsked, KindAnswered, KindIdentified, KindRefused, KindTold: // the audit has some of them
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// spared are the steps that people can do without, each with the entry that says how it ended.
var spared = map[stepKind]Kind{
	stepWelcome: KindWelcomed, stepGreet: KindGreeted, stepAskWho: KindAskedWho, stepDeliver: KindDelivered, stepRemind: KindReminded,
}

// spare returns the outcome of a step that is not to be done at all, or "". A reminder, or a link
// that the card gives as well, is not sent again when it may have been sent: its lack does nobody
// harm.
func (w *worker) spare(inv Invitation, s step, about []Invitee) Outcome {
	var v Invitee
	if len(about) > 0 {
		v = about[0]
	}
	var idle bool
	switch s.kind {
	case stepWelcome:
		idle = !w.t.opts.Welcome || w.welcomeDenied()
	case stepGreet:
		idle = !w.t.opts.Greet || v.ChatUser == ""
	case stepDeliver, stepRemind:
		if !inv.begunAt(s).IsZero() && !w.certainlyNotDone(inv.ID, s) {
			return Doubted
		}
		idle = s.kind == stepDeliver && !v.wantsLink() || s.kind == stepRemind && (!v.Pending() || v.Muted || w.remindedElsewhere(inv.ID, v))
	}
	if idle {
		return Skipped
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
func (w *worker) do(ctx context.Context, inv Invitation, s step, about []Invitee) (Entry, error) {
	var v Invitee
	if len(about) > 0 {
		v = about[0]
	}
	switch s.kind {
	case stepVet:
		return w.vet(ctx, inv)
	case stepAsk:
		card, err := w.t.messenger.AskApproval(ctx, inv)
		return Entry{Kind: KindRequested, Card: &card}, err
	case stepExpireAsked:
		return Entry{Kind: KindRefused, Refusal: &Refusal{Reason: NotDecided}}, nil
	case stepAnswer:
		return Entry{Kind: KindAnswered}, w.t.messenger.AnswerRequest(ctx, inv)
	case stepPostCard:
		card, err := w.t.messenger.PostCard(ctx, inv)
		return Entry{Kind: KindPosted, Card: &card, Revision: inv.revision}, err
	case stepTellInviter:
		inv.Waited = w.t.takeNote(inv)
		return Entry{Kind: KindTold}, w.t.messenger.TellInviter(ctx, inv)
	case stepAnnounce:
		return Entry{Kind: KindAnnounced}, w.t.messenger.Announce(ctx, inv)
	case stepHandOver:
		return Entry{Kind: KindHandedOver, Outcome: Done}, w.t.messenger.HandOver(ctx, inv)
	case stepExpire:
		return Entry{Kind: KindExpired}, nil
	case stepUpdateCard:
		return Entry{Kind: KindShown, Revision: inv.revision}, w.t.messenger.UpdateCard(ctx, inv)
	case stepIdentify:
		person, err := w.identify(ctx, v)
		return Entry{Kind: KindIdentified, Person: &person}, err
	case stepWelcome:
		return Entry{Kind: KindWelcomed, Outcome: Done}, w.t.portal.Welcome(ctx, v.Member.ID)
	case stepGreet:
		return Entry{Kind: KindGreeted, Outcome: Done}, w.t.messenger.Greet(ctx, inv, v)
	case stepConfirm:
		return Entry{Kind: KindConfirmed}, w.t.messenger.Confirm(ctx, inv, about)
	case stepReport:
		return Entry{Kind: KindReported}, w.t.messenger.Removed(ctx, inv, v)
	case stepAskWho:
		return Entry{Kind: KindAskedWho}, w.askWho(ctx, inv, MemberID(s.invitee))
	case stepDeliver:
		return Entry{Kind: KindDelivered, Outcome: Done}, w.t.messenger.Deliver(ctx, inv, v)
	case stepRemind:
		return Entry{Kind: KindReminded, Outcome: Done}, w.t.messenger.Remind(ctx, inv, v)
	case stepEnd:
		return Entry{Kind: KindEnded}, w.t.messenger.Ended(ctx, inv)
	case stepFinish:
		return Entry{Kind: KindFinished}, nil
	}
	panic("tracker: no way to do " + string(s.kind))
}

// whisper tells the inviter alone something that nobody minds when it is lost.
func (w *worker) whisper(inv Invitation, what string, tell func(context.Context, Invitation) error) {
	w.hands.Go(func() {
		ctx, cancel := context.WithTimeout(w.steps, stepTimeout)
		defer cancel()
		inv.Waited = w.t.takeNote(inv)
		if err := tell(ctx, inv); err != nil {
			w.t.log.InfoContext(ctx, "the inviter was not told "+what, "invitation", inv.ID, "err", err)
		}
	})
}
