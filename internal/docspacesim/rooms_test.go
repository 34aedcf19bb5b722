package docspacesim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// shareDTO is a member as the API lists them.
type shareDTO struct {
	Access       int
	IsOwner      bool
	SharedToUser struct{ ID, Email string }
	SharedTo     struct{ ID string }
}

// roomWith returns a portal with a room of the type that the key's account owns, and its path.
func roomWith(roomType int) (p *Portal, room Room, path string) {
	p = New()
	room = p.AddRoom("Q3 planning", roomType, "")
	return p, room, fmt.Sprintf("files/rooms/%d/share", room.ID)
}

// entry is one invitation of a call that shares.
func entry(key, who string, access int) string {
	return fmt.Sprintf(`{"invitations":[{"%s":%q,"access":%d}]}`, key, who, access)
}

// members returns who the room was shared with, by address.
func (p *Portal) membersOf(id int) map[string]int {
	members := map[string]int{}
	for person, access := range p.Rooms()[id-firstRoom].Members {
		members[p.byID[person].Email] = access
	}
	return members
}

// TestRightsOfRoomsAndRoles is the table of docs/facts/docspace.md, "Rooms".
func TestRightsOfRoomsAndRoles(t *testing.T) {
	for roomType, rights := range map[int]string{
		RoomCustom: "0 2 5 6 9 10 11", RoomPublic: "0 9 11", RoomForms: "0 7 9 11", RoomCollaboration: "0 2 9 10 11",
		RoomData: "0 2 7 9 10 11", RoomAI: "0 2 9 11",
	} {
		for _, role := range []string{roleGuest, roleUser, roleRoomAdmin, roleDocSpaceAdmin, "an address"} {
			for access := range 13 {
				p, _, path := roomWith(roomType)
				want := 403
				if slices.Contains(strings.Fields(rights), strconv.Itoa(access)) {
					want = 200
				}
				isGuest := role == roleGuest || role == "an address"
				if access == AccessRoomManager && (isGuest || role == roleUser) || access == AccessContentCreator && isGuest && roomType == RoomAI {
					want = 403
				}
				body := entry("email", "new@x.org", access)
				if role != "an address" {
					body = entry("id", p.AddPerson(Person{Email: "bob@x.org", Role: role}).ID, access)
				}
				wantStatus(t, p, want, "PUT "+path, body)
			}
		}
	}
}

// TestWhoMayShare is docs/facts/docspace.md, "Who may share a room".
func TestWhoMayShare(t *testing.T) {
	for name, tt := range map[string]struct {
		caller       string // the role of the key's account, who owns the room unless member is set
		member       int
		archived     bool
		read, mayDo  int
		editsAccess  bool
		listed       bool
		leavesStatus int
	}{
		"the owner":                        {caller: roleRoomAdmin, member: -1, read: 200, mayDo: 200, editsAccess: true, listed: true, leavesStatus: 200},
		"an owner who is a user now":       {caller: roleUser, member: -1, read: 200, mayDo: 403, listed: true, leavesStatus: 200},
		"an admin from outside":            {caller: roleDocSpaceAdmin, read: 200, mayDo: 403, listed: true, leavesStatus: 200},
		"a room admin from outside":        {caller: roleRoomAdmin, read: 403, mayDo: 403, leavesStatus: 403},
		"a manager":                        {caller: roleRoomAdmin, member: AccessRoomManager, read: 200, mayDo: 200, editsAccess: true, listed: true, leavesStatus: 200},
		"an editor":                        {caller: roleDocSpaceAdmin, member: AccessEditing, read: 200, mayDo: 403, listed: true, leavesStatus: 200},
		"the owner of what is archived":    {caller: roleDocSpaceAdmin, member: -1, archived: true, read: 200, mayDo: 403, leavesStatus: 200},
		"a manager of what is archived":    {caller: roleRoomAdmin, member: AccessRoomManager, archived: true, read: 200, mayDo: 403, leavesStatus: 200},
		"an admin from outside, archived":  {caller: roleDocSpaceAdmin, archived: true, read: 200, mayDo: 403, leavesStatus: 200},
		"a stranger to what was archived":  {caller: roleUser, archived: true, read: 403, mayDo: 403, leavesStatus: 403},
		"a guest who is in it, to look at": {caller: roleGuest, member: AccessRead, read: 200, mayDo: 403, listed: true, leavesStatus: 200},
	} {
		t.Run(name, func(t *testing.T) {
			p := New()
			p.SetKeyOwnerRole(tt.caller)
			owner := "owner@acme.example"
			if tt.member == -1 {
				owner = ""
			}
			room := p.AddRoom("Q3", RoomCustom, owner)
			if tt.member > 0 {
				if err := p.Share(room.ID, "docspace-bot@acme.example", tt.member); err != nil {
					t.Fatal(err)
				}
			}
			if tt.archived {
				if err := p.ArchiveRoom(room.ID); err != nil {
					t.Fatal(err)
				}
			}
			one := fmt.Sprintf("files/rooms/%d", room.ID)
			a := wantStatus(t, p, tt.read, "GET "+one, "")
			if tt.read == 200 {
				got := response[struct {
					RootFolderType int
					Security       map[string]bool
				}](t, a)
				if got.Security["EditAccess"] != tt.editsAccess || got.RootFolderType != map[bool]int{false: 14, true: 20}[tt.archived] {
					t.Errorf("the room says %+v", got)
				}
			}
			if listed := strings.Contains(ask(p, "GET files/rooms", "").body, `"Q3"`); listed != tt.listed {
				t.Errorf("listed: %v", listed)
			}
			people := response[[]shareDTO](t, wantStatus(t, p, 200, "GET "+one+"/share", ""))
			if (len(people) > 0) != (tt.read == 200) {
				t.Errorf("the people are %+v", people)
			}
			user := p.AddPerson(Person{Email: "bob@x.org"})
			wantStatus(t, p, tt.mayDo, "PUT "+one+"/share", entry("id", user.ID, AccessRead))
			wantStatus(t, p, tt.leavesStatus, "PUT "+one+"/share", entry("id", p.BotAccount(), AccessNone))
			if _, in := p.Rooms()[0].Members[p.BotAccount()]; in && tt.leavesStatus == 200 {
				t.Error("the one who left is in the room still")
			}
		})
	}
}

