// Package journaltest has what tests of journals need: what every durable journal must do, as tests that
// each store runs over its own, and PostgreSQL servers with the poolers and wires before them. It owns how
// servers are found and run, and must not know how a journal keeps its entries.
package journaltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC)

// Run tests a journal. open opens an empty one that closes with the test; reopen ends the
// use of one and opens it again, as a new process would.
func Run(t *testing.T, open func(t *testing.T) tracker.Journal, reopen func(t *testing.T, j tracker.Journal) tracker.Journal) {
	t.Run("keeps every field of every kind", func(t *testing.T) {
		j := open(t)
		samples := Samples()
		appendAll(t, j, samples...)
		same(t, replay(t, j, noon), samples)
		same(t, replay(t, reopen(t, j), noon), samples)
	})
	t.Run("keeps the order across invitations", func(t *testing.T) {
		j := open(t)
		var all []invitation.Entry
		for i := range 300 {
			e := entry(fmt.Sprintf("i%d", i%7), invitation.KindShown)
			e.Revision = i
			all = append(all, e)
			switch i % 3 {
			case 0:
				appendAll(t, j, all[len(all)-1])
			case 2:
				appendAll(t, j, all[len(all)-2:]...)
			}
		}
		same(t, replay(t, reopen(t, j), noon), all)
	})
	t.Run("an empty append is nothing", func(t *testing.T) {
		j := open(t)
		appendAll(t, j)
		same(t, replay(t, j, noon), nil)
	})
	t.Run("a large append", func(t *testing.T) {
		j := open(t)
		all := make([]invitation.Entry, 5000)
		for i := range all {
			all[i] = entry("big", invitation.KindClaimed)
			all[i].Person = &invitation.Person{ChatUser: invitation.ChatUser(fmt.Sprintf("U%d", i)), Name: strings.Repeat("é", 100)}
		}
		appendAll(t, j, all...)
		same(t, replay(t, j, noon), all)
	})
	t.Run("what was cancelled is not kept, in whole or in part", func(t *testing.T) {
		j := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := j.Append(ctx, entry("a", invitation.KindClaimed), entry("b", invitation.KindClaimed)); err == nil {
			t.Fatal("an append whose context had ended did not fail")
		}
		same(t, replay(t, reopen(t, j), noon), nil)
	})
	t.Run("replay stops at the first error", func(t *testing.T) {
		j := open(t)
		appendAll(t, j, entry("a", invitation.KindClaimed), entry("b", invitation.KindClaimed))
		stop, seen := errors.New("enough"), 0
		err := j.Replay(t.Context(), noon, func(invitation.Entry) error { seen++; return stop })
		if !errors.Is(err, stop) || seen != 1 {
			t.Errorf("replay went on to %d entries and returned %v", seen, err)
		}
		appendAll(t, j, entry("c", invitation.KindClaimed)) // it is usable afterwards
	})
	t.Run("finished invitations", func(t *testing.T) { finished(t, open, reopen) })
	t.Run("prune beside append", func(t *testing.T) { pruneBeside(t, open(t)) })
}

// finished checks what is told of invitations that have finished, and when they are dropped.
func finished(t *testing.T, open func(t *testing.T) tracker.Journal, reopen func(t *testing.T, j tracker.Journal) tracker.Journal) {
	j := open(t)
	var kept []invitation.Entry
	for day := range 4 {
		id := fmt.Sprintf("day%d", day)
		end := entry(id, invitation.KindFinished)
		end.At = noon.AddDate(0, 0, day)
		story := []invitation.Entry{entry(id, invitation.KindAccepted), end}
		appendAll(t, j, story...)
		if day >= 2 {
			kept = append(kept, story...)
		}
	}
	open1 := entry("open", invitation.KindAccepted)
	vouched := entry("account-m1", invitation.KindVouched) // it never finishes
	appendAll(t, j, open1, vouched)
	kept = append(kept, open1, vouched)

	second := noon.AddDate(0, 0, 2)
	same(t, replay(t, j, second), kept) // the one that finished in that very moment is told
	if n := prune(t, j, noon); n != 0 {
		t.Errorf("pruned %d that finished before the first did", n)
	}
	if n := prune(t, j, second); n != 2 {
		t.Errorf("pruned %d of two that finished before", n)
	}
	same(t, replay(t, j, time.Time{}.AddDate(1, 0, 0)), kept)
	if n := prune(t, j, second); n != 0 {
		t.Errorf("pruned %d again", n)
	}
	j = reopen(t, j)
	same(t, replay(t, j, second), kept)

	// Many at once.
	var many []invitation.Entry
	for i := range 1000 {
		end := entry(fmt.Sprintf("many%d", i), invitation.KindFinished)
		end.At = noon
		many = append(many, end)
	}
	appendAll(t, j, many...)
	if n := prune(t, j, second); n != len(many) {
		t.Errorf("pruned %d of %d", n, len(many))
	}
	same(t, replay(t, j, noon), kept)
}

