package invitation

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestWorkAndSweepsMoveAsDrawn carries random invitations through random looks at the portal, claims and
// work, and checks every move against the pictures.
func TestWorkAndSweepsMoveAsDrawn(t *testing.T) {
	drawn := drawing(t)
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 1))
		inv := &Invitation{}
		request := Request{Keys: []string{"k"}, Role: Guest, Inviter: "UANN", Channel: "C1", People: []Person{
			{ChatUser: "UBOB", Email: "bob@acme.test"}, {Email: "carol@acme.test"},
		}}
		if seed%2 == 0 {
			request.Room = Room{ID: "r", Right: EditRight}
		}
		inv.Apply(Entry{Kind: KindAccepted, At: noon, Invitation: "i", Request: &request, Expires: noon.Add(time.Hour)})
		now := noon
		for range 60 {
			now = now.Add(time.Duration(random.IntN(240)) * time.Second)
			before := inv.Clone()
			e := randomEntry(random, inv, now)
			inv.Apply(e)
			checkMove(t, drawn, seed, e, before, *inv)
			if t.Failed() {
				return
			}
		}
	}
}

// randomEntry is what the work does next, or something from outside.
func randomEntry(random *rand.Rand, inv *Invitation, now time.Time) Entry {
	e := Entry{At: now, Invitation: inv.ID}
	if owed := inv.Owed(now, Policy{Email: true}); len(owed) > 0 && random.IntN(2) == 0 {
		s := owed[random.IntN(len(owed))]
		e.Invitee = s.Invitee
		switch s.Kind {
		case StepVet:
			e.Kind, e.People = KindAdmitted, inv.People
			if random.IntN(3) == 0 && !inv.Approval.Approved {
				e.Kind = KindAsked
			}
		case StepFetchLink:
			e.Kind, e.Link, e.Revision = KindLinked, "https://acme.test/s/1", inv.Revision
			if inv.Stage == Posted && random.IntN(3) == 0 {
				e.Link, e.Refusal = "", &Refusal{Reason: SeatLimit}
			}
		case StepPostCard:
			e.Kind, e.Card, e.Revision = KindPosted, &Card{"C1", "1.1"}, inv.Revision
		case StepExpire:
			e.Kind = KindExpired
		case StepUpdateCard:
			e.Kind, e.Revision = KindShown, inv.Revision
		case StepIdentify:
			e.Kind, e.Person = KindIdentified, &Person{ChatUser: "UDAN", Email: "dan@acme.test"}
		case StepWelcome:
			e.Kind, e.Outcome = KindWelcomed, Done
		case StepGreet:
			e.Kind, e.Outcome = KindGreeted, Done
		case StepConfirm:
			e.Kind, e.Invitees = KindConfirmed, splitGroup(cmp.Or(s.Group, inv.NextGroup(StepConfirm)))
		case StepReport:
			e.Kind = KindReported
		case StepEnd:
			e.Kind = KindEnded
		case StepTellInviter:
			e.Kind = KindTold
		case StepHandOver:
			e.Kind, e.Outcome = KindHandedOver, Done
		case StepShare:
			e.Kind, e.Invitees, e.Outcome = KindShared, splitGroup(inv.NextGroup(StepShare)), Done
			if random.IntN(3) == 0 {
				e.Outcome, e.Refusal = Failed, &Refusal{Reason: RoomArchived}
			}
		case StepNotLinked:
			e.Kind = KindNotLinked
		case StepNotShared:
			e.Kind = KindNotShared
		case StepEmail:
			e.Kind, e.Invitees, e.Outcome = KindEmailed, splitGroup(inv.NextGroup(StepEmail)), []Outcome{Done, Failed, Skipped}[random.IntN(3)]
		case StepResend:
			e.Kind, e.Invitees = KindResent, splitGroup(cmp.Or(s.Group, inv.NextGroup(StepResend)))
		case StepEndingSoon:
			e.Kind = KindEndingSoon
		case StepTakeBack:
			e.Kind = KindTakenBack
		case StepAnnounce:
			e.Kind = KindAnnounced
		case StepAsk:
			e.Kind, e.Card = KindRequested, &Card{"CAPPROVE", "1.2"}
		case StepAnswer:
			e.Kind = KindAnswered
		case StepExpireAsked:
			e.Kind, e.Refusal = KindRefused, &Refusal{Reason: NotDecided}
		case StepFinish: // the memory would forget it: the story has been told
			e.Kind, e.Revision = KindShown, 0
		}
		return e
	}
	if random.IntN(8) == 0 { // someone presses a button, on whatever card they still see
		e.By = "UANN"
		switch random.IntN(8) {
		case 6:
			e = inv.Revoke("UANN")
			e.At, e.Invitation = now, inv.ID
		case 7:
			e.Kind = KindResend
		case 4:
			e.Kind, e.Refusal = KindWithheld, &Refusal{Reason: ChannelShared}
		case 5:
			e.Kind, e.Expires = []Kind{KindApproved, KindDenied}[random.IntN(2)], now.Add(time.Hour)
		case 0:
			e.Kind, e.Link, e.Expires, e.Revision = KindExtended, "https://acme.test/s/2", now.Add(time.Hour), inv.Revision
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

func checkMove(t *testing.T, drawn map[move]bool, seed uint64, e Entry, before, after Invitation) {
	t.Helper()
	if before.Stage != after.Stage && !drawn[move{string(before.Stage), string(e.Kind), string(after.Stage)}] {
		t.Errorf("seed %d: %s moved the invitation from %s to %s", seed, e.Kind, before.Stage, after.Stage)
	}
	for _, was := range before.Invitees {
		is := after.Invitee(was.ID)
		if is == nil {
			continue
		}
		if (after.Withheld.Reason != "" || after.Link == "") && (len(after.owedLinks(true)) > 0 || after.owesHandOver(false)) {
			t.Errorf("seed %d: a link is owed that is withheld, or that there is not", seed)
		}
		if was.State != is.State && !drawn[move{string(was.State), string(e.Kind), string(is.State)}] {
			t.Errorf("seed %d: %s moved an invitee from %s to %s", seed, e.Kind, was.State, is.State)
		}
		if was.Joined() != is.Joined() && after.Revision == before.Revision {
			t.Errorf("seed %d: %s changed who has joined, and the card is not to be updated", seed, e.Kind)
		}
	}
}

// TestApplyIsRepeatable: a journal that tells an entry twice tells the same story.
func TestApplyIsRepeatable(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 2))
		a, b := &Invitation{}, &Invitation{} // told once and twice
		request := Request{Keys: []string{"k"}, Role: User, People: []Person{{Email: "bob@acme.test"}}}
		now := noon
		e := Entry{Kind: KindAccepted, At: now, Invitation: "i", Request: &request, Expires: now.Add(time.Hour)}
		for range 30 {
			a.Apply(e)
			b.Apply(e)
			if e.Kind != KindClaimed { // which starts again, on purpose
				b.Apply(e)
			}
			now = now.Add(time.Minute)
			e = randomEntry(random, a, now)
		}
		if a.Stage != b.Stage || fmt.Sprint(a.Invitees) != fmt.Sprint(b.Invitees) {
			t.Fatalf("seed %d: told twice, the story ends as\n%v %v\ninstead of\n%v %v", seed, b.Stage, b.Invitees, a.Stage, a.Invitees)
		}
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
	if owed := inv.Invitees[1].owed(false); owed != StepIdentify {
		t.Fatalf("a claim owes %q, want %q", owed, StepIdentify)
	}
	inv.identify("UBOB", Person{ChatUser: "UBOB", Email: "bob@acme.test", Name: "Bob Baker"}, noon)
	if len(inv.Invitees) != 1 || inv.Invitees[0].ChatUser != "UBOB" || inv.Invitees[0].Claimed {
		t.Errorf("named and claimed are %+v, want one invitee, named, with the Slack user", inv.Invitees)
	}
}

func TestDeletedCardIsNotUpdatedForever(t *testing.T) {
	inv := &Invitation{ID: "i", Stage: Posted, Expires: noon}
	inv.add(Person{Email: "bob@acme.test"}, noon, false)
	inv.Apply(Entry{Kind: KindExpired, At: noon, Invitation: "i"})
	inv.Apply(Entry{Kind: KindCancelled, At: noon, Invitation: "i"})
	if owed := inv.Owed(noon, Policy{}); len(owed) != 1 || owed[0].Kind != StepFinish {
		t.Errorf("still owed: %v", owed)
	}
	if state := inv.Invitees[0].State; state != Missed {
		t.Errorf("Bob is %s, want what he was when it ended", state)
	}
}

func TestRemovedPersonNamedByEmailJoinsAgain(t *testing.T) {
	inv := &Invitation{ID: "i", Stage: Posted}
	inv.add(Person{Email: "bob@acme.test"}, noon, false)
	inv.Invitees[0].State = Removed
	inv.claim(Person{ChatUser: "UBOB"}, noon)
	inv.identify("UBOB", Person{ChatUser: "UBOB", Email: "Bob@acme.test"}, noon.Add(time.Hour))
	if len(inv.Invitees) != 1 || inv.Invitees[0].State != Awaited || !inv.Invitees[0].Since.Equal(noon.Add(time.Hour)) {
		t.Errorf("he is %+v, want awaited again", inv.Invitees)
	}
}

// TestAnotherUserIsAnotherPerson although the address was theirs once.
func TestAnotherUserIsAnotherPerson(t *testing.T) {
	inv := &Invitation{ID: "i", Stage: Posted}
	inv.add(Person{ChatUser: "UBOB", Email: "desk@acme.test"}, noon, false)
	inv.add(Person{ChatUser: "UCAROL"}, noon, false)
	inv.identify("UCAROL", Person{ChatUser: "UCAROL", Email: "desk@acme.test"}, noon)
	if len(inv.Invitees) != 2 || inv.Invitees[0].ChatUser != "UBOB" {
		t.Errorf("the list is %+v, want both", inv.Invitees)
	}
}

func TestEffectIsSettledForItsOwnInvitee(t *testing.T) {
	inv := &Invitation{}
	begin := func(at time.Time, effect Effect, invitee string) {
		inv.Apply(Entry{Kind: KindBegun, At: at, Effect: effect, Invitee: invitee})
	}
	begin(noon, EffectGreeting, "UBOB")
	begin(noon, EffectGreeting, "UCAROL")
	begin(noon, EffectRemoval, "UBOB")
	begin(noon.Add(time.Hour), EffectGreeting, "UBOB")
	if at := inv.BegunAt(Step{Kind: StepGreet, Invitee: "UBOB"}); !at.Equal(noon) {
		t.Errorf("begun at %v, want the first time", at)
	}
	inv.Apply(Entry{Kind: KindGreeted, Invitee: "UBOB"})
	if !inv.BegunAt(Step{Kind: StepGreet, Invitee: "UBOB"}).IsZero() {
		t.Error("an effect that took place counts as begun")
	}
	if inv.BegunAt(Step{Kind: StepGreet, Invitee: "UCAROL"}).IsZero() || inv.BegunAt(Step{Kind: StepReport, Invitee: "UBOB"}).IsZero() {
		t.Error("one effect took place as another")
	}
}