// TestRoomsAreFound is the query of GET files/rooms (docs/facts/docspace.md, "Rooms").
func TestRoomsAreFound(t *testing.T) {
	p := New()
	for i, title := range []string{"Budget", "q3 Planning", "Archive of Q3", "Apples"} {
		p.AddRoom(title, []int{RoomCustom, RoomPublic}[i%2], "")
	}
	if err := p.ArchiveRoom(firstRoom + 2); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"":                              "Apples, q3 Planning, Budget 0 3 3",
		"filterValue=Q3%20":             "q3 Planning 0 1 1",
		"filterValue=q3&searchArea=Any": "Archive of Q3, q3 Planning 0 2 2",
		"searchArea=1":                  "Archive of Q3 0 1 1",
		"searchArea=templates":          " 0 0 0",
		"count=1&startIndex=1":          "q3 Planning 1 1 3",
		"startIndex=9":                  " 9 0 3",
		"sortBy=AZ":                     "Apples, Budget, q3 Planning 0 3 3",
		"sortBy=az&sortOrder=1":         "q3 Planning, Budget, Apples 0 3 3",
		"sortOrder=ascending":           "Budget, q3 Planning, Apples 0 3 3",
		"type=6&type=1":                 "Apples, q3 Planning 0 2 2",
	} {
		a := wantStatus(t, p, 200, "GET files/rooms?"+query, "")
		got := response[struct {
			Folders                  []struct{ Title string }
			StartIndex, Count, Total int
		}](t, a)
		var titles []string
		for _, folder := range got.Folders {
			titles = append(titles, folder.Title)
		}
		if found := fmt.Sprintf("%s %d %d %d", strings.Join(titles, ", "), got.StartIndex, got.Count, got.Total); found != want {
			t.Errorf("%s finds %s, want %s", query, found, want)
		}
		if !strings.Contains(a.body, `},"count":1,"links":`) {
			t.Errorf("%s: the envelope is %s, want a count of one and no total", query, a.body)
		}
	}
	for _, query := range []string{"count=0", "count=101", "searchArea=9", "type=3", "sortOrder=up"} {
		wantStatus(t, p, 400, "GET files/rooms?"+query, "")
	}
	for _, room := range []string{"1", "99", "x"} {
		wantStatus(t, p, 404, "GET files/rooms/"+room, "")
		wantStatus(t, p, 404, "GET files/rooms/"+room+"/share", "")
		wantStatus(t, p, 404, "PUT files/rooms/"+room+"/share", entry("email", "a@x.org", 2))
	}
	wantStatus(t, p, 401, "GET files/rooms/33", "", "Authorization", "")
	wantStatus(t, p, 401, "GET files/rooms", "", "Authorization", "")
}

