package invitation

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

var revoked = Entry{Kind: KindRevoked, By: "UZOE"}

// toldAs is an invitation that has come as far as the entries tell.
func toldAs(entries ...Entry) *Invitation {
	inv := &Invitation{}
	for _, e := range entries {
		if e.Kind == KindRevoked {
			e = inv.Revoke(e.By)
		}
		apply(inv, e)
	}
	return inv
}

// TestNoOneIsRemindedOfARevokedLink, not even by a reminder that was begun, until there is a new one.
func TestNoOneIsRemindedOfARevokedLink(t *testing.T) {
	inv := inRoom(Entry{Kind: KindReminded, Invitee: "UBOB", Card: &Card{"DBOB", "1"}}, Entry{Kind: KindBegun, Effect: EffectReminder, Invitee: "UDAN"}, revoked)
	reminders := func() (all []string) {
		for _, s := range inv.Owed(noon.Add(5*24*time.Hour), Policy{Remind: true}) {
			if s.Kind == StepRemind {
				all = append(all, s.Invitee)
			}
		}
		return all
	}
	expect(t, "there is no link", reminders())
	apply(inv, Entry{Kind: KindLinked, Link: "https://acme.test/s/2", Revision: inv.Revision})
	expect(t, "there is one, and Bob's message has the old one", reminders(), "UDAN")
	apply(inv, Entry{Kind: KindTakenBack, Invitee: "UBOB"})
	expect(t, "it is taken back", reminders(), "UBOB", "UDAN")
}

// TestALinkOnItsWayIsRevoked in every stage in which one may be, and the next one counts.
func TestALinkOnItsWayIsRevoked(t *testing.T) {
	withheld := Entry{Kind: KindWithheld, Refusal: &Refusal{Reason: ChannelShared}}
	posting := Entry{Kind: KindBegun, Effect: EffectCard}
	for name, tt := range map[string]struct {
		story []Entry
		kind  Kind // of the entry that brings a link
		stage Stage
		owes  string // without a link
		link  string
	}{
		"before it came":      {[]Entry{accepted, admitted, revoked}, KindLinked, Admitted, "fetch_link", "new"},
		"before the card":     {append(slices.Clone(onCard[:3]), revoked), KindLinked, Linked, "fetch_link", "new"},
		"with the card":       {append(slices.Clone(onCard[:3]), posting, revoked), KindLinked, Linked, "post_card", "new"},
		"on the card":         {append(slices.Clone(onCard), revoked), KindLinked, Posted, "fetch_link", "new"},
		"twice":               {append(slices.Clone(onCard), revoked, revoked), KindLinked, Posted, "fetch_link", "new"},
		"while it's withheld": {append(slices.Clone(onCard), withheld, revoked), KindExtended, Posted, "", "new"},
		"while it's extended": {append(slices.Clone(onCard), revoked), KindExtended, Posted, "fetch_link", "new"},
		"after its end":       {append(slices.Clone(onCard), Entry{Kind: KindExpired}, revoked), KindExtended, Expired, "", "new"},
		"in the end":          {append(slices.Clone(onCard), Entry{Kind: KindCancelled, By: "UANN"}, revoked), KindExtended, Cancelled, "", "https://acme.test/s/1"},
	} {
		inv := toldAs(tt.story...)
		if got := owes(inv, Policy{}, StepFetchLink, StepPostCard); inv.Stage != tt.stage || strings.Join(got, "") != tt.owes {
			t.Errorf("%s: it is %s and owes %q, want %s and %q", name, inv.Stage, got, tt.stage, tt.owes)
		}
		bring := func(link string, revision int) {
			apply(inv, Entry{Kind: tt.kind, Link: link, Revision: revision, Expires: noon.Add(time.Hour)})
		}
		bring("old", inv.Revision-1)
		if inv.Link == "old" {
			t.Errorf("%s: the revoked link is given out", name)
		}
		bring("new", inv.Revision)
		if inv.Link != tt.link {
			t.Errorf("%s: it gives out %q, want %q", name, inv.Link, tt.link)
		}
	}
}

