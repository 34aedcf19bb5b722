package tracker

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// stepTimeout bounds one step, however many calls it makes.
	stepTimeout = time.Minute
	// patience is how long an invitation may wait for the chat to say who its inviter is
	// and to take its card. Then the inviter is told instead: a card that appears out of
	// the blue half an hour later helps nobody.
	patience = 15 * time.Minute
	// welcomeWait is how long the thread waits for a welcome before it names somebody.
	welcomeWait = 2 * time.Second
	// begunPause is how long an effect waits that could not be announced.
	begunPause = 5 * time.Second
	// tellingTries is how often a refusal is tried to be told: for half an hour, in which it is
	// news. A response_url works as long (section 3.5 of the Slack facts).
	tellingTries = 12
	// retryFirst and retryLast are the shortest and the longest pause before a step is
	// tried again.
	retryFirst = time.Second
	retryLast  = 5 * time.Minute
	// tries is how often a step is tried that people can do without.
	tries = 3
	// welcomePause is how long a portal that forbade the welcome is not asked again.
	welcomePause = time.Hour
)

// work looks at one invitation after the other, many at once, until ctx ends. Then it still
// brings to their cards, or their refusals, the invitations that wait for one, for as long
// as the longer-lived context steps allows: their inviters are waiting for an answer.
func (t *Tracker) work(ctx, steps context.Context) {
	w := &worker{
		Tracker: t, steps: steps, started: time.Now(),
		attempts: attempts{}, waiting: map[Role][]ID{}, linking: map[ID]bool{}, links: map[Role]fetchedLink{},
		linkCalls: rate.NewLimiter(linkRate, linkRate), lookups: map[ID]chan []Entry{}, reminding: map[ChatUser]bool{},
	}
	defer w.hands.Wait()

	free := make(chan struct{}, t.opts.Workers)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	stopping := ctx.Done()
	for w.goesOn(ctx) {
		id, wait := w.take()
		if id == "" {
			timer.Reset(wait)
			select {
			case <-stopping:
				stopping = nil
			case <-steps.Done():
			case <-t.queue.wake:
			case <-timer.C:
			}
			continue
		}
		select {
		case <-steps.Done():
			return
		case free <- struct{}{}:
		}
		w.hands.Go(func() {
			defer func() { <-free }()
			w.carry(ctx, id)
		})
	}
}

// worker is the state of one Run: what was tried, and which links are on their way.
// Tracker.mu guards it.
type worker struct {
	*Tracker
	steps    context.Context // outlives Run's context by grace, for what is under way
	started  time.Time
	hands    sync.WaitGroup
	attempts attempts
	// waiting lists, by role, the invitations that wait for the link being fetched. One
	// call serves all of them: a slow portal must not be asked once per command.
	waiting map[Role][]ID
	linking map[ID]bool
	links   map[Role]fetchedLink
	// linkCalls says whether another call for a link keeps within linkRate.
	linkCalls *rate.Limiter
	// lookups are the preflights under way.
	lookups map[ID]chan []Entry
	// reminding are those who are being reminded at this moment.
	reminding map[ChatUser]bool
}

// goesOn tells whether there is work: always, until ctx ends, and then while an inviter waits
// for an answer and the steps may go on.
func (w *worker) goesOn(ctx context.Context) bool {
	if ctx.Err() == nil {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, inv := range w.mem.invitations {
		if inv.owesInviter() {
			return w.steps.Err() == nil
		}
	}
	return false
}

func (w *worker) take() (id ID, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if id, ok := w.queue.take(now); ok {
		return id, 0
	}
	wait = time.Hour
	if at, ok := w.queue.next(); ok {
		wait = min(wait, at.Sub(now))
	}
	return "", wait
}

// carry does what the invitation owes, step by step, until nothing can be done now.
func (w *worker) carry(ctx context.Context, id ID) {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.queue.release(id)
	}()
	for w.goesOn(ctx) {
		inv, next, ok := w.next(id)
		if !ok || ctx.Err() != nil && !inv.owesInviter() {
			return
		}
		w.perform(inv, next)
	}
}

