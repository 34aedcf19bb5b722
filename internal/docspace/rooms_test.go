package docspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// aRoom is a room as a portal writes it, with members changed or, if nil, left out.
func aRoom(id any, title string, with map[string]any) string {
	room := map[string]any{
		"id": id, "title": title, "roomType": 5, "rootFolderType": 14, "access": 0, "private": false,
		"createdBy": map[string]any{"id": "m1", "displayName": "Ann &amp; Co"},
		"security":  map[string]any{"Read": true, "EditAccess": true},
		"availableShareRights": map[string]any{ // of what is in the room, not of the room
			"ExternalLink": []string{"Editing", "Review", "Comment", "Read", "FillForms", "None"},
		},
	}
	for key, value := range with {
		if room[key] = value; value == nil {
			delete(room, key)
		}
	}
	text, _ := json.Marshal(room)
	return string(text)
}

func listed(rooms ...string) reply {
	return reply{body: `{"files":[],"folders":[` + strings.Join(rooms, ",") + `],"current":{"id":1},"count":3,"total":3}`}
}

func TestRoomsComeWithTheBestMatchFirst(t *testing.T) {
	c, asked := script{"GET files/rooms": {listed(
		aRoom(1, "Old q3 planning", nil), aRoom(2, "Q3 planning and more", nil), aRoom(3, "q3  Planning", nil), aRoom(3, "Q3 planning", nil),
		aRoom(4, "Q3 planning", map[string]any{"rootFolderType": 20}), aRoom("../x", "Q3 planning", nil), `null`, `{"title":"Q3 planning"}`,
		aRoom(5, "Q3 planning", map[string]any{"roomType": nil}), aRoom("sbox-1-|a", "My Q3 planning", nil),
	)}}.play(t)
	rooms, err := c.Rooms(t.Context(), " q3  planning ")
	var titles []string
	for _, r := range rooms {
		titles = append(titles, string(r.ID)+" "+r.Title)
	}
	if want := []string{"3 q3 Planning", "2 Q3 planning and more", "1 Old q3 planning", "sbox-1-|a My Q3 planning"}; err != nil || !slices.Equal(titles, want) {
		t.Errorf("rooms = %q, %v; want %q", titles, err, want)
	}
	q := asked()[0].query
	if q.Get("filterValue") != "q3 planning" || q.Get("count") != "100" || q.Get("searchArea") != "0" {
		t.Errorf("the portal was asked for %v", q)
	}
	if _, err := c.Rooms(t.Context(), ""); err != nil || asked()[1].query.Has("filterValue") {
		t.Errorf("the latest rooms: %v, asked for by %v", err, asked()[1].query)
	}
}

// TestATitleTooLongForAnyRoomIsNoRooms: a proxy refuses so long an address in words of its own.
func TestATitleTooLongForAnyRoomIsNoRooms(t *testing.T) {
	c, asked := script{"GET files/rooms": {listed(aRoom(1, strings.Repeat("ü", 300), nil))}}.play(t)
	if rooms, err := c.Rooms(t.Context(), strings.Repeat("ü", 4000)); err != nil || len(rooms) > 0 || len(asked()) > 0 {
		t.Errorf("%v, %v, asked %s", rooms, err, calls(asked()))
	}
}

