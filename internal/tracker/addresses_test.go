package tracker

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// posted returns the entries of an invitation on its card.
func posted(id ID, people ...Person) []Entry {
	request := Request{Keys: []string{string(id)}, Role: User, Inviter: "UANN", Channel: "C1", People: people}
	return []Entry{
		{Kind: KindAccepted, At: noon, Invitation: id, Request: &request, Expires: noon.Add(time.Hour)},
		{Kind: KindAdmitted, At: noon, Invitation: id, People: people},
		{Kind: KindLinked, At: noon, Invitation: id, Link: "https://acme.test/s/1"},
		{Kind: KindPosted, At: noon, Invitation: id, Card: &Card{"C1", string(id)}},
	}
}

// TestOnePersonUnderSeveralAddresses becomes one invitee, whichever of them is identified first.
func TestOnePersonUnderSeveralAddresses(t *testing.T) {
	mail := inviteeID(Person{Email: "bob@acme.test"})
	byUser := Entry{Kind: KindIdentified, At: noon, Invitation: "i", Invitee: "UBOB", Person: &Person{ChatUser: "UBOB", Email: "robert@acme.test"}}
	byMail := Entry{Kind: KindIdentified, At: noon, Invitation: "i", Invitee: mail, Person: &Person{ChatUser: "UBOB", Email: "Bob@acme.test"}}
	seen := Entry{Kind: KindSeen, At: noon, Invitation: "i", Invitee: mail, Member: &Member{ID: "m", Email: "bob@acme.test", Standing: Unconfirmed}}
	with := func(story []Entry, which Entry) bool {
		return slices.ContainsFunc(story, func(e Entry) bool { return e.Kind == which.Kind && e.Invitee == which.Invitee })
	}
	for name, story := range map[string][]Entry{
		"the user first":           {byUser, byMail},
		"the address first":        {byMail, byUser},
		"with an account":          {seen, byUser, byMail},
		"with an account, by mail": {seen, byMail},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			for _, e := range append(posted("i", Person{Email: "bob@acme.test", Unasked: true}, Person{ChatUser: "UBOB"}), story...) {
				m.apply(e)
			}
			inv := m.invitations["i"]
			if len(inv.Invitees) != 1 || inv.Unidentified() != 0 {
				t.Fatalf("the list is %+v, want one identified invitee", inv.Invitees)
			}
			v := inv.Invitees[0]
			if v.ChatUser != "UBOB" || v.Claimed || (v.Member.ID == "m") != with(story, seen) {
				t.Errorf("he is %+v", v)
			}
			for _, address := range []string{"bob@acme.test", "robert@acme.test"} {
				if !v.has(address) && with(story, byUser) {
					t.Errorf("%s is not his any more", address)
				}
				if refs := m.pending[address]; v.has(address) && !slices.Equal(refs, []ref{{"i", v.ID}}) {
					t.Errorf("%s is watched for %v", address, refs)
				}
			}
			m.apply(Entry{Kind: KindExpired, At: noon.Add(time.Hour), Invitation: "i"})
			if len(m.pending) != 0 {
				t.Errorf("after the end the portal is watched for %v", m.pending)
			}
		})
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

// TestTheAccountThatHasComeFurthestCounts of those under one person's addresses, and they are not taken
// for one another at each sweep.
func TestTheAccountThatHasComeFurthestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &register{}
		tracker, book := watch(t, portal, Options{Poll: 15 * time.Second})
		request := ask("k")
		request.People = []Person{{ChatUser: "UBOB", Email: "bob@acme.test"}}
		id, err := tracker.Accept(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		bob, _ := tracker.Look(id)
		tracker.Readdress(t.Context(), id, bob.Invitees[0], Person{ChatUser: "UBOB", Email: "robert@acme.test"})
		portal.add(Member{ID: "old", Email: "bob@acme.test", Standing: Unconfirmed, Registered: time.Now()})
		time.Sleep(time.Minute)
		portal.add(Member{ID: "new", Email: "Robert@acme.test", Standing: Unconfirmed, Registered: time.Now()})
		time.Sleep(2 * time.Hour)
		now := func() Invitee { inv, _ := tracker.Look(id); return inv.Invitees[0] }
		if v := now(); v.State != Registered || v.Member.ID != "old" {
			t.Errorf("with two that are alike he is %s as %s", v.State, v.Member.ID)
		}
		sights := 0
		for _, e := range book.entries {
			if e.Kind == KindSeen {
				sights++
			}
		}
		if sights != 1 {
			t.Errorf("he was seen %d times", sights)
		}
		portal.change("old", func(m *Member) { m.ID = "" })
		time.Sleep(2 * time.Minute)
		if v := now(); v.State != Registered || v.Member.ID != "new" {
			t.Errorf("with one that is gone he is %s as %s", v.State, v.Member.ID)
		}
		portal.add(Member{ID: "again", Email: "bob@acme.test", Standing: Enabled, Registered: time.Now()})
		time.Sleep(2 * time.Minute)
		if v := now(); !v.Joined() || v.Member.ID != "again" || v.Already {
			t.Errorf("with one that is enabled he is %s as %s", v.State, v.Member.ID)
		}
	})
}