// next returns the first step that the invitation owes and that may be done now. When
// there is none, it sees to it that the invitation is looked at again in time.
func (w *worker) next(id ID) (Invitation, step, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	inv := w.mem.invitations[id]
	if inv == nil {
		return Invitation{}, step{}, false
	}
	now := time.Now()
	inv.hurried = false
	next, held := w.firstStep(inv, now)
	if held && next.kind == "" { // the thread need not wait for a welcome that cannot be said yet
		inv.hurried = true
		next, _ = w.firstStep(inv, now)
	}
	if next.kind != "" {
		return inv.clone(), next, true
	}
	if at := w.nextLook(inv, now); !at.IsZero() {
		w.queue.addAt(id, inv.Inviter, at)
	}
	return Invitation{}, step{}, false
}

// nextLook returns when the invitation owes something that it does not owe at the time now; zero
// when it never will.
func (w *worker) nextLook(inv *Invitation, now time.Time) (next time.Time) {
	times := []time.Time{
		inv.Approval.Until, inv.Approval.decided.Add(decidedFor), inv.Expires, inv.ended.Add(cancelledFor), inv.Expires.Add(lastWords),
	}
	if w.opts.Remind {
		times = append(times, inv.nextReminder(now))
	}
	for _, at := range times {
		if now.Before(at) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// firstStep returns the first step that the invitation owes and that may be done now; for the
// others it asks for another look in time. held tells whether somebody's welcome is put off.
func (w *worker) firstStep(inv *Invitation, now time.Time) (first step, held bool) {
	owed := inv.owed(now)
	if w.opts.Deliver {
		owed = append(owed, inv.owedLinks()...)
	}
	if w.opts.Remind {
		owed = append(owed, inv.owedReminders(now)...)
	}
	for _, s := range owed {
		if s.kind == stepFetchLink && w.linking[inv.ID] {
			continue // the fetch will come back to it
		}
		again := w.attempts[inv.ID][s].again
		if !now.Before(again) && postsInChannel[s.kind] {
			again = w.parked.turn(inv.Card.Channel, now)
		}
		if !now.Before(again) {
			again = w.slot(inv, s, now)
		}
		if !now.Before(again) {
			return s, held
		}
		held = held || (s.kind == stepWelcome || s.kind == stepGreet) && again.Sub(now) > welcomeWait
		w.queue.addAt(inv.ID, inv.Inviter, again)
	}
	return step{}, held
}

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
	log := w.log.With("invitation", inv.ID, "step", s.kind)
	if about := s.invitee + s.group; about != "" {
		log = log.With("invitee", about)
	}
	entry := w.unnoted(inv.ID, s)
	if entry.Kind == "" {
		if entry = w.try(ctx, log, inv, s); entry.Kind == "" {
			return
		}
		entry.At, entry.Invitation, entry.Invitee, entry.Invitees = time.Now(), inv.ID, s.invitee, splitGroup(s.group)
	}
	entries := []Entry{entry}
	if entry.Kind == KindAdmitted && len(entry.People) == 0 { // nobody is to be looked up
		entries = append(entries, w.linkAtOnce(inv)...)
	}
	if err := w.ledger.note(entries...); err != nil {
		w.noteLater(inv.ID, s, entry)
		return
	}
	w.noted(inv, s, entry)
	w.auditVet(ctx, inv, entry)
	if w.opts.Deliver && entry.Kind == KindPosted && inv.hasByMailAlone() {
		w.whisper(inv, "the link for those whom only they can reach", w.messenger.HandOver)
	}
	switch entry.Kind {
	case KindPosted:
		if told, any := w.foretold(inv); any {
			w.whisper(told, "what is known of the invitees", w.messenger.Foretell)
		}
	case KindRequested:
		w.whisper(inv, "that approval is asked for", w.messenger.Asked)
	}
	if v := inv.invitee(s.invitee); s.kind == stepIdentify && v != nil && !v.Claimed {
		w.identified(inv.ID)
	}
	log.Log(ctx, levelOf(entry.Kind), "invitation "+string(entry.Kind))
}

// identified tells the inviter whom the invitation had to leave out, once that is known of
// everybody.
func (w *worker) identified(id ID) {
	inv, ok := w.Look(id)
	if !ok || len(inv.leftOut) == 0 || inv.Unidentified() > 0 {
		return
	}
	w.whisper(inv, "who cannot be invited", func(ctx context.Context, inv Invitation) error {
		return w.messenger.LeftOut(ctx, inv, inv.leftOut)
	})
}

// whisper tells the inviter alone something that nobody minds when it is lost.
func (w *worker) whisper(inv Invitation, what string, tell func(context.Context, Invitation) error) {
	w.hands.Go(func() {
		ctx, cancel := context.WithTimeout(w.steps, stepTimeout)
		defer cancel()
		if err := tell(ctx, inv); err != nil {
			w.log.InfoContext(ctx, "the inviter was not told "+what, "invitation", inv.ID, "err", err)
		}
	})
}

// askWho asks the inviter who a stranger is, unless that is known by now.
func (w *worker) askWho(ctx context.Context, inv Invitation, member MemberID) error {
	s := inv.stranger(member)
	if s == nil {
		return Unexpected
	}
	if w.isInvited(s.Member.Email) {
		return nil
	}
	return w.messenger.AskWho(ctx, inv, *s, w.Candidates(inv.Inviter))
}

// noted forgets what was tried of a step that is done with.
func (w *worker) noted(inv Invitation, s step, entry Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attempts.forget(inv.ID, s)
	if entry.Kind == KindFinished {
		delete(w.attempts, inv.ID)
		delete(w.pace.updated, inv.ID)
	}
}

// try does one step, once as far as that can be known, and returns the entry that says
// what came of it; none when it is to be tried again, or when others will see to it.
func (w *worker) try(ctx context.Context, log *slog.Logger, inv Invitation, s step) Entry {
	about := inv.members(s.group)
	if found := inv.invitee(s.invitee); found != nil {
		about = []Invitee{*found}
	}
	if entry := w.skipped(s, about); entry.Kind != "" {
		return entry
	}
	if s.kind == stepRemind && len(about) > 0 {
		if outcome, ready := w.beforeReminder(ctx, log, inv, s, about[0]); !ready {
			return outcome
		}
	}
	if s.kind == stepDeliver && len(about) > 0 {
		if outcome := w.beforeDelivery(inv, s, about[0]); outcome.Kind != "" {
			return outcome
		}
	}
	if found := inv.stranger(MemberID(s.invitee)); s.kind == stepAskWho && found != nil {
		about = []Invitee{found.Identity()}
	}
	effect := effectOf[s.kind]
	begun := inv.begunAt(s)
	doubtful := !begun.IsZero() && !w.certainlyNotDone(inv.ID, s)
	if doubtful {
		card, err := w.find(ctx, inv, effect, about, begun)
		switch {
		case err == nil:
			log.InfoContext(ctx, "this was done before, and is found", "effect", effect)
			return outcomeOf(effect, card)
		case errors.Is(err, NotThere):
			if landed := w.landed(inv.ID, s); time.Now().Before(landed) { // it may still come
				w.again(inv.ID, s, time.Until(landed))
				return Entry{}
			}
			doubtful = false
		case isPassing(ctx, err) && w.count(inv.ID, s) < tries:
			w.again(inv.ID, s, max(retryAfter(err), retryFirst))
			return Entry{}
		}
	}
	if heldUp := inv.ready().Before(w.started) || s.kind == stepFetchLink || w.untried(inv.ID, s); heldUp && (inv.unposted() || s.kind == stepAsk) && time.Since(inv.ready()) > patience {
		w.auditRefusal(ctx, inv, Refusal{Reason: TooLate}, nil)
		return Entry{Kind: KindRefused, Refusal: &Refusal{Reason: TooLate}}
	}
	switch {
	case doubtful:
		log.WarnContext(ctx, "whether this was done before cannot be found out; it is done again", "effect", effect)
		w.opts.Repeated(effect)
	case effect != "" && begun.IsZero():
		if w.ledger.note(Entry{
			Kind: KindBegun, At: time.Now(), Invitation: inv.ID, Invitee: s.invitee, Invitees: splitGroup(s.group), Effect: effect,
		}) != nil {
			s.group = "" // nothing was begun: the next try may name others
			pause := begunPause
			if s.kind == stepRemind { // nobody waits for it
				pause = retryLast
			}
			w.again(inv.ID, s, pause)
			return Entry{}
		}
	}
	if s.kind == stepFetchLink {
		w.fetchLink(inv)
		return Entry{}
	}
	entry, err := w.do(ctx, inv, s, about)
	if err != nil {
		w.doubt(inv.ID, s, unsure(err))
		return w.settle(ctx, log, inv, s, err)
	}
	w.posted(ctx, inv, s)
	return entry
}

// find looks for an effect that was begun. What only one person sees, and what the portal
// does, leaves no trace that the bot could read.
func (w *worker) find(ctx context.Context, inv Invitation, effect Effect, about []Invitee, since time.Time) (Card, error) {
	if effect == EffectWelcome || effect == EffectRefusal {
		return Card{}, CannotTell
	}
	return w.messenger.Find(ctx, inv, effect, about, since)
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

// skipped returns the outcome of a step that is not to be done at all.
func (w *worker) skipped(s step, about []Invitee) Entry {
	switch {
	case s.kind == stepWelcome && (!w.opts.Welcome || w.welcomeDenied()):
		return Entry{Kind: KindWelcomed, Outcome: Skipped}
	case s.kind == stepGreet && (!w.opts.Greet || len(about) == 0 || about[0].ChatUser == ""):
		return Entry{Kind: KindGreeted, Outcome: Skipped}
	}
	return Entry{}
}

// welcomeDenied tells whether the portal forbade the welcome lately.
func (w *worker) welcomeDenied() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	denied := w.mem.welcomeDenied
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
		card, err := w.messenger.AskApproval(ctx, inv)
		return Entry{Kind: KindRequested, Card: &card}, err
	case stepLapse:
		w.auditRefusal(ctx, inv, Refusal{Reason: NotDecided}, nil)
		return Entry{Kind: KindRefused, Refusal: &Refusal{Reason: NotDecided}}, nil
	case stepAnswer:
		return Entry{Kind: KindAnswered}, w.messenger.AnswerRequest(ctx, inv)
	case stepPostCard:
		card, err := w.messenger.PostCard(ctx, inv)
		return Entry{Kind: KindPosted, Card: &card, Revision: inv.revision}, err
	case stepTellInviter:
		return Entry{Kind: KindTold}, w.messenger.TellInviter(ctx, inv)
	case stepExpire:
		return Entry{Kind: KindExpired}, nil
	case stepUpdateCard:
		return Entry{Kind: KindShown, Revision: inv.revision}, w.messenger.UpdateCard(ctx, inv)
	case stepIdentify:
		person, err := w.messenger.Identify(ctx, v.ChatUser)
		return Entry{Kind: KindIdentified, Person: &person}, err
	case stepWelcome:
		return Entry{Kind: KindWelcomed, Outcome: Done}, w.portal.Welcome(ctx, v.Member.ID)
	case stepGreet:
		return Entry{Kind: KindGreeted, Outcome: Done}, w.messenger.Greet(ctx, inv, v)
	case stepConfirm:
		return Entry{Kind: KindConfirmed}, w.messenger.Confirm(ctx, inv, about)
	case stepReport:
		return Entry{Kind: KindReported}, w.messenger.Removed(ctx, inv, v)
	case stepAskWho:
		return Entry{Kind: KindAskedWho}, w.askWho(ctx, inv, MemberID(s.invitee))
	case stepDeliver:
		return Entry{Kind: KindDelivered, Outcome: Done}, w.messenger.Deliver(ctx, inv, v)
	case stepRemind:
		return Entry{Kind: KindReminded, Outcome: Done}, w.messenger.Remind(ctx, inv, v)
	case stepEnd:
		return Entry{Kind: KindEnded}, w.messenger.Ended(ctx, inv)
	case stepFinish:
		return Entry{Kind: KindFinished}, nil
	}
	panic("tracker: no way to do " + string(s.kind))
}