func TestARoomAsThePortalShowsIt(t *testing.T) {
	for name, tt := range map[string]struct {
		room     string
		rights   string
		archived bool
		mayNot   bool
	}{
		"custom":               {room: aRoom(7, "R", nil), rights: "Read Comment Review Editing ContentCreator RoomManager"},
		"forms":                {room: aRoom(7, "R", map[string]any{"roomType": 1}), rights: "FillForms ContentCreator RoomManager"},
		"public, by name":      {room: aRoom(7, "R", map[string]any{"roomType": "PublicRoom"}), rights: "ContentCreator RoomManager"},
		"data":                 {room: aRoom(7, "R", map[string]any{"roomType": 8}), rights: "Read FillForms Editing ContentCreator RoomManager"},
		"of an unknown type":   {room: aRoom(7, "R", map[string]any{"roomType": 99})},
		"says what users get":  {room: aRoom(7, "R", map[string]any{"availableShareRights": map[string]any{"User": []string{"RoomManager", "Read", "None"}}}), rights: "Read RoomManager"},
		"rights of no sense":   {room: aRoom(7, "R", map[string]any{"availableShareRights": []int{1}}), rights: "Read Comment Review Editing ContentCreator RoomManager"},
		"archived":             {room: aRoom(7, "R", map[string]any{"rootFolderType": 20}), rights: "Read Comment Review Editing ContentCreator RoomManager", archived: true},
		"not the bot's":        {room: aRoom(7, "R", map[string]any{"security": map[string]any{"EditAccess": false}}), rights: "Read Comment Review Editing ContentCreator RoomManager", mayNot: true},
		"security not told":    {room: aRoom(7, "R", map[string]any{"security": nil}), rights: "Read Comment Review Editing ContentCreator RoomManager", mayNot: true},
		"security of no sense": {room: aRoom(7, "R", map[string]any{"security": []int{1}}), rights: "Read Comment Review Editing ContentCreator RoomManager", mayNot: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := script{"GET files/rooms/7": {{body: tt.room}}}.play(t)
			room, err := c.Room(t.Context(), "7")
			if err != nil {
				t.Fatal(err)
			}
			var rights []string
			for _, r := range room.Rights {
				rights = append(rights, string(r))
			}
			if got := strings.Join(rights, " "); got != tt.rights || room.Archived != tt.archived || room.MayInvite == tt.mayNot {
				t.Errorf("%+v; want the rights %q", room, tt.rights)
			}
			if room.Owner != "Ann & Co" || !strings.HasSuffix(room.URL, "/rooms/shared/7/filter?folder=7") || strings.Contains(room.URL, "api") || room.Right != "" {
				t.Errorf("%+v", room)
			}
		})
	}
}

func TestWhatIsNoRoomIsUnknown(t *testing.T) {
	for name, answer := range map[string]reply{
		"not there":    notFound,
		"hidden":       thrownBy(403, "System.InvalidOperationException", "Sie dürfen nicht"),
		"nothing":      {},
		"a folder":     {body: aRoom(7, "R", map[string]any{"roomType": nil})},
		"a template":   {body: aRoom(7, "R", map[string]any{"rootFolderType": 30})},
		"another room": {body: aRoom(8, "R", nil)},
	} {
		c, _ := script{"GET files/rooms/7": {answer}}.play(t)
		if room, err := c.Room(t.Context(), "7"); !errors.Is(err, invitation.RoomUnknown) {
			t.Errorf("%s: %+v, %v", name, room, err)
		}
	}
	c, asked := script{}.play(t)
	for _, id := range []invitation.RoomID{"", "..", "../people", "7/share", "7?x=1", invitation.RoomID(strings.Repeat("7", 201))} {
		_, err := c.Room(t.Context(), id)
		_, listing := c.RoomRights(t.Context(), id, "")
		_, sharing := c.ShareRoom(t.Context(), id, invitation.ReadRight, []invitation.MemberID{"m1"})
		for _, err := range []error{err, listing, sharing, c.InviteToRoom(t.Context(), id, invitation.ReadRight, []string{"a@x.test"})} {
			if !errors.Is(err, invitation.RoomUnknown) {
				t.Errorf("the room %q: %v", id, err)
			}
		}
	}
	if len(asked()) > 0 {
		t.Errorf("the portal was asked for %s", calls(asked()))
	}
}

// aShare is a member of a room as a portal writes them.
func aShare(id string, access any, with map[string]any) string {
	account := map[string]any{"id": id, "email": id + "@x.test", "displayName": id, "status": 1, "activationStatus": 1, "isOwner": false, "isRoomAdmin": true}
	share := map[string]any{"access": access, "sharedToUser": account, "sharedTo": account, "subjectType": 0, "isOwner": false, "isLocked": false}
	for key, value := range with {
		switch _, ofAccount := account[key]; {
		case value == nil:
			delete(share, key)
		case ofAccount && key != "isOwner":
			account[key] = value
		default:
			share[key] = value
		}
	}
	text, _ := json.Marshal(share)
	return string(text)
}