// TestWhatARoomOffersItsLinks: nothing is said of users, and nothing at all before 3.5.0 (docs/facts/docspace.md,
// "What a room says of itself").
func TestWhatARoomOffersItsLinks(t *testing.T) {
	p, room, _ := roomWith(RoomCustom)
	one := fmt.Sprintf("GET files/rooms/%d", room.ID)
	rights := response[struct{ AvailableShareRights map[string][]string }](t, ask(p, one, "")).AvailableShareRights
	if keys := slices.Sorted(maps.Keys(rights)); !slices.Equal(keys, []string{"ExternalLink", "PrimaryExternalLink"}) || !slices.Contains(rights["ExternalLink"], "Editing") {
		t.Errorf("the rights are %v", rights)
	}
	p.Version("3.2.1")
	if a := ask(p, one, ""); strings.Contains(a.body, "availableShareRights") {
		t.Errorf("3.2.1 has %s", a.body)
	}
	if people := response[[]shareDTO](t, ask(p, one+"/share", "")); people[0].SharedTo.ID == "" || people[0].SharedToUser.ID != "" {
		t.Errorf("3.2.1 lists %+v", people)
	}
}

// TestSharesInTheirOrder is docs/facts/docspace.md, "Who is in a room".
func TestSharesInTheirOrder(t *testing.T) {
	p, room, path := roomWith(RoomCustom)
	for email, access := range map[string]int{"zoe": AccessRoomManager, "ann": AccessRead, "bob": AccessEditing, "cid": AccessEditing} {
		p.AddPerson(Person{Email: email + "@x.org", FirstName: email, Role: roleRoomAdmin, Activation: 1})
		if err := p.Share(room.ID, email+"@X.org", access); err != nil {
			t.Error(err)
		}
	}
	wantStatus(t, p, 200, "PUT "+path, entry("email", "aaa@x.org", AccessContentCreator))
	for query, want := range map[string]string{
		"":                          "docspace-bot 1, zoe 9, bob 10, cid 10, ann 2, aaa 11; 6",
		"filterType=User":           "docspace-bot 1, zoe 9, bob 10, cid 10, ann 2, aaa 11; 6",
		"count=2&startIndex=1":      "zoe 9, bob 10; 6",
		"startIndex=7":              "; 6",
		"filterValue=ZO":            "zoe 9; 1",
		"filterType=InvitationLink": "; 0",
		"filterType=32":             "; 0",
	} {
		a := wantStatus(t, p, 200, "GET "+path+"?"+query, "")
		var people []string
		for i, share := range response[[]shareDTO](t, a) {
			name, _, _ := strings.Cut(share.SharedToUser.Email, "@")
			people = append(people, fmt.Sprintf("%s %d", name, share.Access))
			if share.IsOwner != (share.Access == 1) || share.SharedTo.ID != share.SharedToUser.ID {
				t.Errorf("item %d is %+v", i, share)
			}
		}
		_, rest, _ := strings.Cut(a.body, `"total":`)
		total, _, _ := strings.Cut(rest, ",")
		if got := strings.Join(people, ", ") + "; " + total; got != want {
			t.Errorf("%s lists %s, want %s", query, got, want)
		}
	}
	wantStatus(t, p, 400, "GET "+path+"?count=101", "")
	if err := p.Remove("bob@x.org"); err != nil {
		t.Error(err)
	}
	if _, in := p.membersOf(room.ID)["bob@x.org"]; in {
		t.Error("a removed account is in the room still")
	}
}