// vet asks the chat whether the inviter may, and counts the invitation against the
// inviter's hourly limit when they may.
func (w *worker) vet(ctx context.Context, inv Invitation) (Entry, error) {
	admission, err := w.messenger.Vet(ctx, inv.Request)
	if err != nil {
		return Entry{}, err
	}
	kind := KindAdmitted
	if admission.NeedsApproval {
		kind = KindAsked
	}
	return Entry{Kind: kind, People: admission.People}, w.countIn(inv.Inviter)
}

// countIn counts an admission that is about to be noted. It counts until uncount: two
// commands worked on at once must not both be the last that is let in.
func (w *worker) countIn(inviter ChatUser) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	lately := recent(w.mem.admitted[inviter], now)
	if w.opts.PerHour > 0 && len(lately)+w.admitting[inviter] >= w.opts.PerHour {
		var wait time.Duration
		if len(lately) > 0 {
			wait = lately[0].Add(time.Hour).Sub(now)
		}
		return limited{wait}
	}
	w.admitting[inviter]++
	return nil
}

// uncount ends the counting of an admission. Call it with the mutex held.
func (t *Tracker) uncount(inviter ChatUser) {
	if t.admitting[inviter]--; t.admitting[inviter] <= 0 {
		delete(t.admitting, inviter)
	}
}

