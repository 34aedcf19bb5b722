package docspace

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// lead is a room admin whose address is confirmed.
func lead(p *docspacesim.Portal, email, role string) docspacesim.Person {
	return p.AddPerson(docspacesim.Person{FirstName: "Ann", LastName: "Lee", Email: email, Role: role, Status: 1, Activation: 1})
}

func idOf(room docspacesim.Room) invitation.RoomID { return invitation.RoomID(fmt.Sprint(room.ID)) }

// holder returns what the room shows of an address.
func holder(t *testing.T, c *Client, room docspacesim.Room, address string) invitation.RoomMember {
	t.Helper()
	members, err := c.RoomRights(t.Context(), idOf(room), address)
	if err != nil || len(members) > 1 {
		t.Fatalf("%+v, %v", members, err)
	}
	if len(members) == 0 {
		return invitation.RoomMember{}
	}
	return members[0]
}

func TestAPortalsRooms(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		ann := lead(p, "ann@acme.test", "RoomAdmin")
		bob := lead(p, "bob@acme.test", "User")
		ours := p.AddRoom("Q3 planning", docspacesim.RoomCustom, "")
		hers := p.AddRoom("Q3 planning", docspacesim.RoomForms, ann.Email)
		old := p.AddRoom("Old Q3 planning", docspacesim.RoomData, "")
		gone := p.AddRoom("Q3 planning", docspacesim.RoomCustom, "")
		if err := p.ArchiveRoom(gone.ID); err != nil {
			t.Fatal(err)
		}
		rooms, err := c.Rooms(t.Context(), "q3 planning")
		var ids []invitation.RoomID
		for _, r := range rooms {
			ids = append(ids, r.ID)
		}
		slices.Sort(ids[:min(2, len(ids))])
		if want := []invitation.RoomID{idOf(ours), idOf(hers), idOf(old)}; err != nil || !slices.Equal(ids, want) {
			t.Errorf("rooms = %+v, %v; want %v", rooms, err, want)
		}
		for _, tt := range []struct {
			room                docspacesim.Room
			mayInvite, archived bool
		}{{ours, true, false}, {hers, false, false}, {gone, false, true}} {
			if r, err := c.Room(t.Context(), idOf(tt.room)); err != nil || r.MayInvite != tt.mayInvite || r.Archived != tt.archived || r.Title != tt.room.Title || r.Owner == "" {
				t.Errorf("%+v, %v; want %+v", r, err, tt)
			}
		}
		if _, err := c.Room(t.Context(), "9999"); !errors.Is(err, invitation.RoomUnknown) {
			t.Error(err)
		}
		if r := holder(t, c, hers, ann.Email); !r.MayInvite || r.Right != invitation.ManageRight {
			t.Errorf("the owner: %+v", r)
		}

		member := func(who docspacesim.Person) []invitation.MemberID {
			return []invitation.MemberID{invitation.MemberID(who.ID)}
		}
		if shared, err := c.ShareRoom(t.Context(), idOf(ours), invitation.EditRight, member(bob)); err != nil || !slices.Equal(shared, member(bob)) {
			t.Errorf("shared with %v, %v", shared, err)
		}
		if r := holder(t, c, ours, "BOB@acme.test"); r.Right != invitation.EditRight || r.MayInvite || len(p.Mails()) > 0 {
			t.Errorf("%+v, %d emails", r, len(p.Mails()))
		}
		if err := p.Disable(bob.Email); err != nil {
			t.Fatal(err)
		}
		if shared, err := c.ShareRoom(t.Context(), idOf(old), invitation.EditRight, member(bob)); err != nil || shared != nil {
			t.Errorf("with someone who was switched off: %v, %v", shared, err)
		}
		for _, tt := range []struct {
			room  docspacesim.Room
			right invitation.Right
			who   docspacesim.Person
			want  invitation.Reason
		}{
			{hers, invitation.CreateRight, ann, invitation.RoomDenied},
			{gone, invitation.ReadRight, ann, invitation.RoomArchived},
			{ours, invitation.FillFormsRight, ann, invitation.RightNotThere},
			{ours, invitation.ManageRight, lead(p, "carol@acme.test", "User"), invitation.RightNotThere},
		} {
			if shared, err := c.ShareRoom(t.Context(), idOf(tt.room), tt.right, member(tt.who)); !errors.Is(err, tt.want) || shared != nil {
				t.Errorf("%s as %s: %v, %v; want %s", tt.room.Title, tt.right, shared, err, tt.want)
			}
		}
		p.SetKeyScopes("accounts:write", "rooms:read")
		if _, err := c.Rooms(t.Context(), ""); err != nil {
			t.Errorf("with the scope to read rooms: %v", err)
		}
		if _, err := c.ShareRoom(t.Context(), idOf(ours), invitation.ReadRight, member(ann)); !errors.Is(err, invitation.NotAvailable) || remedy.Of(err) != remedy.KeyScope {
			t.Errorf("without that to share them: %v", err)
		}
	})
}