// TestSharingByID: existing accounts, and what is dropped without a word (docs/facts/docspace.md, "Rooms").
func TestSharingByID(t *testing.T) {
	p, room, path := roomWith(RoomCustom)
	bob := p.AddPerson(Person{Email: "bob@x.org", FirstName: "Bob", Activation: 1})
	off := p.AddPerson(Person{Email: "off@x.org", Status: statusTerminated})
	share := func(body string) (members []int, warning string) {
		t.Helper()
		got := response[struct {
			Members []shareDTO
			Warning string
		}](t, wantStatus(t, p, 200, "PUT "+path, body))
		for _, m := range got.Members {
			members = append(members, m.Access)
		}
		return members, got.Warning
	}
	if got, _ := share(entry("id", strings.ToUpper(bob.ID), AccessRead)); !slices.Equal(got, []int{AccessRead}) || len(p.Mails()) != 0 {
		t.Errorf("members %v, mails %v", got, p.Mails())
	}
	if got, _ := share(entry("id", bob.ID, AccessEditing)); !slices.Equal(got, []int{AccessEditing}) {
		t.Errorf("changed to %v", got)
	}
	for name, body := range map[string]string{
		"the owner": entry("id", p.BotAccount(), AccessRead), "a disabled account": entry("id", off.ID, AccessRead),
		"no one's id": entry("id", noGUID, AccessRead), "no entry": `{"invitations":[]}`, "nothing": `{}`,
	} {
		if got, warning := share(body); got != nil || warning != "" {
			t.Errorf("%s became %v, %q", name, got, warning)
		}
	}
	if a := ask(p, "PUT "+path, `{}`); strings.Contains(a.body, "members") {
		t.Errorf("no entries answered %s", a.body)
	}
	if got, _ := share(entry("id", bob.ID, AccessNone)); got != nil || len(p.membersOf(room.ID)) != 0 {
		t.Errorf("after removal %v in %v", got, p.membersOf(room.ID))
	}
	notified := strings.Replace(entry("id", bob.ID, AccessRead), "{", `{"notify":true,`, 1)
	share(notified)
	share(notified)
	share(strings.Replace(notified, `"access":2`, `"access":10`, 1)) // no news to people who are in
	if mails := p.Mails(); len(mails) != 1 || mails[0].To != "bob@x.org" || !strings.HasSuffix(mails[0].Link, fmt.Sprintf("/rooms/shared/%d/filter?folder=%[1]d", room.ID)) {
		t.Errorf("told by %+v", mails)
	}
	share(`{"invitations":[{"id":"` + bob.ID + `","access":"Comment"}]}`)
	if got := p.membersOf(room.ID)["bob@x.org"]; got != AccessComment {
		t.Errorf("by its name the right is %d", got)
	}
	share(`{"invitations":[{"id":"` + bob.ID + `","access":"comment"}]}`) // none, as every name that is not known
	if _, in := p.membersOf(room.ID)["bob@x.org"]; in {
		t.Error("a right that is not known left the room as it was")
	}
	// What comes before a refusal is done.
	two := `{"invitations":[{"id":"` + bob.ID + `","access":2},{"id":"` + bob.ID + `","access":9}]}`
	wantStatus(t, p, 403, "PUT "+path, two)
	if got := p.membersOf(room.ID)["bob@x.org"]; got != AccessRead {
		t.Errorf("before the refusal %d", got)
	}
	for _, body := range []string{"", "[]", `{"invitations":[{"id":"x","access":2}]}`, entry("email", "bob", 2)} {
		wantStatus(t, p, 400, "PUT "+path, body)
	}
}

// TestARoomAdminDropsStrangers: of the guests they can name those alone whom they brought or invited.
func TestARoomAdminDropsStrangers(t *testing.T) {
	p, room, path := roomWith(RoomCustom)
	p.SetKeyOwnerRole(roleRoomAdmin)
	stranger := p.AddPerson(Person{Email: "gus@x.org", Role: roleGuest})
	wantStatus(t, p, 200, "PUT "+path, entry("id", stranger.ID, AccessRead))
	if members := p.membersOf(room.ID); len(members) != 0 {
		t.Errorf("a stranger is in: %v", members)
	}
	wantStatus(t, p, 200, "PUT "+path, entry("email", "gus@x.org", AccessRead))
	wantStatus(t, p, 200, "PUT "+path, entry("id", stranger.ID, AccessEditing))
	if members := p.membersOf(room.ID); members["gus@x.org"] != AccessEditing {
		t.Errorf("invited by email: %v", members)
	}
	wantStatus(t, p, 200, "PUT "+path, entry("id", stranger.ID, AccessNone))
	wantStatus(t, p, 200, "PUT "+path, entry("id", stranger.ID, AccessRead)) // no stranger any more
	if members := p.membersOf(room.ID); members["gus@x.org"] != AccessRead {
		t.Errorf("invited before: %v", members)
	}
}