func shares(all ...string) reply { return reply{body: `[` + strings.Join(all, ",") + `]`} }

// TestAGroupThatCannotBeReadHidesWhatItsPeopleHave: no one is told then, as a right by name would replace it.
func TestAGroupThatCannotBeReadHidesWhatItsPeopleHave(t *testing.T) {
	owner := aShare("ann", 1, map[string]any{"isOwner": true})
	for name, tt := range map[string]struct {
		group  string
		people reply
		want   invitation.Reason
	}{
		"without an id":      {`{}`, reply{body: `[]`}, invitation.NotDocSpace},
		"that is kept quiet": {`{"id":"g1"}`, denied, invitation.PortalDenied},
		"of no list":         {`{"id":"g1"}`, reply{body: `{}`}, invitation.NotDocSpace},
	} {
		group := `{"access":10,"sharedTo":` + tt.group + `,"subjectType":2}`
		c, _ := script{"GET files/rooms/7/share": {shares(owner, group)}, "GET people/filter": {tt.people}}.play(t)
		if members, err := c.RoomRights(t.Context(), "7", ""); len(members) > 0 || !errors.Is(err, tt.want) {
			t.Errorf("a group %s: %+v, %v", name, members, err)
		}
	}
}

func TestWhoMayInviteIntoARoom(t *testing.T) {
	portalsOwner := aShare("boss", 9, map[string]any{"activationStatus": 0})
	portalsOwner = strings.Replace(portalsOwner, `"isOwner":false,"isRoomAdmin"`, `"isOwner":true,"isRoomAdmin"`, 2)
	group := `{"access":9,"sharedToGroup":{"id":"g1","name":"ann@x.test"},"sharedTo":{"id":"g1","name":"ann@x.test"},"subjectType":2}`
	for name, tt := range map[string]struct {
		who   string
		share string
		right invitation.Right // empty: not a member
		may   bool
	}{
		"the owner":                   {"ann", aShare("ann", 1, map[string]any{"isOwner": true}), invitation.ManageRight, true},
		"the owner, a user by now":    {"ann", aShare("ann", 1, map[string]any{"isOwner": true, "isRoomAdmin": false}), invitation.ManageRight, false},
		"a room manager":              {"ann", aShare("ann", 9, nil), invitation.ManageRight, true},
		"a room manager, by name":     {"ann", aShare("ann", "RoomManager", nil), invitation.ManageRight, true},
		"of an older portal":          {"ann", aShare("ann", 9, map[string]any{"sharedToUser": nil}), invitation.ManageRight, true},
		"whose address is unproven":   {"ann", aShare("ann", 9, map[string]any{"activationStatus": 0}), invitation.ManageRight, false},
		"who was switched off":        {"ann", aShare("ann", 9, map[string]any{"status": 2}), invitation.ManageRight, false},
		"the portal's owner, as ever": {"boss", portalsOwner, invitation.ManageRight, true},
		"an editor":                   {"ann", aShare("ann", 10, nil), invitation.EditRight, false},
		"with an unknown right":       {"ann", aShare("ann", 77, nil), "", false},
		"by a group":                  {"ann", group, "", false},
		"someone of a longer address": {"ann", aShare("joann", 9, nil), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			c, asked := script{"GET files/rooms/7/share": {shares(tt.share)}}.play(t)
			members, err := c.RoomRights(t.Context(), "7", strings.ToUpper(tt.who)+"@x.test")
			if err != nil || len(members) > 1 {
				t.Fatalf("%+v, %v", members, err)
			}
			var got invitation.RoomMember
			if len(members) == 1 {
				got = members[0]
			}
			if got.Right != tt.right || got.MayInvite != tt.may {
				t.Errorf("%+v; want %q, may invite: %v", got, tt.right, tt.may)
			}
			if q := asked()[0].query; len(asked()) != 1 || q.Get("filterType") != "16" || !strings.EqualFold(q.Get("filterValue"), tt.who+"@x.test") {
				t.Errorf("asked %s by %v", calls(asked()), q)
			}
		})
	}
}

