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
	Removed:       {Awaited},
}

// stageMoves are the arrows of doc.go's first picture.
var stageMoves = map[Stage][]Stage{
	Accepted: {Admitted, Refused},
	Admitted: {Linked, Refused},
	Linked:   {Posted, Refused},
	Posted:   {Expired, Cancelled},
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
		case stepFetchLink:
			e.Kind, e.Link = KindLinked, "https://acme.test/s/1"
		case stepPostCard:
			e.Kind, e.Card = KindPosted, &Card{"C1", "1.1"}
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
		case stepFinish: // the memory would forget it: the story has been told
			e.Kind, e.Revision = KindShown, 0
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
		e.Kind = KindLost
	default:
		standing := []Standing{Invited, Unconfirmed, Enabled, Disabled}[random.IntN(4)]
		e.Kind, e.Already = KindSeen, standing == Enabled && v.State == Awaited && random.IntN(2) == 0
		e.Member = &Member{ID: MemberID("m-" + v.ID), Email: v.Email, Standing: standing}
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
			if e.Kind != KindClaimed && e.Kind != KindAdmitted { // these count, or start anew, on purpose
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
	m := newMemory()
	for _, id := range []ID{"first", "second"} {
		request := Request{Keys: []string{string(id)}, Role: Guest, People: []Person{{Email: "bob@acme.test"}}}
		m.apply(Entry{Kind: KindAccepted, At: noon, Invitation: id, Request: &request, Expires: noon.Add(time.Hour)})
		m.apply(Entry{Kind: KindAdmitted, At: noon, Invitation: id, People: request.People})
		m.apply(Entry{Kind: KindPosted, At: noon, Invitation: id, Card: &Card{"C1", string(id)}})
	}
	bob := inviteeID(Person{Email: "bob@acme.test"})
	for _, id := range []ID{"second", "first"} {
		m.apply(Entry{Kind: KindSeen, At: noon, Invitation: id, Invitee: bob, Member: &Member{ID: "m1", Standing: Enabled}})
	}
	if got := m.invitations["second"].Invitees[0].owed(); got != stepWelcome {
		t.Errorf("the invitation that saw Bob first owes %q, want the welcome", got)
	}
	if got := m.invitations["first"].owed(noon); len(got) != 2 || got[1].kind != stepConfirm {
		t.Errorf("the other invitation owes %v, want only its card's update and the confirmation", got)
	}
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
	inv.identify("UBOB", Person{ChatUser: "UBOB", Email: "bob@acme.test", Name: "Bob Baker"})
	if len(inv.Invitees) != 1 || inv.Invitees[0].ChatUser != "UBOB" || inv.Invitees[0].Claimed {
		t.Errorf("named and claimed are %+v, want one invitee, named, with the Slack user", inv.Invitees)
	}
}

func TestQueueWorksOnAnInvitationOnceAtATime(t *testing.T) {
	q := newQueue()
	q.add("a")
	q.add("a")
	if id, ok := q.take(noon); !ok || id != "a" {
		t.Fatalf("take = %q, %v", id, ok)
	}
	if id, ok := q.take(noon); ok {
		t.Fatalf("take gave %q while it is worked on", id)
	}
	q.add("a") // something new while it is worked on
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

	q.addAt("b", noon.Add(2*time.Minute))
	q.addAt("b", noon.Add(time.Minute))
	q.addAt("b", noon.Add(time.Hour))
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
