package tracker

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// moves are the arrows of doc.go's second picture, and the way back of the removed.
var moves = map[State][]State{
	Awaited:       {Registered, Active, Welcomed, AlreadyMember, Removed, Missed, Withdrawn},
	Registered:    {Active, Welcomed, Removed, Missed, Withdrawn},
	Active:        {Welcomed, Confirmed},
	AlreadyMember: {Confirmed},
	Welcomed:      {Confirmed},
	Removed:       {Awaited, Registered, Active, Welcomed, AlreadyMember},
	Missed:        {Awaited, Registered},
}

// stageMoves are the arrows of doc.go's first picture.
var stageMoves = map[Stage][]Stage{
	Accepted: {Asked, Admitted, Refused},
	Asked:    {Accepted, Refused},
	Admitted: {Linked, Refused},
	Linked:   {Posted, Refused},
	Posted:   {Expired, Cancelled},
	Expired:  {Cancelled, Posted},
}

// TestWorkAndSweepsMoveAsDrawn carries random invitations through random sights, claims and
// work, and checks every move against the pictures.
func TestWorkAndSweepsMoveAsDrawn(t *testing.T) {
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 1))
		m := newMemory()
		request := Request{Keys: []string{"k"}, Role: Guest, Inviter: "UANN", Channel: "C1", People: []Person{
			{ChatUser: "UBOB", Email: "bob@acme.test"}, {Email: "carol@acme.test"},
		}}
		m.apply(Entry{Kind: KindAccepted, At: noon, Invitation: "i", Request: &request, Expires: noon.Add(time.Hour)})
		now := noon
		for range 60 {
			now = now.Add(time.Duration(random.IntN(240)) * time.Second)
			inv := m.invitations["i"]
			before := inv.clone()
			e := randomEntry(random, inv, now)
			m.apply(e)
			checkMove(t, seed, e, before, *inv)
			if t.Failed() {
				return
			}
		}
	}
}

// randomEntry is what the work does next, or something from outside.
func randomEntry(random *rand.Rand, inv *Invitation, now time.Time) Entry {
	e := Entry{At: now, Invitation: inv.ID}
	if owed := inv.owed(now); len(owed) > 0 && random.IntN(2) == 0 {
		s := owed[random.IntN(len(owed))]
		e.Invitee = s.invitee
		switch s.kind {
		case stepVet:
			e.Kind, e.People = KindAdmitted, inv.People
			if random.IntN(3) == 0 && !inv.Approval.Approved {
				e.Kind = KindAsked
			}
		case stepFetchLink:
			e.Kind, e.Link = KindLinked, "https://acme.test/s/1"
		case stepPostCard:
			e.Kind, e.Card, e.Revision = KindPosted, &Card{"C1", "1.1"}, inv.revision
		case stepExpire:
			e.Kind = KindExpired
		case stepUpdateCard:
			e.Kind, e.Revision = KindShown, inv.revision
		case stepIdentify:
			e.Kind, e.Person = KindIdentified, &Person{ChatUser: "UDAN", Email: "dan@acme.test"}
		case stepWelcome:
			e.Kind, e.Outcome = KindWelcomed, Done
		case stepGreet:
			e.Kind, e.Outcome = KindGreeted, Done
		case stepConfirm:
			e.Kind, e.Invitees = KindConfirmed, splitGroup(cmp.Or(s.group, inv.nextGroup()))
		case stepReport:
			e.Kind = KindReported
		case stepEnd:
			e.Kind = KindEnded
		case stepTellInviter:
			e.Kind = KindTold
		case stepHandOver:
			e.Kind, e.Outcome = KindHandedOver, Done
		case stepAnnounce:
			e.Kind = KindAnnounced
		case stepAsk:
			e.Kind, e.Card = KindRequested, &Card{"CAPPROVE", "1.2"}
		case stepAnswer:
			e.Kind = KindAnswered
		case stepExpireAsked:
			e.Kind, e.Refusal = KindRefused, &Refusal{Reason: NotDecided}
		case stepFinish: // the memory would forget it: the story has been told
			e.Kind, e.Revision = KindShown, 0
		}
		return e
	}
	if random.IntN(8) == 0 { // somebody presses a button, on whatever card they still see
		e.By = "UANN"
		switch random.IntN(6) {
		case 4:
			e.Kind, e.Refusal = KindWithheld, &Refusal{Reason: ChannelShared}
		case 5:
			e.Kind, e.Expires = []Kind{KindApproved, KindDenied}[random.IntN(2)], now.Add(time.Hour)
		case 0:
			e.Kind, e.Link, e.Expires = KindExtended, "https://acme.test/s/2", now.Add(time.Hour)
		case 1:
			e.Kind = KindClosed
		case 2:
			e.Kind = KindReopened
		default:
			if random.IntN(4) == 0 {
				e.Kind = KindCancelled
				return e
			}
			e.Kind = KindClosed
		}
		return e
	}
	if inv.Stage != Posted || len(inv.Invitees) == 0 {
		e.Kind, e.Revision = KindShown, 0
		return e
	}
	v := inv.Invitees[random.IntN(len(inv.Invitees))]
	e.Invitee = v.ID
	switch random.IntN(12) {
	case 0:
		e.Kind = KindCancelled
	case 1, 2:
		e.Kind, e.Person = KindClaimed, &Person{ChatUser: []ChatUser{"UBOB", "UDAN"}[random.IntN(2)]}
	case 3:
		e.Kind = []Kind{KindLost, KindOpened}[random.IntN(2)]
	default:
		standing := []Standing{Invited, Unconfirmed, Enabled, Disabled}[random.IntN(4)]
		e.Kind, e.Already = KindSeen, standing == Enabled && v.State == Awaited && random.IntN(2) == 0
		e.Member = &Member{ID: MemberID("m-" + v.ID), Email: v.Email, Standing: standing}
		e.First = random.IntN(2) == 0
	}
	return e
}

