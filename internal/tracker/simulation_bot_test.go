package tracker_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// bot is one incarnation of the bot, from its start to its end.
type bot struct {
	world   *world
	tracker *tracker.Tracker
	ctx     context.Context
	cancel  context.CancelFunc
	dead    chan struct{} // closed at the instant of the end
	ended   chan struct{} // closed when Run has returned
	born    time.Duration
	died    time.Duration                    // zero while it lives
	parked  map[invitation.Channel]time.Time // when it was last told that nothing can be posted there
	alarmed map[invitation.Channel]bool      // whether the operator was told that
}

var errDead = errors.New("this process is no more")

func (b *bot) isDead() bool {
	select {
	case <-b.dead:
		return true
	default:
		return false
	}
}

// travel lets a message take its time on the way. The end of the bot ends the waiting.
func (b *bot) travel(ctx context.Context, d time.Duration) error {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-b.dead:
		}
	}
	if b.isDead() {
		return errDead
	}
	return ctx.Err()
}

// call carries out one call of the bot: it takes its time, and may fail in every way that
// calls fail. do is what happens outside; it runs with the world's mutex held.
func (b *bot) call(ctx context.Context, op, about string, do func() error) error {
	w := b.world
	fate := w.fateOf(op, about)
	down := &invitation.Failure{Reason: invitation.ChatDown, Unsure: true}
	if callsPortal[op] {
		down.Reason = invitation.PortalDown
	}
	if err := b.travel(ctx, fate.there); err != nil {
		down.Err = err
		return down
	}
	if fate.end == diesBefore {
		b.crash()
		return errDead
	}
	var err error
	switch fate.end {
	case limited:
		down.Unsure, down.RetryAfter = false, fate.wait
		return down
	case refused:
		down.Unsure = false
		return down
	case lostThere:
	default:
		w.mu.Lock()
		if b.isDead() {
			w.mu.Unlock()
			return errDead
		}
		err = do()
		w.mu.Unlock()
	}
	if fate.end == diesAfter {
		b.crash()
		return errDead
	}
	if gone := b.travel(ctx, fate.back); gone != nil {
		down.Err = gone
		return down
	}
	if fate.end == lostBack || fate.end == lostThere {
		return down
	}
	return err
}

var callsPortal = map[string]bool{"link": true, "newcomers": true, "look": true, "member": true, "welcome": true, "rights": true, "share": true, "email": true, "resend": true, "revoke": true}

// ending is how a call ends.
type ending int

const (
	answered   ending = iota
	limited           // the outside asks to wait
	refused           // nothing was done, and that is certain
	lostThere         // no answer, and nothing was done
	lostBack          // no answer, but it was done
	diesBefore        // the bot is killed before it is done
	diesAfter         // the bot is killed after it is done
)

// fate is what is decided of one call.
type fate struct {
	there, back, wait time.Duration
	end               ending
}

// odds are how often calls of a sort end badly, in percent, on a bad day.
type odds struct{ limited, refused, lostThere, lostBack, diesBefore, diesAfter float64 }

var (
	effectOdds = odds{4, 4, 2, 5, 3, 5}
	readOdds   = odds{4, 3, 2, 2, 1, 1}
	pollOdds   = odds{0.5, 1, 0.5, 0.5, 0.05, 0.05}
	appendOdds = odds{0, 2, 0, 0, 1, 2}
)

func oddsOf(op string) odds {
	switch op {
	case "newcomers", "look", "member":
		return pollOdds
	case "append":
		return appendOdds
	case "vet", "identify", "update", "link", "at work", "answer", "rights", "may share":
		return readOdds
	}
	if len(op) > 5 && op[:5] == "find " {
		return readOdds
	}
	return effectOdds
}

// fateOf decides how a call ends, by the seed, the call's name and how often it came.
func (w *world) fateOf(op, about string) fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := op + " " + about
	w.calls[name]++
	w.checkPace(op, name)
	if w.lifted {
		return fate{}
	}
	r := dice(w.plan.seed, fmt.Sprint(name, w.calls[name]))
	var f fate
	if chance(r, 0.3) {
		f.there, f.back = between(r, time.Millisecond, 3*time.Second), between(r, time.Millisecond, 3*time.Second)
	}
	if op == "append" { // a disk is quicker
		f.there, f.back = f.there/100, f.back/100
	}
	f.end = w.draw(r, oddsOf(op))
	f.wait = between(r, time.Second, 2*time.Minute)
	if f.end == diesBefore || f.end == diesAfter {
		if w.crashes >= w.plan.crashes {
			f.end = answered
		}
	}
	return f
}

func (w *world) draw(r *rand.Rand, o odds) ending {
	n := r.Float64() * 100
	for i, p := range []float64{o.limited, o.refused, o.lostThere, o.lostBack, o.diesBefore, o.diesAfter} {
		if n -= p * w.plan.rough; n < 0 {
			return limited + ending(i)
		}
	}
	return answered
}

// crash kills the bot: from now on nothing that it does has any effect.
func (b *bot) crash() {
	b.world.mu.Lock()
	defer b.world.mu.Unlock()
	if !b.isDead() {
		b.world.crashes++
	}
	b.end("crash")
}