// pruneBeside prunes while entries arrive.
func pruneBeside(t *testing.T, j tracker.Journal) {
	done := make(chan error, 1)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if _, err := j.Prune(t.Context(), noon.Add(time.Hour)); err != nil {
				done <- err
				return
			}
		}
	}()
	var kept []invitation.Entry
	for i := range 100 {
		e := entry(fmt.Sprintf("open%d", i), invitation.KindAccepted)
		appendAll(t, j, e, entry(fmt.Sprintf("over%d", i), invitation.KindFinished))
		kept = append(kept, e)
	}
	close(stop)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	prune(t, j, noon.Add(time.Hour))
	same(t, replay(t, j, noon), kept)
}

// entry has no more than its kind cannot do without.
func entry(id string, kind invitation.Kind) invitation.Entry {
	e := invitation.Entry{Kind: kind, At: noon, Invitation: invitation.ID(id)}
	switch kind {
	case invitation.KindAccepted:
		e.Request = &invitation.Request{Inviter: "U0ANN"}
	case invitation.KindClaimed:
		e.Person = &invitation.Person{ChatUser: "U0BOB"}
	case invitation.KindVouched:
		e.Person, e.Member = &invitation.Person{ChatUser: "U0BOB"}, &invitation.Member{ID: "m1", Email: "bob@home.test"}
	}
	return e
}

// Samples returns one entry of each kind, with all its fields set, and with text of every sort.
func Samples() []invitation.Entry {
	odd := "Zoë \"O'Brien\" <b>&amp; 名前 \u2028 \x00 \\ 👩‍🚀 %s"
	person := invitation.Person{ChatUser: "U0BOB", Email: "Bob+x@acme.test", Name: odd}
	request := invitation.Request{
		Keys: []string{"envelope 1", "trigger 2"}, Role: invitation.Guest, Inviter: "U0ANN", Channel: "C0GENERAL",
		People: []invitation.Person{person}, Groups: []invitation.ChatGroup{"S0LEADS"}, Note: odd, ReplyTo: "https://hooks.example/x",
		Room: invitation.Room{Title: odd},
	}
	member := invitation.Member{
		ID: "m-1", Email: "bob@acme.test", Name: odd, Role: invitation.User, Standing: invitation.Enabled, Registered: noon.Add(time.Second),
	}
	base := invitation.Entry{At: noon, Invitation: "sample", Invitee: "U0BOB"}
	var samples []invitation.Entry
	add := func(kind invitation.Kind, fill func(*invitation.Entry)) {
		e := base
		e.Kind = kind
		fill(&e)
		samples = append(samples, e)
	}
	add(invitation.KindAccepted, func(e *invitation.Entry) { e.Request, e.Expires = &request, noon.Add(168*time.Hour) })
	add(invitation.KindAdmitted, func(e *invitation.Entry) { e.People = []invitation.Person{person, {Email: "c@acme.test"}} })
	room := invitation.Room{ID: "42", Title: odd, URL: "https://acme.example/rooms/shared/42", Right: invitation.EditRight, Owner: odd}
	add(invitation.KindAdmitted, func(e *invitation.Entry) { e.People, e.Room = []invitation.Person{person}, &room })
	add(invitation.KindLinked, func(e *invitation.Entry) { e.Link = "https://acme.example/s/abc?x=1&y=2" })
	add(invitation.KindBegun, func(e *invitation.Entry) { e.Effect = invitation.EffectCard })
	add(invitation.KindPosted, func(e *invitation.Entry) {
		e.Card = &invitation.Card{Channel: "C0GENERAL", Message: "1790000000.000100"}
	})
	add(invitation.KindRefused, func(e *invitation.Entry) {
		e.Refusal = &invitation.Refusal{Reason: invitation.TooMany, About: odd, Again: noon.Add(time.Hour)}
	})
	add(invitation.KindRefused, func(e *invitation.Entry) {
		e.Refusal = &invitation.Refusal{Reason: invitation.RoomAmbiguous, About: odd, Rooms: []invitation.Room{room, {ID: "43"}}}
	})
	add(invitation.KindShared, func(e *invitation.Entry) {
		e.Invitee, e.Invitees, e.Outcome, e.Refusal = "", []string{"U0BOB", "U0DAN"}, invitation.Failed, &invitation.Refusal{Reason: invitation.RoomArchived}
	})
	add(invitation.KindNotShared, func(e *invitation.Entry) { e.Outcome = invitation.Done })
	add(invitation.KindEmailed, func(e *invitation.Entry) {
		e.Invitee, e.Invitees, e.Outcome, e.Refusal = "", []string{"U0BOB"}, invitation.Failed, &invitation.Refusal{Reason: invitation.EmailsUsedUp}
	})
	add(invitation.KindResend, func(e *invitation.Entry) { e.By = "U0ANN" })
	add(invitation.KindResent, func(e *invitation.Entry) { e.Invitees, e.Outcome = []string{"U0BOB"}, invitation.Doubted })
	add(invitation.KindDelivered, func(e *invitation.Entry) {
		e.Card, e.Outcome, e.Revision = &invitation.Card{Channel: "D0BOB", Message: "1790000000.000200"}, invitation.Done, 3
	})
	add(invitation.KindRevoked, func(e *invitation.Entry) { e.By = "U0ZOE" })
	add(invitation.KindNotLinked, func(e *invitation.Entry) { e.Outcome = invitation.Done })
	add(invitation.KindUsualRoom, func(e *invitation.Entry) {
		e.Card, e.Room, e.By = &invitation.Card{Channel: "C0GENERAL"}, &room, "U0ANN"
	})
	add(invitation.KindClaimed, func(e *invitation.Entry) { e.Person = &person })
	add(invitation.KindSeen, func(e *invitation.Entry) { e.Member, e.Already = &member, true })
	add(invitation.KindVouched, func(e *invitation.Entry) { e.Person, e.Member, e.By = &person, &member, "U0ANN" })
	add(invitation.KindWelcomed, func(e *invitation.Entry) { e.Outcome = invitation.Denied })
	add(invitation.KindShown, func(e *invitation.Entry) { e.Revision = 7 })
	return samples
}