func checkMove(t *testing.T, seed uint64, e Entry, before, after Invitation) {
	t.Helper()
	if before.Stage != after.Stage && !slices.Contains(stageMoves[before.Stage], after.Stage) {
		t.Errorf("seed %d: %s moved the invitation from %s to %s", seed, e.Kind, before.Stage, after.Stage)
	}
	for _, was := range before.Invitees {
		is := after.invitee(was.ID)
		if is == nil {
			continue
		}
		if after.Withheld.Reason != "" && slices.ContainsFunc(after.owedLinks(true), func(step) bool { return true }) {
			t.Errorf("seed %d: a link is owed that is withheld", seed)
		}
		if was.State != is.State && !slices.Contains(moves[was.State], is.State) {
			t.Errorf("seed %d: %s moved an invitee from %s to %s", seed, e.Kind, was.State, is.State)
		}
		if was.Joined() != is.Joined() && after.revision == before.revision {
			t.Errorf("seed %d: %s changed who has joined, and the card is not to be updated", seed, e.Kind)
		}
	}
}

// TestApplyIsRepeatable: a journal that tells an entry twice tells the same story.
func TestApplyIsRepeatable(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 2))
		once, twice := newMemory(), newMemory()
		request := Request{Keys: []string{"k"}, Role: User, People: []Person{{Email: "bob@acme.test"}}}
		now := noon
		e := Entry{Kind: KindAccepted, At: now, Invitation: "i", Request: &request, Expires: now.Add(time.Hour)}
		for range 30 {
			once.apply(e)
			twice.apply(e)
			if e.Kind != KindClaimed { // which starts anew, on purpose
				twice.apply(e)
			}
			now = now.Add(time.Minute)
			e = randomEntry(random, once.invitations["i"], now)
		}
		a, b := once.invitations["i"], twice.invitations["i"]
		if a.Stage != b.Stage || fmt.Sprint(a.Invitees) != fmt.Sprint(b.Invitees) {
			t.Fatalf("seed %d: told twice, the story ends as\n%v %v\ninstead of\n%v %v", seed, b.Stage, b.Invitees, a.Stage, a.Invitees)
		}
	}
}