// TestVouchedAccountOutlivesItsInvitation and a restart, and is recognized by anyone who names its owner.
func TestVouchedAccountOutlivesItsInvitation(t *testing.T) {
	vouched := Entry{
		Kind: KindVouched, At: noon, Invitation: "account-m1", By: "UANN",
		Person: &Person{ChatUser: "UCAROL", Email: "carol@acme.test"}, Member: &Member{ID: "m1", Email: "caro@home.test"},
	}
	entries := append(posted("first", Person{ChatUser: "UCAROL", Email: "carol@acme.test"}), vouched, vouched,
		Entry{Kind: KindExpired, At: noon, Invitation: "first"}, Entry{Kind: KindFinished, At: noon, Invitation: "first"})
	for name, person := range map[string]Person{
		"as a user":                     {ChatUser: "UCAROL", Email: "new@acme.test"},
		"by her address":                {Email: "Carol@acme.test"},
		"as a user not yet looked up":   {ChatUser: "UCAROL"},
		"by an address that was a user": {Email: "carol@acme.test", Unasked: true},
	} {
		t.Run(name, func(t *testing.T) {
			live, again := newMemory(), newMemory()
			for _, e := range append(slices.Clone(entries), posted("next", person)...) {
				live.apply(e)
				if e.Invitation != "first" { // which a restart does not tell
					again.apply(e)
				}
			}
			for _, m := range []*memory{live, again} {
				if len(m.pending["caro@home.test"]) != 1 {
					t.Errorf("the account is watched for %v", m.pending)
				}
			}
		})
	}
	m := newMemory()
	for _, e := range append(posted("open", Person{ChatUser: "UCAROL", Email: "carol@acme.test"}, Person{Email: "bob@acme.test"}), vouched) {
		m.apply(e)
	}
	if len(m.pending["caro@home.test"]) != 1 || len(m.fresh) == 0 {
		t.Errorf("an invitation that is open does not watch for the account: %v", m.pending)
	}
}

// TestLookUpNow tells how far each is, without noting it, and asks the portal only so often.
func TestLookUpNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal, book := &register{}, &notebook{}
		tracker := New(book, portal, &silence{}, Options{})
		tracker.apply([]Entry{{
			Kind: KindVouched, At: time.Now(), Invitation: "account-m5",
			Person: &Person{ChatUser: "UCAROL"}, Member: &Member{ID: "m5", Email: "caro@home.test"},
		}})
		before := time.Now()
		time.Sleep(time.Minute)
		for i, standing := range []Standing{Invited, Unconfirmed, Enabled, Disabled} {
			m := account(i, standing)
			m.Registered = before
			portal.add(m)
		}
		portal.add(Member{ID: "m5", Email: "caro@home.test", Standing: Enabled, Registered: before})
		for _, tt := range []struct {
			person Person
			state  State
			member MemberID
		}{
			{Person{ChatUser: "U0", Email: address(0)}, Awaited, "m0"},
			{Person{ChatUser: "U1", Email: address(1)}, Registered, "m1"},
			{Person{ChatUser: "U2", Email: address(2)}, AlreadyMember, "m2"},
			{Person{ChatUser: "U3", Email: address(3)}, Removed, "m3"},
			{Person{ChatUser: "U4", Email: address(4)}, Awaited, ""},
			{Person{ChatUser: "UCAROL", Email: "carol@acme.test"}, AlreadyMember, "m5"},
		} {
			v := tracker.LookUpNow(t.Context(), Invitee{ID: "x", Person: tt.person, Since: time.Now(), State: Awaited})
			if v.State != tt.state || v.Member.ID != tt.member {
				t.Errorf("%s is %s as %q, want %s as %q", tt.person.ChatUser, v.State, v.Member.ID, tt.state, tt.member)
			}
			time.Sleep(time.Second)
		}
		asked := portal.count()
		for range 50 {
			tracker.LookUpNow(t.Context(), Invitee{ID: "x", Person: Person{Email: address(1)}, State: Awaited})
		}
		if n := portal.count() - asked; n != pressRate {
			t.Errorf("fifty at once were %d questions", n)
		}
		time.Sleep(time.Second)
		slow := New(book, stalled{portal}, &silence{}, Options{})
		start := time.Now()
		if v := slow.LookUpNow(t.Context(), Invitee{ID: "x", Person: Person{Email: address(1)}, State: Awaited}); v.Member.ID != "" || time.Since(start) > pressWait {
			t.Errorf("after %v a portal that does not answer has told %v", time.Since(start), v.Member)
		}
		if len(book.entries) > 0 {
			t.Errorf("noted: %v", book.entries)
		}
	})
}

// stalled is a portal that does not answer.
type stalled struct{ *register }

func (stalled) Find(ctx context.Context, _ []string) ([]Member, error) {
	<-ctx.Done()
	return nil, PortalDown
}