// Pending returns the entries of the n-th of many invitations, on a card that so many people
// have pressed Join on.
func Pending(n, people int) []invitation.Entry {
	id := invitation.ID(fmt.Sprintf("pending%06d", n))
	accepted := time.Now().Add(-time.Duration(n+1) * time.Minute)
	channel := invitation.Channel(fmt.Sprintf("C0GENERAL%02d", n%20))
	all := []invitation.Entry{
		{Kind: invitation.KindAccepted, Request: &invitation.Request{
			Keys: []string{fmt.Sprintf("envelope %d", n)}, Role: invitation.Guest, Inviter: "U0ANNARCHER", Channel: channel,
			Note: "for the archive room", ReplyTo: "https://hooks.slack.example/commands/T0001/1234567890/abcdefghijklmnopqrstuvwx",
		}, Expires: accepted.Add(7 * 24 * time.Hour)},
		{Kind: invitation.KindAdmitted},
		{Kind: invitation.KindLinked, Link: "https://acme.onlyoffice.example/s/abcdefghijklmno"},
		{Kind: invitation.KindPosted, Card: &invitation.Card{Channel: channel, Message: fmt.Sprintf("1790000000.%06d", n)}},
	}
	for i := range people {
		user := invitation.ChatUser(fmt.Sprintf("U0%09d", n*people+i))
		person := invitation.Person{ChatUser: user, Email: fmt.Sprintf("person.%d.%d@acme.example", n, i), Name: "Some Body"}
		all = append(all, invitation.Entry{Kind: invitation.KindClaimed, Person: &invitation.Person{ChatUser: user}},
			invitation.Entry{Kind: invitation.KindIdentified, Invitee: string(user), Person: &person})
	}
	for i := range all {
		all[i].At, all[i].Invitation = accepted, id
	}
	return append(all, invitation.Entry{
		Kind: invitation.KindShown, At: accepted, Invitation: id, Revision: 3*people + 1,
	})
}

func appendAll(t *testing.T, j tracker.Journal, entries ...invitation.Entry) {
	t.Helper()
	if err := j.Append(t.Context(), entries...); err != nil {
		t.Fatalf("append: %v", err)
	}
}

func prune(t *testing.T, j tracker.Journal, before time.Time) int {
	t.Helper()
	n, err := j.Prune(t.Context(), before)
	if err != nil {
		t.Fatalf("prune: %v", err)
	}
	return n
}

func replay(t *testing.T, j tracker.Journal, since time.Time) []invitation.Entry {
	t.Helper()
	var all []invitation.Entry
	if err := j.Replay(t.Context(), since, func(e invitation.Entry) error { all = append(all, e); return nil }); err != nil {
		t.Fatalf("replay: %v", err)
	}
	return all
}

// same compares entries by their JSON, which has all their fields.
func same(t *testing.T, got, want []invitation.Entry) {
	t.Helper()
	text := func(e invitation.Entry) string {
		encoded, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded)
	}
	if !slices.EqualFunc(got, want, func(a, b invitation.Entry) bool { return text(a) == text(b) && a.At.Equal(b.At) }) {
		t.Fatalf("replayed %d entries instead of %d, or others:\n got %.2000v\nwant %.2000v", len(got), len(want), got, want)
	}
}