func TestAPortalInvitesByEmail(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		room := p.AddRoom("Q3 planning", docspacesim.RoomCustom, "")
		gone := lead(p, "gone@acme.test", "User")
		if err := p.Disable(gone.Email); err != nil {
			t.Fatal(err)
		}
		invite := func(address string) error { return c.InviteByEmail(t.Context(), []string{address}, invitation.User) }
		guest := func(address string) error {
			return c.InviteToRoom(t.Context(), idOf(room), invitation.CommentRight, []string{address})
		}
		if err := errors.Join(invite("bob@acme.test"), guest("carol@acme.test")); err != nil || len(p.Mails()) != 2 {
			t.Fatalf("%v, %d emails", err, len(p.Mails()))
		}
		if a, _ := p.PersonByEmail("carol@acme.test"); a.Role != "Guest" || a.Status != 4 {
			t.Errorf("%+v", a)
		}
		if r := holder(t, c, room, "carol@acme.test"); r.Right != invitation.CommentRight || r.Standing != invitation.Invited {
			t.Errorf("%+v", r)
		}
		if err := p.AcceptEmailInvitation("bob@acme.test", "Bob", "Day"); err != nil {
			t.Fatal(err)
		}
		if found, err := c.FindAccounts(t.Context(), []string{"bob@acme.test"}); err != nil || found[0].Standing != invitation.Enabled {
			t.Errorf("%+v, %v; their address is confirmed by the invitation", found, err)
		}
		for _, tt := range []struct {
			what    string
			invite  func(string) error
			address string
			set     func()
			want    invitation.Reason
			trouble remedy.Trouble
		}{
			{"switched off", invite, gone.Email, nil, invitation.AccountDisabled, ""},
			{"a bad address", invite, "a b@acme", nil, invitation.BadAddress, ""},
			{"members off", invite, "d@acme.test", func() { p.AllowInvitingMembers(false) }, invitation.PortalDenied, remedy.InvitingOff},
			{"guests off", guest, "d@acme.test", func() { p.AllowInvitingMembers(true); p.AllowInvitingGuests(false) }, invitation.PortalDenied, remedy.GuestsOff},
			{"none left", invite, "d@acme.test", func() { p.AllowInvitingGuests(true); p.InvitationLimit(0) }, invitation.EmailsUsedUp, remedy.EmailsUsedUp},
			{"none left for guests", guest, "d@acme.test", nil, invitation.EmailsUsedUp, remedy.EmailsUsedUp},
			{"a room admin's key", func(a string) error { return c.InviteByEmail(t.Context(), []string{a}, invitation.RoomAdmin) }, "d@acme.test", func() { p.InvitationLimit(-1); p.SetKeyOwnerRole("RoomAdmin") }, invitation.NoLink, remedy.KeyOwnerLow},
		} {
			if tt.set != nil {
				tt.set()
			}
			if err := tt.invite(tt.address); !errors.Is(err, tt.want) || remedy.Of(err) != tt.trouble {
				t.Errorf("%s: %v, %s; want %s, %s", tt.what, err, remedy.Of(err), tt.want, tt.trouble)
			}
		}
	})
}