// end ends the bot at this instant, and lets another one start some time later. Call it with
// the world's mutex held.
func (b *bot) end(how string) {
	if b.isDead() {
		return
	}
	w := b.world
	w.ends++
	r := dice(w.plan.seed, fmt.Sprint("down", w.ends))
	pause := pick(r, between(r, time.Millisecond, time.Minute), between(r, time.Second, hour), between(r, minute, day))
	if w.lifted {
		pause = 0
	}
	close(b.dead)
	b.died = max(1, w.clock())
	b.cancel()
	w.history("%s; the next start is in %v", how, pause)
	time.AfterFunc(pause, w.start)
}

// start starts a new incarnation.
func (w *world) start() {
	w.mu.Lock()
	if w.bot != nil && !w.bot.isDead() { // the last fault was lifted meanwhile
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	b := &bot{
		world: w, ctx: ctx, cancel: cancel, dead: make(chan struct{}), ended: make(chan struct{}),
		born: w.clock(), parked: map[invitation.Channel]time.Time{},
		alarmed: map[invitation.Channel]bool{},
	}
	opts := w.plan.opts
	opts.Log = slog.New(&logbook{bot: b})
	b.tracker = tracker.New(journal{b}, portal{b}, chat{b}, opts)
	if err := b.tracker.Recover(ctx); err != nil {
		w.fail("", "the start failed: %v", err)
	}
	w.mu.Lock()
	w.bots = append(w.bots, b)
	w.bot = b
	w.history("start")
	w.mu.Unlock()
	go func() {
		defer close(b.ended)
		if err := b.tracker.Run(ctx); err != nil {
			w.fail("", "Run: %v", err)
		}
	}()
}

// checkPace checks that no one is asked the same thing over and over. The mutex is held.
func (w *world) checkPace(op, name string) {
	const most = 120 // in an hour
	if op == "append" {
		return
	}
	now := w.clock()
	w.paces[name] = append(w.paces[name], now)
	if n := len(w.paces[name]); n > most {
		if w.paces[name] = w.paces[name][n-most:]; now-w.paces[name][0] < hour {
			w.fail("", "%s: %d times within %v", name, most, now-w.paces[name][0])
			w.paces[name] = nil
		}
	}
}

// probing checks that a channel which cannot be posted to is left alone for ten minutes.
func (b *bot) probing(channel invitation.Channel, post func() error) error {
	const under, pause = 20 * time.Second, 10 * time.Minute
	w := b.world
	w.mu.Lock()
	if since, parked := b.parked[channel]; parked && !b.isDead() {
		if waited := time.Since(since); waited > under && waited < pause {
			w.fail("", "the parked channel %s was tried again after %v", channel, waited)
		} else if waited > under && !b.alarmed[channel] {
			w.fail("", "nobody was told that %s cannot be posted to", channel)
		}
	}
	w.history("posts in %s", channel)
	w.mu.Unlock()
	err := post()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history("posted in %s: %v", channel, err)
	if reason := invitation.FailureOf(err).Reason; reason == invitation.CannotPost || reason == invitation.ChannelArchived {
		b.parked[channel] = time.Now()
	} else if err == nil {
		delete(b.parked, channel)
	}
	return err
}

// logbook takes down what a bot logs, when someone is to read it.
type logbook struct {
	slog.Handler
	bot   *bot
	attrs string
}

func (l *logbook) Enabled(_ context.Context, level slog.Level) bool {
	return l.bot.world.talkative || level >= slog.LevelInfo
}

func (l *logbook) WithAttrs(attrs []slog.Attr) slog.Handler {
	text := l.attrs
	for _, a := range attrs {
		text += " " + a.String()
	}
	return &logbook{bot: l.bot, attrs: text}
}

func (l *logbook) Handle(_ context.Context, r slog.Record) error {
	text := cmp.Or(r.Message, "?") + l.attrs
	channel, effect := invitation.Channel(""), invitation.Effect("")
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		switch a.Key {
		case "channel":
			channel = invitation.Channel(a.Value.String())
		case "effect":
			effect = invitation.Effect(a.Value.String())
		}
		return true
	})
	l.bot.world.mu.Lock()
	defer l.bot.world.mu.Unlock()
	if l.bot.isDead() {
		return nil
	}
	if l.bot.world.talkative {
		l.bot.world.history("%v %s", r.Level, text)
	}
	if strings.Contains(r.Message, "it is done again") {
		l.bot.world.repeats[effect]++
	}
	l.bot.hear(r.Level, channel, strings.Contains(text, "invitation="))
	return nil
}

// hear checks that the operator is told once when a channel begins to fail, and once when it
// works again. Call it with the world's mutex held.
func (b *bot) hear(level slog.Level, channel invitation.Channel, ofInvitation bool) {
	switch {
	case channel == "":
	case level == slog.LevelError && b.alarmed[channel]:
		b.world.fail("", "the operator heard twice that %s cannot be posted to", channel)
	case level == slog.LevelError:
		b.alarmed[channel] = true
	case level == slog.LevelInfo && !ofInvitation:
		if !b.alarmed[channel] {
			b.world.fail("", "the operator heard that %s works again, and not that it did not", channel)
		}
		b.alarmed[channel] = false
	}
}