// TestGuestsByARoom is the story of a person who is invited to a room by email.
func TestGuestsByARoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, room, path := roomWith(RoomCustom)
		a := wantStatus(t, p, 200, "PUT "+path, entry("email", " gus@x.org", AccessRead))
		if got := response[map[string]any](t, a); len(got["members"].([]any)) != 0 || got["error"] != 0.0 || got["warning"] != nil {
			t.Errorf("invited: %v", got)
		}
		gus, _ := p.PersonByEmail("gus@x.org")
		if gus.Role != roleGuest || gus.Status != statusPending || gus.Activation != activationPending || gus.CreatedBy != p.BotAccount() {
			t.Errorf("invited as %+v", gus)
		}
		if got := p.membersOf(room.ID)["gus@x.org"]; got != AccessRead {
			t.Errorf("access %d before they register", got)
		}
		email := p.Mails()[0]
		if email.To != "gus@x.org" || !strings.Contains(email.Subject, "Q3 planning") {
			t.Errorf("the email is %+v", email)
		}
		wantStatus(t, p, 200, "PUT "+path, entry("email", "gus@x.org", AccessRead)) // nothing new, nothing sent
		wantStatus(t, p, 200, "PUT "+path, entry("email", "gus@x.org", AccessEditing))
		if n := len(p.Mails()); n != 2 {
			t.Errorf("%d emails, want another one for another right alone", n)
		}
		if _, err := p.Join(email.Link, "Eve", "E", "eve@x.org"); !errors.Is(err, ErrLinkInvalid) {
			t.Errorf("someone else: %v", err)
		}
		time.Sleep(6 * 24 * time.Hour)
		joined, err := p.Join(email.Link, " Gus ", "Guest", "GUS@x.org")
		if err != nil || joined.Status != statusActive || !joined.active() || joined.Name() != "Gus Guest" || joined.Role != roleGuest {
			t.Errorf("%+v, %v", joined, err)
		}
		if !joined.Registered.Equal(gus.Registered) {
			t.Errorf("registered %v, want when they were invited", joined.Registered)
		}
		if got := p.membersOf(room.ID)["gus@x.org"]; got != AccessEditing {
			t.Errorf("access %d once they are in", got)
		}
		if _, err := p.Join(email.Link, "Gus", "Guest", "gus@x.org"); !errors.Is(err, ErrLinkInvalid) {
			t.Errorf("the email's link works twice: %v", err)
		}
		wantStatus(t, p, 200, "PUT "+path, entry("email", "gus@x.org", AccessRead)) // known by now: shared, no email
		if n := len(p.Mails()); n != 3 || p.membersOf(room.ID)["gus@x.org"] != AccessRead {
			t.Errorf("%d emails, %v", n, p.membersOf(room.ID))
		}
	})
}

// TestTheSameAccessAgain sends an email before 3.6.0 only (docs/facts/docspace.md, "Rooms").
func TestTheSameAccessAgain(t *testing.T) {
	for version, want := range map[string]int{"3.5.0": 2, "3.6.0": 1, "3.7.2": 1} {
		p, _, path := roomWith(RoomCustom)
		p.Version(version)
		for range 2 {
			wantStatus(t, p, 200, "PUT "+path, entry("email", "gus@x.org", AccessRead))
		}
		if got := len(p.Mails()); got != want {
			t.Errorf("%s sends %d emails, want %d", version, got, want)
		}
	}
}

// TestWhatKeepsGuestsOut: a switch, and what only warns (docs/facts/docspace.md, "Rooms").
func TestWhatKeepsGuestsOut(t *testing.T) {
	p, room, path := roomWith(RoomCustom)
	bob := p.AddPerson(Person{Email: "bob@x.org"})
	p.AllowInvitingGuests(false)
	wantStatus(t, p, 403, "PUT "+path, entry("email", "bob@x.org", AccessRead))
	wantStatus(t, p, 200, "PUT "+path, entry("id", bob.ID, AccessRead))
	p.AllowInvitingGuests(true)
	p.UserLimit(3)
	body := `{"invitations":[{"email":"gus@x.org","access":2},{"id":"` + bob.ID + `","access":10}]}`
	a := wantStatus(t, p, 200, "PUT "+path, body)
	if !strings.Contains(a.body, `"warning":"This portal has reached its number of users."`) || len(p.People()) != 3 {
		t.Errorf("%s with %d people", a.body, len(p.People()))
	}
	if p.membersOf(room.ID)["bob@x.org"] != AccessEditing {
		t.Error("what came after the warning is not done")
	}
}

func TestActsOnRooms(t *testing.T) {
	p, room, _ := roomWith(RoomPublic)
	p.AddPerson(Person{Email: "bob@x.org"})
	for name, tt := range map[string]struct{ got, want error }{
		"no room":          {p.Share(room.ID+1, "bob@x.org", AccessNone), ErrNoRoom},
		"no one":           {p.Share(room.ID, "x@x.org", AccessNone), ErrUnknown},
		"not offered":      {p.Share(room.ID, "bob@x.org", AccessRead), ErrNotOffered},
		"the owner":        {p.Share(room.ID, "docspace-bot@acme.example", AccessNone), ErrNotOffered},
		"archived nothing": {p.ArchiveRoom(room.ID + 1), ErrNoRoom},
	} {
		if !errors.Is(tt.got, tt.want) {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
	if err := p.Share(room.ID, "bob@x.org", AccessContentCreator); err != nil {
		t.Error(err)
	}
	rooms := p.Rooms()
	clear(rooms[0].Members) // a copy
	if len(p.Rooms()[0].Members) != 1 {
		t.Error("the portal's own rooms were handed out")
	}
}