// TestAnOldPortalInvitesNoOneWithoutAWord: up to 3.6.1 it answers as if it had (docs/facts/docspace.md, "Email invitations").
func TestAnOldPortalInvitesNoOneWithoutAWord(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		p.Version("3.6.1")
		p.InviteByEmail("anna@acme.test", "User")
		for _, tt := range []struct {
			address string
			role    invitation.Role
			want    error
		}{
			{"o'neil&co@acme.test", invitation.RoomAdmin, nil},
			{"bob@acme.test", invitation.DocSpaceAdmin, invitation.EmailRefused}, // for the portal's owner to invite
			{"nna@acme.test", invitation.DocSpaceAdmin, invitation.EmailRefused},
			{"bob@localhost", invitation.User, invitation.EmailRefused},
		} {
			mails := len(p.Mails())
			if err := c.InviteByEmail(t.Context(), []string{tt.address}, tt.role); !errors.Is(err, tt.want) || (len(p.Mails()) > mails) != (tt.want == nil) {
				t.Errorf("%s as %s: %v, %d emails; want %v", tt.address, tt.role, err, len(p.Mails())-mails, tt.want)
			}
		}
	})
}

func TestNoMoreEmailsToday(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		p.DailyEmails(1)
		if err := c.InviteByEmail(t.Context(), []string{"bob@acme.test"}, invitation.User); err != nil {
			t.Fatal(err)
		}
		err := c.InviteByEmail(t.Context(), []string{"carol@acme.test"}, invitation.User)
		if failed, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, invitation.PortalBusy) || failed.Wait < 20*time.Hour {
			t.Errorf("%v, %+v", err, failed)
		}
	})
}

// TestEmailsAreSentAgainWithinThePortalsLimit: someone who asks again as soon as they are told gets no refusal of the
// portal's.
func TestEmailsAreSentAgainWithinThePortalsLimit(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		p.RateLimit(true)
		bob := p.InviteByEmail("bob@acme.test", "User")
		mails, sent, start := len(p.Mails()), 0, time.Now()
		for time.Since(start) < time.Hour {
			err := c.ResendInvitations(t.Context(), []invitation.MemberID{invitation.MemberID(bob.ID)})
			failed, busy := errors.AsType[*Error](err)
			switch {
			case err == nil:
				sent++
			case busy && errors.Is(err, invitation.PortalBusy) && failed.unsent:
				time.Sleep(failed.Wait)
			default:
				t.Fatal(err)
			}
		}
		if sent != 4*resendCalls || len(p.Mails()) != mails+sent {
			t.Errorf("sent again %d times in an hour, %d emails", sent, len(p.Mails())-mails)
		}
	})
}

func TestAPortalsManagedLink(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		c.managed = true
		link := func() string {
			link, expires, err := c.ManagedLink(t.Context(), invitation.User)
			if until := time.Until(expires); err != nil || until <= 0 || until > managedLife {
				t.Errorf("%q for %v, %v", link, until, err)
			}
			return link
		}
		first := link()
		if link() != first {
			t.Error("the second one is another one")
		}
		if _, err := p.Join(first, "Bob", "Day", "bob@acme.test"); err != nil {
			t.Error(err)
		}
		time.Sleep(managedLife - time.Minute)
		if link() != first {
			t.Error("one that expires soon is replaced instead of renewed")
		}
		time.Sleep(time.Hour)
		if _, err := p.Join(first, "Carol", "Day", "carol@acme.test"); err != nil {
			t.Errorf("by the renewed one: %v", err)
		}
		time.Sleep(managedLife)
		second := link()
		if second == first {
			t.Error("an expired one isn't replaced")
		}
		if err := c.RevokeLink(t.Context(), invitation.User); err != nil {
			t.Error(err)
		}
		if _, err := p.Join(second, "Eve", "Day", "eve@evil.test"); err == nil {
			t.Error("people join by a link that was revoked")
		}
		if err := c.RevokeLink(t.Context(), invitation.User); err != nil {
			t.Errorf("once more: %v", err)
		}
		if third := link(); third == second {
			t.Error("a revoked one isn't replaced")
		}
		if _, _, err := c.ManagedLink(t.Context(), invitation.DocSpaceAdmin); !errors.Is(err, invitation.NoLink) {
			t.Errorf("a role that isn't the key's to give: %v", err)
		}
		p.Version("3.6.1")
		if _, _, err := c.ManagedLink(t.Context(), invitation.User); !errors.Is(err, invitation.NotAvailable) || remedy.Of(err) != remedy.NoManagedLinks {
			t.Errorf("before 3.7: %v, %s", err, remedy.Of(err))
		}
	})
}