func TestOnlyOneInvitationWelcomesAPerson(t *testing.T) {
	book := &notebook{}
	tracker := New(book, nil, nil, Options{})
	note := func(entries ...Entry) {
		t.Helper()
		if err := tracker.ledger.note(entries...); err != nil {
			t.Fatal(err)
		}
	}
	bob := inviteeID(Person{Email: "bob@acme.test"})
	sight := func(id ID) Entry {
		return Entry{Kind: KindSeen, At: noon, Invitation: id, Invitee: bob, Member: &Member{ID: "m1", Standing: Enabled}}
	}
	for _, id := range []ID{"first", "second", "third"} {
		request := Request{Keys: []string{string(id)}, Role: Guest, People: []Person{{Email: "bob@acme.test"}}}
		note(Entry{Kind: KindAccepted, At: noon, Invitation: id, Request: &request, Expires: noon.Add(time.Hour)},
			Entry{Kind: KindAdmitted, At: noon, Invitation: id, People: request.People},
			Entry{Kind: KindLinked, At: noon, Invitation: id, Link: "https://acme.test/s/1"},
			Entry{Kind: KindPosted, At: noon, Invitation: id, Card: &Card{"C1", string(id)}})
	}
	for _, sights := range [][]Entry{{sight("second"), sight("first")}, {sight("third")}} {
		if err := tracker.noteSights(t.Context(), sights); err != nil {
			t.Fatal(err)
		}
	}
	check := func(mem *memory, id ID, want stepKind) {
		t.Helper()
		if got := mem.invitations[id].Invitees[0].owed(); got != want {
			t.Errorf("the %s invitation owes Bob %q, want %q", id, got, want)
		}
		if confirms := slices.ContainsFunc(mem.invitations[id].owed(noon), func(s step) bool { return s.kind == stepConfirm }); confirms != (want == "") {
			t.Errorf("the %s invitation confirms: %v", id, confirms)
		}
	}
	check(tracker.mem, "second", stepWelcome)
	check(tracker.mem, "first", "")
	check(tracker.mem, "third", "")

	// What a restart replays may lack the invitation that welcomed him.
	again := newMemory()
	for _, e := range book.entries {
		if e.Invitation != "second" {
			again.apply(e)
		}
	}
	check(again, "first", "")
	check(again, "third", "")
}

