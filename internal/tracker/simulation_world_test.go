package tracker_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// stamp is how the simulation writes a time.
const stamp = "Jan 02 15:04:05.000"

// world is everything outside the bot, and what it saw of the bot.
type world struct {
	plan      *plan
	began     time.Time
	talkative bool

	mu       sync.Mutex
	portal   portalModel
	chat     chatModel
	book     book
	bot      *bot // the latest incarnation
	bots     []*bot
	ends     int // incarnations that ended
	crashes  int // those that calls ended
	lifted   bool
	calls    map[string]int
	paces    map[string][]time.Duration // when the latest calls of each name came
	repeats  map[invitation.Effect]int
	accepted map[string][]invitation.ID // what Accept returned, by key
	claims   []claim
	mutes    []mute
	revoking int // revocations that are not done with
	events   []string

	failing  sync.Mutex
	failures []string
	about    string // the key of the first failure
}

// claim is a click on Join that was answered.
type claim struct {
	key string
	who person
	at  time.Time
}

func newWorld(p *plan, talkative bool) *world {
	return &world{
		plan: p, began: time.Now(), talkative: talkative, book: newBook(),
		portal: portalModel{asked: map[invitation.MemberID]int{}},
		chat:   chatModel{unfound: map[identity]int{}, untold: map[string]int{}, answered: map[string]int{}},
		calls:  map[string]int{}, paces: map[string][]time.Duration{}, repeats: map[invitation.Effect]int{}, accepted: map[string][]invitation.ID{},
	}
}

// clock is how long the world is old.
func (w *world) clock() time.Duration { return time.Since(w.began) }

// history takes down what happened. Call it with the mutex held.
func (w *world) history(format string, args ...any) {
	w.events = append(w.events, time.Now().Format(stamp)+" "+fmt.Sprintf(format, args...))
}

// fail takes down what must not be. The key names the order concerned, if any.
func (w *world) fail(key, format string, args ...any) {
	w.failing.Lock()
	defer w.failing.Unlock()
	if len(w.failures) == 0 {
		w.about = key
	}
	if key != "" {
		key += ": "
	}
	w.failures = append(w.failures, time.Now().Format(stamp)+" "+key+fmt.Sprintf(format, args...))
}

// live lets the plan happen, lifts all faults, and waits until nothing can be owed any more.
func (w *world) live(*testing.T) {
	defer w.stop()
	w.start()
	for i, a := range w.plan.acts {
		time.Sleep(a.at - w.clock())
		w.mu.Lock()
		w.history("%s", a.what)
		w.mu.Unlock()
		go a.do(w)
		if i%3 == 0 {
			w.compare()
		}
	}
	time.Sleep(w.plan.length - w.clock())
	w.lift()
	time.Sleep(enough)
	w.compare()
	w.checkOpen()
	w.checkRevoked()
	time.Sleep(2*ttl + 3*day) // those who cannot be told anything are waited for seven days more
	w.compare()
	w.checkAll()
}

// lift ends all faults that are to end, and starts the bot if it is down.
func (w *world) lift() {
	w.mu.Lock()
	w.lifted = true
	w.history("all faults are lifted")
	down := w.bot.isDead()
	w.mu.Unlock()
	if down {
		w.start()
	}
}

// stop ends the last incarnation. None may leave a goroutine behind, or take for ever.
func (w *world) stop() {
	w.mu.Lock()
	w.bot.cancel()
	bots := w.bots
	w.mu.Unlock()
	for _, b := range bots {
		select {
		case <-b.ended:
		case <-time.After(minute):
			w.fail("", "Run does not return")
			return
		}
	}
}

// compare holds the memory of the bot against what its journal tells. It does so only at
// moments when nothing is on its way between the two.
func (w *world) compare() {
	quiet := func() (*bot, bool) {
		synctest.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.bot, !w.book.writing && !w.bot.isDead()
	}
	b, ok := quiet()
	if !ok {
		return
	}
	fresh := tracker.New(readOnly{w}, nil, nil, w.plan.opts)
	if err := fresh.Recover(b.ctx); err != nil {
		w.fail("", "the journal cannot be read: %v", err)
	}
	live, told := tracker.Remembered(b.tracker), tracker.Remembered(fresh)
	for what, words := range live {
		if told[what] != words {
			words, other := wherePart(words, told[what])
			w.fail("", "%s: the memory says\n\t%s\nand the journal\n\t%s", what, words, other)
		}
		delete(told, what)
	}
	for what, words := range told {
		w.fail("", "%s: the memory says nothing, and the journal\n\t%s", what, words)
	}
}

