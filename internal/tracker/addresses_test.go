package tracker

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// posted returns the entries of an invitation on its card.
func posted(id invitation.ID, people ...invitation.Person) []invitation.Entry {
	request := invitation.Request{Keys: []string{string(id)}, Role: invitation.User, Inviter: "UANN", Channel: "C1", People: people}
	return []invitation.Entry{
		{Kind: invitation.KindAccepted, At: noon, Invitation: id, Request: &request, Expires: noon.Add(time.Hour)},
		{Kind: invitation.KindAdmitted, At: noon, Invitation: id, People: people},
		{Kind: invitation.KindLinked, At: noon, Invitation: id, Link: "https://acme.test/s/1"},
		{Kind: invitation.KindPosted, At: noon, Invitation: id, Card: &invitation.Card{Channel: "C1", Message: string(id)}},
	}
}

// TestOnePersonUnderSeveralAddresses becomes one invitee, whichever of them is identified first.
func TestOnePersonUnderSeveralAddresses(t *testing.T) {
	mail := invitation.InviteeID(invitation.Person{Email: "bob@acme.test"})
	byUser := invitation.Entry{Kind: invitation.KindIdentified, At: noon, Invitation: "i", Invitee: "UBOB", Person: &invitation.Person{ChatUser: "UBOB", Email: "robert@acme.test"}}
	byMail := invitation.Entry{Kind: invitation.KindIdentified, At: noon, Invitation: "i", Invitee: mail, Person: &invitation.Person{ChatUser: "UBOB", Email: "Bob@acme.test"}}
	seen := invitation.Entry{Kind: invitation.KindSeen, At: noon, Invitation: "i", Invitee: mail, Member: &invitation.Member{ID: "m", Email: "bob@acme.test", Standing: invitation.Unconfirmed}}
	with := func(story []invitation.Entry, which invitation.Entry) bool {
		return slices.ContainsFunc(story, func(e invitation.Entry) bool { return e.Kind == which.Kind && e.Invitee == which.Invitee })
	}
	for name, story := range map[string][]invitation.Entry{
		"the user first":           {byUser, byMail},
		"the address first":        {byMail, byUser},
		"with an account":          {seen, byUser, byMail},
		"with an account, by mail": {seen, byMail},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			for _, e := range append(posted("i", invitation.Person{Email: "bob@acme.test", Unasked: true}, invitation.Person{ChatUser: "UBOB"}), story...) {
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
				if !v.Has(address) && with(story, byUser) {
					t.Errorf("%s is not his any more", address)
				}
				if refs := m.pending[address]; v.Has(address) && !slices.Equal(refs, []ref{{"i", v.ID}}) {
					t.Errorf("%s is watched for %v", address, refs)
				}
			}
			m.apply(invitation.Entry{Kind: invitation.KindExpired, At: noon.Add(time.Hour), Invitation: "i"})
			if len(m.pending) != 0 {
				t.Errorf("after the end the portal is watched for %v", m.pending)
			}
		})
	}
}

// TestTheAccountThatHasComeFurthestCounts of those under one person's addresses, and they are not taken
// for one another at each sweep.
func TestTheAccountThatHasComeFurthestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := &register{}
		tracker, book := watch(t, portal, Options{Poll: 15 * time.Second})
		request := ask("k")
		request.People = []invitation.Person{{ChatUser: "UBOB", Email: "bob@acme.test"}}
		id, err := tracker.Accept(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		bob, _ := tracker.Look(id)
		tracker.Readdress(t.Context(), id, bob.Invitees[0], invitation.Person{ChatUser: "UBOB", Email: "robert@acme.test"})
		portal.add(invitation.Member{ID: "old", Email: "bob@acme.test", Standing: invitation.Unconfirmed, Registered: time.Now()})
		time.Sleep(time.Minute)
		portal.add(invitation.Member{ID: "new", Email: "Robert@acme.test", Standing: invitation.Unconfirmed, Registered: time.Now()})
		time.Sleep(2 * time.Hour)
		now := func() invitation.Invitee { inv, _ := tracker.Look(id); return inv.Invitees[0] }
		if v := now(); v.State != invitation.Registered || v.Member.ID != "old" {
			t.Errorf("with two that are alike he is %s as %s", v.State, v.Member.ID)
		}
		times := 0
		for _, e := range book.entries {
			if e.Kind == invitation.KindSeen {
				times++
			}
		}
		if times != 1 {
			t.Errorf("he was seen %d times", times)
		}
		portal.change("old", func(m *invitation.Member) { m.ID = "" })
		time.Sleep(2 * time.Minute)
		if v := now(); v.State != invitation.Registered || v.Member.ID != "new" {
			t.Errorf("with one that is gone he is %s as %s", v.State, v.Member.ID)
		}
		portal.add(invitation.Member{ID: "again", Email: "bob@acme.test", Standing: invitation.Enabled, Registered: time.Now()})
		time.Sleep(2 * time.Minute)
		if v := now(); !v.Joined() || v.Member.ID != "again" || v.Already {
			t.Errorf("with one that is enabled he is %s as %s", v.State, v.Member.ID)
		}
	})
}