// TestAGroupGivesItsRightToItsMembers, who would lose it by a lesser one of their own.
func TestAGroupGivesItsRightToItsMembers(t *testing.T) {
	group := func(id string, access int) string {
		return fmt.Sprintf(`{"access":%d,"sharedToGroup":{"id":%q,"name":"G"},"sharedTo":{"id":%[2]q,"name":"G"},"subjectType":2}`, access, id)
	}
	of := func(ids ...string) reply {
		var all []string
		for _, id := range ids {
			all = append(all, fmt.Sprintf(`{"id":%q,"email":"%[1]s@x.test","status":1,"activationStatus":1,"isOwner":false}`, id))
		}
		r := shares(all...)
		r.header = map[string]string{"total": fmt.Sprint(len(ids))}
		return r
	}
	list := shares(aShare("ann", 1, map[string]any{"isOwner": true}), group("g1", 2), group("g2", 10), group("g3", 77), aShare("bob", 2, nil))
	c, asked := script{"GET files/rooms/7/share": {list}, "GET people/filter": {of("bob", "carol"), of("bob", "carol", "dan"), of("eve")}}.play(t)
	members, err := c.RoomRights(t.Context(), "7", "")
	got := map[invitation.MemberID]invitation.Right{}
	for _, m := range members {
		got[m.ID] = m.Right
		if m.MayInvite != (m.ID == "ann") {
			t.Errorf("%s may invite: %v", m.ID, m.MayInvite)
		}
	}
	want := map[invitation.MemberID]invitation.Right{
		"ann": invitation.ManageRight, "bob": invitation.ReadRight, "carol": invitation.EditRight, "dan": invitation.EditRight, "eve": "",
	}
	if err != nil || !maps.Equal(got, want) || len(members) != len(want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if q := asked()[1].query; q.Get("groupId") != "g1" {
		t.Errorf("asked %s by %v", calls(asked()), q)
	}
	c, _ = script{"GET files/rooms/7/share": {list}, "GET people/filter": {thrownBy(403, "x", "no")}}.play(t)
	if members, err := c.RoomRights(t.Context(), "7", ""); err == nil {
		t.Errorf("a group that isn't shown: %v", members)
	}
}

func TestRoomRightsReadEveryPage(t *testing.T) {
	page := func(from, to int) reply {
		var all []string
		for i := from; i < to; i++ {
			all = append(all, aShare(fmt.Sprintf("m%d", i), 2, nil))
		}
		r := shares(all...)
		r.header = map[string]string{"total": "250"}
		return r
	}
	c, asked := script{"GET files/rooms/7/share": {page(0, 100), page(100, 200), page(200, 250)}}.play(t)
	members, err := c.RoomRights(t.Context(), "7", "")
	if err != nil || len(members) != 250 || len(asked()) != 3 || asked()[2].query.Get("startIndex") != "200" {
		t.Errorf("%d members, %v, by %d calls", len(members), err, len(asked()))
	}
	for name, tt := range map[string]struct {
		pages []reply
		want  invitation.Reason
	}{
		"someone moved":     {[]reply{page(0, 100), page(99, 199), page(199, 250)}, invitation.PortalDown},
		"always that page":  {[]reply{page(0, 100)}, invitation.PortalDown},
		"a hidden room":     {[]reply{shares()}, invitation.RoomUnknown},
		"no such room":      {[]reply{notFound}, invitation.RoomUnknown},
		"no list":           {[]reply{{}}, invitation.NotDocSpace},
		"another form":      {[]reply{{body: `{"members":[]}`}}, invitation.NotDocSpace},
		"a page is missing": {[]reply{page(0, 100), {status: 502}}, invitation.PortalDown},
	} {
		c, _ := script{"GET files/rooms/7/share": tt.pages}.play(t)
		if members, err := c.RoomRights(t.Context(), "7", ""); !errors.Is(err, tt.want) || members != nil {
			t.Errorf("%s: %d members, %v; want %s", name, len(members), err, tt.want)
		}
	}
	// What was shared with the owner before the room was theirs is listed once more.
	c, _ = script{"GET files/rooms/7/share": {shares(aShare("ann", 1, map[string]any{"isOwner": true}), aShare("ann", 2, nil), aShare("bob", 2, nil))}}.play(t)
	if members, err := c.RoomRights(t.Context(), "7", ""); err != nil || len(members) != 2 || members[0].Right != invitation.ManageRight {
		t.Errorf("%+v, %v", members, err)
	}
}

func TestARoomIsSharedWithThoseWhomTheAnswerLists(t *testing.T) {
	c, asked := script{"PUT files/rooms/7/share": {{body: `{"members":[` + strings.Join([]string{
		aShare("ann", 10, nil), aShare("BOB", 9, nil), aShare("carol", 2, nil), aShare("dan", 0, nil), `{"access":10,"sharedToGroup":{"id":"eve"}}`,
	}, ",") + `],"error":0}`}}}.play(t)
	shared, err := c.ShareRoom(t.Context(), "7", invitation.EditRight, []invitation.MemberID{"ann", "bob", "carol", "dan", "eve", "frank", "..", ""})
	if want := []invitation.MemberID{"ann", "bob"}; err != nil || !slices.Equal(shared, want) {
		t.Errorf("shared with %v, %v; want %v", shared, err, want)
	}
	const want = `{"invitations":[{"id":"ann","access":10},{"id":"bob","access":10},{"id":"carol","access":10},{"id":"dan","access":10},` +
		`{"id":"eve","access":10},{"id":"frank","access":10}],"notify":false}`
	if got := asked()[0].body; got != want {
		t.Errorf("the portal was told %s", got)
	}
}

func TestAThousandPeopleTakeTenCalls(t *testing.T) {
	c, asked := script{"PUT files/rooms/7/share": {{body: `{"error":0}`}, {body: `{"members":[` + aShare("m100", 2, nil) + `]}`}, denied}, "GET files/rooms/7": {{body: aRoom(7, "R", nil)}}}.play(t)
	var all []invitation.MemberID
	for i := range 1000 {
		all = append(all, invitation.MemberID(fmt.Sprintf("m%d", i)))
	}
	shared, err := c.ShareRoom(t.Context(), "7", invitation.ReadRight, all)
	if !errors.Is(err, invitation.PortalDenied) || !slices.Equal(shared, []invitation.MemberID{"m100"}) || len(asked()) != 4 {
		t.Errorf("shared with %v, %v, by %s", shared, err, calls(asked()))
	}
	c, asked = script{"PUT files/rooms/7/share": {{body: `{"error":0}`}}}.play(t)
	if _, err := c.ShareRoom(t.Context(), "7", invitation.ReadRight, all); err != nil || len(asked()) != 10 {
		t.Errorf("%v, by %d calls", err, len(asked()))
	}
}

func TestWhyARoomIsNotShared(t *testing.T) {
	archived := aRoom(7, "R", map[string]any{"rootFolderType": 20, "security": map[string]any{}})
	notOurs := aRoom(7, "R", map[string]any{"security": map[string]any{"EditAccess": false}})
	for name, tt := range map[string]struct {
		answer  reply
		room    reply
		want    invitation.Reason
		trouble remedy.Trouble
		unsure  bool
	}{
		"no such right here":   {answer: notThisRole, want: invitation.RightNotThere},
		"archived meanwhile":   {answer: denied, room: reply{body: archived}, want: invitation.RoomArchived},
		"not the bot's":        {answer: denied, room: reply{body: notOurs}, want: invitation.RoomDenied, trouble: remedy.RoomNotShared},
		"hidden by now":        {answer: denied, room: notFound, want: invitation.RoomUnknown},
		"denied, who knows":    {answer: denied, room: reply{status: 502}, want: invitation.PortalDenied},
		"not there":            {answer: notFound, want: invitation.RoomUnknown},
		"no seat":              {answer: thrownBy(402, "ASC.Core.Tenants.TenantQuotaException", "zu viele"), want: invitation.SeatLimit, trouble: remedy.NoSeat},
		"unpaid":               {answer: reply{status: 402, body: `{"status":402}`}, want: invitation.PortalUnpaid, trouble: remedy.PortalUnpaid},
		"no scope":             {answer: reply{status: 403}, want: invitation.NotAvailable, trouble: remedy.KeyScope},
		"too many calls":       {answer: reply{status: 429}, want: invitation.PortalBusy, trouble: remedy.PortalBusy},
		"an error of its own":  {answer: reply{status: 500}, want: invitation.PortalDown, trouble: remedy.PortalFailing, unsure: true},
		"an answer of nothing": {want: invitation.NotDocSpace, trouble: remedy.NotDocSpace, unsure: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, asked := script{"PUT files/rooms/7/share": {tt.answer}, "GET files/rooms/7": {tt.room}}.play(t)
			_, err := c.ShareRoom(t.Context(), "7", invitation.ReadRight, []invitation.MemberID{"m1"})
			if !errors.Is(err, tt.want) || remedy.Of(err) != tt.trouble || invitation.FailureOf(errors.Unwrap(err)).Unsure != tt.unsure {
				t.Errorf("%v, %s; want %s, %s, unsure: %v", err, remedy.Of(err), tt.want, tt.trouble, tt.unsure)
			}
			if strings.Count(calls(asked()), "PUT") != 1 {
				t.Errorf("called %s", calls(asked()))
			}
		})
	}
	c, asked := script{}.play(t)
	if _, err := c.ShareRoom(t.Context(), "7", "Owner", []invitation.MemberID{"m1"}); !errors.Is(err, invitation.RightNotThere) || len(asked()) > 0 {
		t.Errorf("a right that isn't known: %v, by %s; it would be taken away", err, calls(asked()))
	}
}

