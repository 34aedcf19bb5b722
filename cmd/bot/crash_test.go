package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

var kills = flag.Int("kills", 15, "how often each of the crash tests kills the bot")

// TestCrashLosesNothing kills the bot with SIGKILL, again and again, while people use it: nothing that
// was promised is lost. Where the bot may read what it said, nothing is said twice; where it may not,
// no more than kills fell between an act and the note of it. A room is given once, and one email invites.
func TestCrashLosesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		history bool
		slow    time.Duration // what Slack takes over a message: it may arrive in the next bot's life
	}{
		"with history":                 {true, 0},
		"without history":              {false, 0},
		"with history, and slack slow": {true, 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab := newCrashLab(t, tt.history, tt.slow)
			lab.run(*kills, time.Minute+time.Duration(*kills)*time.Second) // a channel takes one message a second
			lost, doubled := lab.judge()
			t.Logf("%d kills, %d commands typed; begun and not ended at a kill: %v; done twice: %v", *kills, len(lab.attempts), lab.unsure, doubled)
			if len(lost) > 0 {
				t.Errorf("lost: %q\nlog:\n%s", lost, lab.log)
			}
			for effect, times := range doubled {
				allowed := lab.unsure[effect]
				if tt.history && effect != "welcome" { // a portal cannot be asked whether it sent one
					allowed = 0
				}
				if times > allowed {
					t.Errorf("%d times a %s was done again, no more than %d may be\nlog:\n%s", times, effect, allowed, lab.log)
				}
			}
		})
	}
}

// TestCrashLosesMemory shows that the test above notices a bot that forgets.
func TestCrashLosesMemory(t *testing.T) {
	t.Parallel()
	lab := newCrashLab(t, true, 0)
	lab.env = append(lab.env, "STATE=memory")
	lab.state = ""
	lab.run(10, 3*time.Second)
	lost, _ := lab.judge()
	if !slices.ContainsFunc(lost, func(what string) bool {
		return strings.HasPrefix(what, "the card") || strings.HasPrefix(what, "the confirmation")
	}) {
		t.Errorf("a bot that keeps its state in memory lost nothing\nlog:\n%s", lab.log)
	}
}