func TestWhoWasActiveBefore(t *testing.T) {
	since := noon.Add(300 * time.Millisecond)
	for name, tt := range map[string]struct {
		seen   MemberID
		member Member
		want   bool
	}{
		"registered a day earlier":                   {"", Member{ID: "m", Standing: Enabled, Registered: noon.Add(-24 * time.Hour)}, true},
		"registered a second earlier":                {"", Member{ID: "m", Standing: Enabled, Registered: noon.Add(-time.Second)}, true},
		"registered later":                           {"", Member{ID: "m", Standing: Enabled, Registered: noon.Add(time.Minute)}, false},
		"registered in the second of the invitation": {"", Member{ID: "m", Standing: Enabled, Registered: noon}, false},
		"no date":         {"", Member{ID: "m", Standing: Enabled}, true},
		"seen on the way": {"m", Member{ID: "m", Standing: Enabled, Registered: noon.Add(-24 * time.Hour)}, false},
		"not active":      {"", Member{ID: "m", Standing: Unconfirmed, Registered: noon.Add(-24 * time.Hour)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := Invitee{Since: since, State: Awaited, Member: Member{ID: tt.seen}}
			if got := v.wasActiveBefore(tt.member); got != tt.want {
				t.Errorf("wasActiveBefore = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestClaimAndNamedByEmailBecomeOne(t *testing.T) {
	inv := Invitation{ID: "i", Stage: Posted}
	inv.add(Person{Email: "Bob@Acme.test"}, noon, false)
	inv.claim(Person{ChatUser: "UBOB"}, noon)
	if owed := inv.Invitees[1].owed(); owed != stepIdentify {
		t.Fatalf("a claim owes %q, want %q", owed, stepIdentify)
	}
	inv.identify("UBOB", Person{ChatUser: "UBOB", Email: "bob@acme.test", Name: "Bob Baker"}, noon)
	if len(inv.Invitees) != 1 || inv.Invitees[0].ChatUser != "UBOB" || inv.Invitees[0].Claimed {
		t.Errorf("named and claimed are %+v, want one invitee, named, with the Slack user", inv.Invitees)
	}
}

func TestQueueWorksOnAnInvitationOnceAtATime(t *testing.T) {
	q := newQueue()
	q.add("a", "UANN")
	q.add("a", "UANN")
	if id, ok := q.take(noon); !ok || id != "a" {
		t.Fatalf("take = %q, %v", id, ok)
	}
	if id, ok := q.take(noon); ok {
		t.Fatalf("take gave %q while it is worked on", id)
	}
	q.add("a", "UANN") // something new while it is worked on
	if _, ok := q.take(noon); ok {
		t.Fatal("take gave an invitation that is worked on")
	}
	q.release("a")
	if id, ok := q.take(noon); !ok || id != "a" {
		t.Fatal("what came while it was worked on was forgotten")
	}
	q.release("a")
	if _, ok := q.take(noon); ok {
		t.Fatal("nothing is left to do")
	}

	q.addAt("b", "UANN", noon.Add(2*time.Minute))
	q.addAt("b", "UANN", noon.Add(time.Minute))
	q.addAt("b", "UANN", noon.Add(time.Hour))
	if at, _ := q.next(); !at.Equal(noon.Add(time.Minute)) {
		t.Errorf("due at %v, want the earliest", at)
	}
	if id, ok := q.take(noon.Add(time.Minute)); !ok || id != "b" {
		t.Error("b was due")
	}
	q.release("b")
	if id, ok := q.take(noon.Add(3 * time.Minute)); ok {
		t.Errorf("%q came twice for one appointment", id)
	}
}

func TestInvitersTakeTurns(t *testing.T) {
	q := newQueue()
	for i := range 5 {
		q.add(ID(fmt.Sprintf("ann%d", i)), "UANN")
	}
	q.add("bob0", "UBOB")
	q.add("carol0", "UCAROL")
	q.add("bob1", "UBOB")
	var order []ID
	for {
		id, ok := q.take(noon)
		if !ok {
			break
		}
		order = append(order, id)
		q.release(id)
	}
	if want := []ID{"ann0", "bob0", "carol0", "ann1", "bob1", "ann2", "ann3", "ann4"}; !slices.Equal(order, want) {
		t.Errorf("worked on in the order %v, want %v", order, want)
	}
}

// TestCardFoundDeletedAfterTheEnd: the last update of a card that is gone is not tried for ever.
func TestCardFoundDeletedAfterTheEnd(t *testing.T) {
	inv := &Invitation{ID: "i", Stage: Posted, Expires: noon}
	inv.add(Person{Email: "bob@acme.test"}, noon, false)
	inv.apply(Entry{Kind: KindExpired, At: noon, Invitation: "i"})
	inv.apply(Entry{Kind: KindCancelled, At: noon, Invitation: "i"})
	if owed := inv.owed(noon); len(owed) != 1 || owed[0].kind != stepFinish {
		t.Errorf("still owed: %v", owed)
	}
	if state := inv.Invitees[0].State; state != Missed {
		t.Errorf("Bob is %s, want what he was when it ended", state)
	}
}

func TestRemovedAndNamedByMailJoinsAgain(t *testing.T) {
	inv := &Invitation{ID: "i", Stage: Posted}
	inv.add(Person{Email: "bob@acme.test"}, noon, false)
	inv.Invitees[0].State = Removed
	inv.claim(Person{ChatUser: "UBOB"}, noon)
	inv.identify("UBOB", Person{ChatUser: "UBOB", Email: "Bob@acme.test"}, noon.Add(time.Hour))
	if len(inv.Invitees) != 1 || inv.Invitees[0].State != Awaited || !inv.Invitees[0].Since.Equal(noon.Add(time.Hour)) {
		t.Errorf("he is %+v, want awaited again", inv.Invitees)
	}
}