func TestAPortalWithoutACallIsNoBrokenOne(t *testing.T) {
	alive := reply{body: `{"version":"3.8.0","tenantStatus":0}`}
	for name, tt := range map[string]struct {
		portal script
		want   invitation.Reason
	}{
		"in service":   {script{"GET settings": {alive}}, invitation.NotAvailable},
		"suspended":    {script{"GET settings": {{body: `{"version":"3.8.0","tenantStatus":1}`}}}, invitation.PortalUnpaid},
		"not DocSpace": {script{}, invitation.NotDocSpace},
	} {
		c, _ := tt.portal.play(t)
		for call, err := range map[string]error{
			"Rooms":       second(c.Rooms(t.Context(), "x")),
			"Room":        second(c.Room(t.Context(), "7")),
			"RoomRights":  second(c.RoomRights(t.Context(), "7", "")),
			"ShareRoom":   second(c.ShareRoom(t.Context(), "7", invitation.ReadRight, []invitation.MemberID{"m1"})),
			"Invite":      c.InviteByEmail(t.Context(), []string{"a@x.test"}, invitation.User),
			"InviteGuest": c.InviteToRoom(t.Context(), "7", invitation.ReadRight, []string{"a@x.test"}),
			"Resend":      c.ResendInvitations(t.Context(), []invitation.MemberID{"m1"}),
			"InviteLink":  second(c.InviteLink(t.Context(), invitation.User)),
			"RevokeLink":  c.RevokeLink(t.Context(), invitation.User),
		} {
			if !errors.Is(err, tt.want) || remedy.Of(err) == "" {
				t.Errorf("%s, %s: %v, %s; want %s", name, call, err, remedy.Of(err), tt.want)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAKeyWithoutAFeaturesScopeIsNotBroken(t *testing.T) {
	for name, answer := range map[string]reply{"bare": {status: 403}, "problem": {status: 403, body: `{"status":403,"traceId":"x"}`}} {
		c, _ := script{"GET files/rooms": {answer}, "GET portal/users/invite/User": {answer}, "GET settings": {{body: `{"version":"3.7.2"}`}}}.play(t)
		if _, err := c.Rooms(t.Context(), ""); !errors.Is(err, invitation.NotAvailable) || remedy.Of(err) != remedy.KeyScope {
			t.Errorf("%s: %v, %s", name, err, remedy.Of(err))
		}
		if _, err := c.InviteLink(t.Context(), invitation.User); !errors.Is(err, invitation.KeyBroken) {
			t.Errorf("%s: %v; without links the bot can do nothing", name, err)
		}
	}
}