// TestVouchedAccountOutlivesItsInvitation and a restart, and is recognized by anyone who names its owner.
func TestVouchedAccountOutlivesItsInvitation(t *testing.T) {
	vouched := invitation.Entry{
		Kind: invitation.KindVouched, At: noon, Invitation: "account-m1", By: "UANN",
		Person: &invitation.Person{ChatUser: "UCAROL", Email: "carol@acme.test"}, Member: &invitation.Member{ID: "m1", Email: "caro@home.test"},
	}
	entries := append(posted("first", invitation.Person{ChatUser: "UCAROL", Email: "carol@acme.test"}), vouched, vouched,
		invitation.Entry{Kind: invitation.KindExpired, At: noon, Invitation: "first"}, invitation.Entry{Kind: invitation.KindFinished, At: noon, Invitation: "first"})
	for name, person := range map[string]invitation.Person{
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
	for _, e := range append(posted("open", invitation.Person{ChatUser: "UCAROL", Email: "carol@acme.test"}, invitation.Person{Email: "bob@acme.test"}), vouched) {
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
		tracker.apply([]invitation.Entry{{
			Kind: invitation.KindVouched, At: time.Now(), Invitation: "account-m5",
			Person: &invitation.Person{ChatUser: "UCAROL"}, Member: &invitation.Member{ID: "m5", Email: "caro@home.test"},
		}})
		before := time.Now()
		time.Sleep(time.Minute)
		for i, standing := range []invitation.Standing{invitation.Invited, invitation.Unconfirmed, invitation.Enabled, invitation.Disabled} {
			m := account(i, standing)
			m.Registered = before
			portal.add(m)
		}
		portal.add(invitation.Member{ID: "m5", Email: "caro@home.test", Standing: invitation.Enabled, Registered: before})
		for _, tt := range []struct {
			person invitation.Person
			state  invitation.State
			member invitation.MemberID
		}{
			{invitation.Person{ChatUser: "U0", Email: address(0)}, invitation.Awaited, "m0"},
			{invitation.Person{ChatUser: "U1", Email: address(1)}, invitation.Registered, "m1"},
			{invitation.Person{ChatUser: "U2", Email: address(2)}, invitation.AlreadyMember, "m2"},
			{invitation.Person{ChatUser: "U3", Email: address(3)}, invitation.Removed, "m3"},
			{invitation.Person{ChatUser: "U4", Email: address(4)}, invitation.Awaited, ""},
			{invitation.Person{ChatUser: "UCAROL", Email: "carol@acme.test"}, invitation.AlreadyMember, "m5"},
		} {
			v := tracker.LookUpNow(t.Context(), invitation.Invitee{ID: "x", Person: tt.person, Since: time.Now(), State: invitation.Awaited})
			if v.State != tt.state || v.Member.ID != tt.member {
				t.Errorf("%s is %s as %q, want %s as %q", tt.person.ChatUser, v.State, v.Member.ID, tt.state, tt.member)
			}
			time.Sleep(time.Second)
		}
		asked := portal.count()
		for range 50 {
			tracker.LookUpNow(t.Context(), invitation.Invitee{ID: "x", Person: invitation.Person{Email: address(1)}, State: invitation.Awaited})
		}
		if n := portal.count() - asked; n != pressRate {
			t.Errorf("fifty at once were %d questions", n)
		}
		time.Sleep(time.Second)
		slow := New(book, stalled{portal}, &silence{}, Options{})
		start := time.Now()
		if v := slow.LookUpNow(t.Context(), invitation.Invitee{ID: "x", Person: invitation.Person{Email: address(1)}, State: invitation.Awaited}); v.Member.ID != "" || time.Since(start) > pressWait {
			t.Errorf("after %v a portal that does not answer has told %v", time.Since(start), v.Member)
		}
		if len(book.entries) > 0 {
			t.Errorf("noted: %v", book.entries)
		}
	})
}

// stalled is a portal that does not answer.
type stalled struct{ *register }

func (stalled) FindAccounts(ctx context.Context, _ []string) ([]invitation.Member, error) {
	<-ctx.Done()
	return nil, invitation.PortalDown
}