// TestDamageAfterAKillIsNoticed kills the bot while it writes, and changes one byte of what is left: everything
// is there, or the file is refused with what to do, by bot check as well.
func TestDamageAfterAKillIsNoticed(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	p.start()
	for range 40 {
		p.slack.Type(p.ann, p.general, "/docspace-invite")
	}
	p.await("entries", func() bool { info, err := os.Stat(p.state); return err == nil && info.Size() > 30<<10 })
	p.stop(os.Kill)
	files := map[string][]byte{}
	for _, suffix := range []string{"", "-journal"} {
		files[suffix], _ = os.ReadFile(p.state + suffix)
	}
	try := func(suffix string, at int) (checked, exported int, says, entries string) {
		env := map[string]string{"STATE": filepath.Join(t.TempDir(), "state.db")}
		for name, content := range files {
			if name == suffix && at >= 0 {
				content = slices.Clone(content)
				content[at] ^= 1
			}
			if err := os.WriteFile(env["STATE"]+name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := journal.InspectSQLite(t.Context(), env["STATE"]); err != nil {
			checked = exitFailed
		}
		var stdout, stderr strings.Builder
		exported = bot(t.Context(), []string{"state", "export"}, env, &stdout, &stderr)
		return checked, exported, stderr.String(), stdout.String()
	}
	_, _, says, want := try("", -1)
	if want == "" {
		t.Fatal("nothing was kept: " + says)
	}
	refused := 0
	for suffix, content := range files {
		for at := 0; at < len(content); at += 1 + len(content)/60 {
			checked, exported, says, got := try(suffix, at)
			switch {
			case checked != exported:
				t.Errorf("byte %d of state.db%s: bot check ends with %d, the export with %d: %s", at, suffix, checked, exported, says)
			case exported != exitDone:
				refused++
				contains(t, "the refusal", says, "nothing was changed")
			case got != want:
				t.Errorf("byte %d of state.db%s: what is read is not what was kept", at, suffix)
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
}

// crashLab is a bot that is killed, and people who use it.
type crashLab struct {
	*process
	test   *testing.T
	random *rand.Rand
	slow   bool
	guests []*crashGuest
	killed atomic.Int64
	unsure map[string]int // by effect, what was begun and not ended when the bot was killed

	mu       sync.Mutex
	attempts []*crashAttempt
}

// crashGuest is a person who is invited, joins and confirms.
type crashGuest struct {
	user, handle, email, name string
	manner                    int      // 0: named by mention, 1: by address, 2: presses Join, 3: not on Slack, invited by the portal's email
	room                      int      // of their own, that they are invited to; 0 for none
	when                      [3]int64 // after how many kills they are invited, join and confirm
}

// crashAttempt is one command that was typed.
type crashAttempt struct {
	token    string // in its note, and in no other
	guest    *crashGuest
	delivery *slacksim.Delivery
	pressed  bool
}

func newCrashLab(t *testing.T, history bool, slow time.Duration) *crashLab {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	lab := &crashLab{process: newProcess(t), test: t, random: rand.New(rand.NewPCG(1, 2)), slow: slow > 0, unsure: map[string]int{}}
	lab.env = append(lab.env, "INVITES_PER_HOUR=0", "DOCSPACE_WELCOME_KEY=1.crash", "ROOMS=anyone", "LOG_LEVEL=info")
	lab.portal.WelcomeKeyWorks(true)
	scopes := slices.Clone(slackapi.Scopes)
	if history {
		scopes = append(scopes, slackapi.OptionalScopes...)
	}
	lab.slack.SetScopes(scopes...)
	lab.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Delay: slow})
	lab.slack.Fault(slacksim.Fault{Delay: 2 * time.Millisecond})
	lab.portal.Fault(docspacesim.Fault{Delay: 2 * time.Millisecond})
	return lab
}

// run lets people act while the bot is killed so many times, and settle for as long as patience allows.
func (l *crashLab) run(times int, patience time.Duration) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Duration(times)*10*time.Second+patience)
	var people sync.WaitGroup
	defer func() { cancel(); people.Wait() }()
	members := []string{l.ann, l.slack.BotUser()}
	for i := range 15 + times/20 {
		g := &crashGuest{handle: fmt.Sprintf("pia%04d", i), email: fmt.Sprintf("pia%04d@acme.test", i), name: fmt.Sprintf("Nr%04d", i), manner: i % 4}
		if g.manner < 3 {
			g.user = l.slack.AddUser(slacksim.User{Name: g.handle, RealName: "Pia", Email: g.email}).ID
			members = append(members, g.user)
		}
		if i/4%2 == 0 {
			g.room = l.portal.AddRoom("Room "+g.name, docspacesim.RoomCustom, "").ID
		}
		for n := range g.when {
			g.when[n] = l.random.Int64N(int64(times))
		}
		slices.Sort(g.when[:])
		l.guests = append(l.guests, g)
	}
	l.general = l.slack.AddChannel(slacksim.Channel{Name: "crash", Members: members}).ID
	for _, g := range l.guests {
		people.Go(func() { l.story(ctx, g) })
	}
	for range times {
		l.slack.Duplicate(l.random.IntN(3) == 0)
		l.slack.Redeliver(l.random.IntN(2) == 0)
		l.launch()
		l.live()
		l.kill()
	}
	l.slack.Duplicate(false)
	l.slack.Redeliver(true)
	l.launch()
	settling, stop := context.WithTimeout(ctx, patience)
	defer stop()
	done := make(chan struct{})
	go func() { people.Wait(); close(done) }()
	select {
	case <-done:
	case <-settling.Done():
	}
	for lost, _ := l.judge(); len(lost) > 0 && settling.Err() == nil; lost, _ = l.judge() {
		pause(settling, 50*time.Millisecond)
	}
	pause(settling, 2*time.Second) // what would be said again is said by then
	l.stop(os.Kill)
}

// live lets the bot live until a moment that no one chose: while it starts, soon or some time after it
// connected, or, half of the times, just when Slack shows something new or the portal is to change something.
func (l *crashLab) live() {
	upTo := func(d time.Duration) time.Duration { return time.Duration(l.random.Int64N(int64(d))) }
	aim := l.random.IntN(12)
	if aim == 0 {
		time.Sleep(upTo(60 * time.Millisecond))
		return
	}
	l.await("a connection", func() bool { return l.slack.Connections() > 0 })
	switch {
	case aim < 4:
		time.Sleep(upTo(80 * time.Millisecond))
	case aim < 6:
		time.Sleep(80*time.Millisecond + upTo(300*time.Millisecond))
	case aim < 9:
		ctx, cancel := context.WithTimeout(l.t.Context(), 400*time.Millisecond)
		defer cancel()
		before := l.writes()
		if l.portal.Await(ctx, func() bool { return l.writes() > before }) == nil {
			time.Sleep(upTo(5 * time.Millisecond))
		}
	default:
		changes, cancel := l.slack.Changes()
		defer cancel()
		select {
		case <-changes:
			time.Sleep(upTo(5 * time.Millisecond))
		case <-time.After(400 * time.Millisecond):
		}
	}
}

// writes counts the requests that change something at the portal.
func (l *crashLab) writes() (n int) {
	for _, call := range l.portal.Calls() {
		if call.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// kill kills the bot, and reads in the state file in the middle of what.
func (l *crashLab) kill() {
	l.t.Helper()
	cmd := l.cmd
	l.stop(os.Kill)
	if code := cmd.ProcessState.ExitCode(); code != -1 {
		l.t.Fatalf("the bot ended by itself, with exit code %d\n%s", code, l.log)
	}
	l.await("the end of the connections", func() bool { return l.slack.Connections() == 0 })
	if !l.slow {
		time.Sleep(20 * time.Millisecond) // until no call of the dead is under way
	}
	l.killed.Add(1)
	if info, err := os.Stat(l.state); err != nil || info.Size() == 0 {
		return
	}
	db, err := sql.Open("sqlite", "file:"+l.state)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(l.t.Context(), begunAndNotEnded)
	if err != nil {
		l.t.Fatalf("the state file after a kill: %v", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var effect string
		if err := rows.Scan(&effect); err != nil {
			l.t.Fatal(err)
		}
		l.unsure[effect]++
	}
	if rows.Err() != nil {
		l.t.Fatal(rows.Err())
	}
}

// begunAndNotEnded selects the effects that may be done again after a kill, of those that judge counts.
const begunAndNotEnded = `
	SELECT b.entry ->> 'effect' FROM story b WHERE b.kind = 'begun' AND NOT EXISTS (
		SELECT 1 FROM story o WHERE o.invitation = b.invitation AND o.seq > b.seq
			AND o.invitee IS b.invitee AND o.entry ->> 'invitees' IS b.entry ->> 'invitees'
			AND o.kind = CASE b.entry ->> 'effect'
				WHEN 'card' THEN 'posted' WHEN 'confirmation' THEN 'confirmed' WHEN 'welcome' THEN 'welcomed' WHEN 'greeting' THEN 'greeted' END)`

// pause waits, and reports whether ctx still goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
	return ctx.Err() == nil
}

// story has a guest invited, join and confirm.
func (l *crashLab) story(ctx context.Context, g *crashGuest) {
	until := func(kills int64) bool {
		for l.killed.Load() < kills && pause(ctx, 5*time.Millisecond) {
			continue
		}
		return ctx.Err() == nil
	}
	if !until(g.when[0]) {
		return
	}
	a := l.invite(ctx, g)
	var card slacksim.Message
	for a != nil {
		if cards := l.cardsOf(a); len(cards) > 0 {
			card = cards[0]
			break
		}
		if !pause(ctx, 10*time.Millisecond) {
			return
		}
	}
	if a == nil || !until(g.when[1]) {
		return
	}
	for g.manner == 2 && ctx.Err() == nil {
		if l.slack.Press(g.user, card.Channel, card.TS, "join").Wait(ctx) == nil {
			l.mu.Lock()
			a.pressed = true
			l.mu.Unlock()
			break
		}
		pause(ctx, 10*time.Millisecond)
	}
	link := linkOf(l.test, card)
	for g.manner == 3 && ctx.Err() == nil {
		if sent := l.invitedByEmail(g); len(sent) > 0 {
			link = sent[0].Link
			break
		}
		pause(ctx, 10*time.Millisecond)
	}
	if _, err := l.portal.Join(link, "Pia", g.name, g.email); err != nil && !errors.Is(err, docspacesim.ErrEmailExists) {
		l.t.Errorf("%s cannot join: %v", g.name, err)
		return
	}
	if until(g.when[2]) {
		if err := l.portal.Activate(g.email); err != nil {
			l.t.Errorf("%s cannot confirm: %v", g.name, err)
		}
	}
}

// invite types a command until it is acknowledged. Where nothing is known of one that was typed, the
// next one has a token of its own.
func (l *crashLab) invite(ctx context.Context, g *crashGuest) *crashAttempt {
	named := []string{"@" + g.handle, g.email, "", g.email}[g.manner]
	if g.room != 0 {
		named += fmt.Sprintf(" in %q", "Room "+g.name)
	} else if g.manner == 3 { // no guest is invited by email but to a room
		named = "user " + named
	}
	for try := 0; ctx.Err() == nil; try++ {
		if l.slack.Await(ctx, func() bool { return l.slack.Connections() > 0 }) != nil {
			break
		}
		a := &crashAttempt{token: fmt.Sprintf("%st%04d.", g.name, try), guest: g}
		a.delivery = l.slack.Type(l.ann, l.general, fmt.Sprintf("/docspace-invite %s %q", named, a.token))
		l.mu.Lock()
		l.attempts = append(l.attempts, a)
		l.mu.Unlock()
		if a.delivery.Wait(ctx) == nil {
			return a
		}
		pause(ctx, 10*time.Millisecond)
	}
	return nil
}

// acknowledged reports whether the bot took the command on. One that is too late for Slack is a promise
// all the same.
func (a *crashAttempt) acknowledged() bool { return len(a.delivery.Acks()) > 0 }

// cardsOf returns the cards of a command.
func (l *crashLab) cardsOf(a *crashAttempt) (cards []slacksim.Message) {
	for _, m := range l.slack.Messages(l.general) {
		if m.ThreadTS == "" && m.User == l.slack.BotUser() && strings.Contains(m.Text, a.token) {
			cards = append(cards, m)
		}
	}
	return cards
}

// invitedByEmail returns the emails by which the portal has invited a guest.
func (l *crashLab) invitedByEmail(g *crashGuest) []docspacesim.Mail {
	return slices.DeleteFunc(l.portal.Mails(), func(m docspacesim.Mail) bool {
		return m.To != g.email || !strings.HasPrefix(m.Subject, "You are invited")
	})
}

// judge holds what the servers show against what people were promised: what is lost, and how often
// something was done again, by effect.
func (l *crashLab) judge() (lost []string, doubled map[string]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	doubled = map[string]int{}
	expect := func(effect, whose string, times int, must bool) {
		if times == 0 && must {
			lost = append(lost, "the "+effect+" of "+whose)
		}
		if times > 1 {
			doubled[effect] += times - 1
		}
	}
	active, emails, known := map[string]bool{}, map[string]int{}, map[*crashGuest]bool{}
	for _, p := range l.portal.People() {
		active[p.Email] = p.Activation&1 != 0
	}
	for _, mail := range l.portal.Mails() {
		if mail.Subject == "Congratulations" {
			emails[mail.To]++
		}
	}
	given := map[string]int{} // how often the portal shared a room, by its path
	for _, call := range l.portal.Calls() {
		if call.Method == http.MethodPut && call.Status == http.StatusOK {
			given[call.Path]++
		}
	}
	for _, a := range l.attempts {
		g, cards := a.guest, l.cardsOf(a)
		expect("card", a.token, len(cards), a.acknowledged())
		awaited := g.manner != 2 && len(cards) > 0 || a.pressed
		known[g] = known[g] || awaited
		confirmations := 0
		for _, card := range cards {
			for _, reply := range l.slack.Thread(card.Channel, card.TS) {
				if strings.Contains(reply.Text, g.name) {
					confirmations++
				}
			}
		}
		expect("confirmation", g.name+" under "+a.token, confirmations, awaited && active[g.email])
	}
	for _, g := range l.guests {
		expect("welcome", g.name, emails[g.email], known[g] && active[g.email])
		expect("greeting", g.name, len(l.slack.DMs(g.user)), known[g] && g.user != "" && g.manner != 1 && active[g.email])
		expect("email", g.name, len(l.invitedByEmail(g)), known[g] && g.manner == 3)
		if g.room != 0 {
			times := given[fmt.Sprintf("/api/2.0/files/rooms/%d/share", g.room)]
			if !slices.ContainsFunc(l.portal.Participants(g.room), func(p docspacesim.Participant) bool { return p.Email == g.email }) {
				times = 0
			}
			expect("room", g.name, times, known[g] && active[g.email])
		}
	}
	for _, g := range l.guests {
		if !active[g.email] {
			lost = append(lost, "the story of "+g.name)
		}
	}
	return lost, doubled
}