// limited says that the inviter's hourly limit is reached, and for how long.
type limited struct{ wait time.Duration }

func (l limited) Error() string             { return string(TooMany) }
func (l limited) Unwrap() error             { return TooMany }
func (l limited) RetryAfter() time.Duration { return l.wait }

// settle decides what a failed step means: an entry that ends it, or none when it is to be
// tried again.
func (w *worker) settle(ctx context.Context, log *slog.Logger, inv Invitation, s step, err error) Entry {
	wait, passing := retryAfter(err), isPassing(ctx, err)
	refusal := refusalOf(err, time.Now())
	count := w.count(inv.ID, s)

	switch s.kind {
	case stepVet, stepAsk, stepPostCard:
		if passing && time.Since(inv.ready()) < patience {
			break
		}
		w.auditRefusal(ctx, inv, refusal, err)
		return Entry{Kind: KindRefused, Refusal: &refusal}
	case stepTellInviter:
		if passing && count < tellingTries {
			break
		}
		log.WarnContext(ctx, "the inviter cannot be told", "inviter", inv.Inviter, "err", err)
		return Entry{Kind: KindTold}
	case stepUpdateCard:
		if errors.Is(err, CardGone) {
			log.WarnContext(ctx, "the card was deleted: the invitation ends with it")
			return Entry{Kind: KindCancelled}
		}
	case stepAnswer:
		if !passing {
			log.WarnContext(ctx, "a request for approval cannot show what became of it", "err", err)
			return Entry{Kind: KindAnswered}
		}
	case stepIdentify:
		if !passing {
			log.InfoContext(ctx, "cannot watch for an invitee", "reason", refusal.Reason)
			return Entry{Kind: KindUnidentified, Refusal: &refusal}
		}
	case stepWelcome:
		switch {
		case errors.Is(err, PortalDenied):
			log.InfoContext(ctx, "the portal does not let the bot send its welcome; not asked again for an hour")
			return Entry{Kind: KindWelcomed, Outcome: Denied}
		case !passing || count >= tries || wait > time.Minute:
			log.WarnContext(ctx, "the portal's welcome failed", "err", err)
			return Entry{Kind: KindWelcomed, Outcome: Failed}
		}
	case stepGreet:
		if !passing || count >= tries {
			log.WarnContext(ctx, "the direct message failed", "err", err)
			return Entry{Kind: KindGreeted, Outcome: Failed}
		}
	case stepAskWho:
		if !passing || count >= tries {
			log.WarnContext(ctx, "the inviter cannot be asked about somebody who joined", "inviter", inv.Inviter, "err", err)
			return Entry{Kind: KindAskedWho}
		}
	case stepDeliver:
		if !passing || count >= tries {
			log.WarnContext(ctx, "the link could not be sent", "err", err)
			return Entry{Kind: KindDelivered, Outcome: Failed}
		}
	case stepRemind:
		if !passing || count >= tries {
			log.WarnContext(ctx, "the reminder failed", "err", err)
			return Entry{Kind: KindReminded, Outcome: Failed}
		}
	}

	switch {
	case errors.Is(err, CannotPost), errors.Is(err, ChannelArchived):
		w.park(ctx, inv, refusal.Reason, err)
		return Entry{}
	case !passing:
		wait = parkedFor
		if count == 1 {
			log.ErrorContext(ctx, "failed; tried again every ten minutes", "err", err)
		}
	default:
		log.WarnContext(ctx, "step failed, will be tried again", "attempt", count, "err", err)
	}
	w.again(inv.ID, s, max(wait, w.pause(inv.ID, s)))
	return Entry{}
}

// isPassing tells whether a failure is worth another try: the outside asked to wait, or did
// not answer.
func isPassing(ctx context.Context, err error) bool {
	return (retryAfter(err) > 0 || errors.Is(err, ChatDown) || errors.Is(err, PortalDown) ||
		errors.Is(err, context.DeadlineExceeded) || isOver(ctx, err)) && !errors.Is(err, TooMany)
}

// backoff returns a pause that doubles with every attempt from first up to last, give or
// take a quarter, so that many that failed together do not come back together.
func backoff(attempt int, first, last time.Duration) time.Duration {
	pause := last
	if shift := attempt - 1; shift < 20 {
		pause = min(last, first<<shift)
	}
	return pause*3/4 + rand.N(pause/2+1)
}