// TestACardThatArrivesWithARevokedLinkIsUpdated.
func TestACardThatArrivesWithARevokedLinkIsUpdated(t *testing.T) {
	inv := toldAs(append(slices.Clone(onCard[:3]), Entry{Kind: KindBegun, Effect: EffectCard}, revoked)...)
	apply(inv, Entry{Kind: KindPosted, Card: &Card{"C1", "1.1"}, Revision: inv.Revision - 1})
	expect(t, "posted", owes(inv, Policy{}, StepFetchLink, StepUpdateCard), "fetch_link", "update_card")
}

// TestJoinWaitsForTheNextLink, but those who need none are answered.
func TestJoinWaitsForTheNextLink(t *testing.T) {
	for name, tt := range map[string]struct {
		inv  *Invitation
		want error
	}{
		"awaited":    {inRoom(revoked), LinkRevoked},
		"opened it":  {inRoom(Entry{Kind: KindOpened, Invitee: "UBOB"}, revoked), LinkRevoked},
		"registered": {inRoom(seenIn("UBOB", Unconfirmed, false), revoked), nil},
		"joined":     {inRoom(seenIn("UBOB", Enabled, false), revoked), nil},
		"disabled":   {inRoom(seenIn("UBOB", Disabled, false), revoked), nil},
	} {
		if _, err := tt.inv.Join(Person{ChatUser: "UBOB"}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if _, err := inRoom(revoked).Join(Person{ChatUser: "UEVE"}); !errors.Is(err, LinkRevoked) {
		t.Errorf("someone who was not named: %v", err)
	}
}

// TestTheInviterHearsOnceWhyThereIsNoLink, until there is one.
func TestTheInviterHearsOnceWhyThereIsNoLink(t *testing.T) {
	inv := inRoom(revoked)
	refused := func(reason Reason) Entry {
		return Entry{Kind: KindLinked, Refusal: &Refusal{Reason: reason}, Revision: inv.Revision}
	}
	steps := []StepKind{StepFetchLink, StepNotLinked}
	apply(inv, refused(SeatLimit))
	apply(inv, refused(KeyBroken))
	expect(t, "the portal gives none", owes(inv, Policy{}, steps...), "fetch_link", "say_not_linked")
	if inv.NotLinked.Reason != SeatLimit || !inv.LacksLink() {
		t.Errorf("it gives out %q, because of %q", inv.Link, inv.NotLinked.Reason)
	}
	told := inv.Clone()
	apply(&told, Entry{Kind: KindNotLinked})
	apply(&told, refused(KeyBroken))
	expect(t, "the inviter knows", owes(&told, Policy{}, steps...), "fetch_link")
	apply(&told, Entry{Kind: KindLinked, Link: "https://acme.test/s/2", Revision: told.Revision})
	apply(&told, told.Revoke("UZOE"))
	apply(&told, Entry{Kind: KindLinked, Refusal: &Refusal{Reason: SeatLimit}, Revision: told.Revision})
	expect(t, "the next one is revoked", owes(&told, Policy{}, steps...), "fetch_link", "say_not_linked")
	for name, e := range map[string]Entry{
		"it came":        {Kind: KindLinked, Link: "https://acme.test/s/2", Revision: inv.Revision},
		"withheld":       {Kind: KindWithheld, Refusal: &Refusal{Reason: ChannelShared}},
		"cancelled":      {Kind: KindCancelled, By: "UANN"},
		"over":           {Kind: KindExpired},
		"it is extended": {Kind: KindExtended, Link: "https://acme.test/s/2", Revision: inv.Revision, Expires: noon.Add(time.Hour)},
	} {
		inv := inv.Clone()
		apply(&inv, Entry{Kind: KindBegun, Effect: EffectNotLinked})
		apply(&inv, e)
		if expect(t, name, owes(&inv, Policy{}, steps...)); len(inv.Begun) > 0 {
			t.Errorf("%s: still begun is %v", name, inv.Begun)
		}
	}
}