// wherePart cuts off what two texts have in common.
func wherePart(a, b string) (string, string) {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	same = max(0, same-60)
	return "…" + a[same:min(len(a), same+400)], "…" + b[same:min(len(b), same+400)]
}

// kill is a kill at a planned time.
func (w *world) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bot.end("killed")
}

// restart stops the bot in good order, and starts it again.
func (w *world) restart() {
	w.mu.Lock()
	b := w.bot
	b.cancel()
	w.mu.Unlock()
	select {
	case <-b.ended:
	case <-b.dead:
	case <-time.After(minute):
		w.fail("", "Run does not return")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	b.end("stopped")
}

// living returns the bot if it is there to be spoken to.
func (w *world) living() *bot {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bot.isDead() || w.bot.ctx.Err() != nil {
		return nil
	}
	return w.bot
}

// deliver hands a command to the bot.
func (w *world) deliver(o order) {
	b := w.living()
	if b == nil {
		return
	}
	id, err := b.tracker.Accept(b.ctx, o.request)
	w.mu.Lock()
	defer w.mu.Unlock()
	if b.isDead() {
		return // the answer never got out
	}
	w.history("Accept %s = %s, %v", o.key, id, err)
	if err != nil {
		return
	}
	if ids := w.accepted[o.key]; len(ids) > 0 && ids[0] != id {
		w.fail(o.key, "two deliveries led to %s and %s", ids[0], id)
	}
	w.accepted[o.key] = append(w.accepted[o.key], id)
}

// claim presses Join on a card, and once more later if that did not work.
func (w *world) claim(key string, who person) {
	for range 3 {
		if w.press(key, who) {
			return
		}
		time.Sleep(10 * minute)
	}
}

func (w *world) press(key string, who person) bool {
	b := w.living()
	w.mu.Lock()
	card := w.chat.card(key)
	w.mu.Unlock()
	if b == nil || card == nil {
		return false
	}
	_, err := b.tracker.Claim(b.ctx, card.invitation, who.user)
	w.mu.Lock()
	defer w.mu.Unlock()
	if b.isDead() {
		return false
	}
	w.history("Claim %s %s = %v", key, who.user, err)
	if err == nil {
		w.claims = append(w.claims, claim{key, who, time.Now()})
	}
	return err == nil
}

func (w *world) deleteCard(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if card := w.chat.card(key); card != nil {
		card.deleted = true
	}
}

// cardDeleted reports whether someone deleted the invitation's card. Call it with the mutex held.
func (w *world) cardDeleted(inv invitation.Invitation) bool {
	return slices.ContainsFunc(w.chat.said, func(m *message) bool {
		return m.deleted && cardOf(m) == inv.Card
	})
}

// personOf is what the chat tells of someone.
func (w *world) personOf(user invitation.ChatUser) invitation.Person {
	for _, who := range w.plan.people {
		if who.user == user && !who.unknown {
			if who.newEmail != "" && w.clock() >= who.moves {
				who.email = who.newEmail
			}
			return invitation.Person{ChatUser: user, Email: who.email, Name: string(user)}
		}
	}
	return invitation.Person{ChatUser: user}
}

// report tells what went wrong, and what is known of it; empty when nothing did.
func (w *world) report() string {
	w.failing.Lock()
	defer w.failing.Unlock()
	if len(w.failures) == 0 {
		return ""
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	text := fmt.Sprintf("seed %d: %d failures; %s\n%s\n", w.plan.seed, len(w.failures), replayHint(w.plan.seed),
		strings.Join(w.failures[:min(3, len(w.failures))], "\n"))
	text += fmt.Sprintf("\nthe plan: %d people, %d commands, faults x%g, %d crashes, %v long, %+v\n",
		len(w.plan.people), len(w.plan.orders), w.plan.rough, w.crashes, w.plan.length, w.plan.windows)
	text += "\nwhat was said"
	for _, m := range w.chat.said {
		if w.about == "" || m.key == w.about {
			text += "\n" + m.String()
		}
	}
	text += "\n\nthe journal's last entries\n" + strings.Join(last(40, w.linesAbout(w.about)), "\n")
	events := w.events
	if !w.talkative {
		events = last(60, events)
	}
	return text + "\n\nwhat happened\n" + strings.Join(events, "\n")
}

func (w *world) linesAbout(key string) (lines []string) {
	for _, l := range w.book.told {
		if key == "" || w.book.keys[l.invitation] == key {
			lines = append(lines, string(l.text))
		}
	}
	return lines
}

func last[T any](n int, of []T) []T { return of[max(0, len(of)-n):] }
