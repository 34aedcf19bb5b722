package docspace

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

const (
	membersOn  = `{"allowInvitingMembers":true,"allowInvitingGuests":true}`
	membersOff = `{"allowInvitingMembers":false,"allowInvitingGuests":true}`
)

// invalid is a refusal by validation.
func invalid(field string) reply {
	return reply{status: 400, header: map[string]string{"Content-Type": "application/problem+json"}, body: fmt.Sprintf(
		`{"response":{"title":"invalid","status":400,"errors":{%q:["kein"]},"traceId":"x"},"count":1,"status":1,"statusCode":400}`, field)}
}

func TestAnInvitationByEmailNamesOneAddressAndItsRole(t *testing.T) {
	c, asked := script{"POST people/invite": {{body: `[{"displayName":"ann@x.test"},{"displayName":"bob@X.test"}]`}}}.play(t)
	if err := c.InviteByEmail(t.Context(), []string{" Bob@x.test "}, invitation.RoomAdmin); err != nil {
		t.Fatal(err)
	}
	if err := c.InviteByEmail(t.Context(), []string{"bob@x.test"}, invitation.User); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`{"invitations":[{"email":"Bob@x.test","type":"RoomAdmin"}]}`, `{"invitations":[{"email":"bob@x.test","type":"User"}]}`,
	} {
		if got := asked()[i]; got.body != want || got.query.Get("fields") != "displayName" {
			t.Errorf("the portal was told %s by %v, want %s", got.body, got.query, want)
		}
	}
	for _, role := range []invitation.Role{invitation.Guest, "", "All", "user"} {
		if err := c.InviteByEmail(t.Context(), []string{"bob@x.test"}, role); !errors.Is(err, invitation.Unexpected) {
			t.Errorf("as %q: %v", role, err)
		}
	}
	for _, address := range []string{"", "bob", "a\x00@x.test", strings.Repeat("a", addressMax) + "@x.test"} {
		if err := c.InviteByEmail(t.Context(), []string{address}, invitation.User); !errors.Is(err, invitation.BadAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if len(asked()) != 2 {
		t.Errorf("called %s", calls(asked()))
	}
}

func TestWhyAnAddressIsNotInvited(t *testing.T) {
	argument := func(message string) reply { return thrownBy(400, "System.ArgumentException", message) }
	quota := thrownBy(402, "ASC.Core.Tenants.TenantQuotaException", "Zu viele Administratoren")
	for name, tt := range map[string]struct {
		answer  reply
		rights  string // the portal's switches
		want    invitation.Reason
		trouble remedy.Trouble
		wait    time.Duration
		guests  bool // this comes of rooms too
	}{
		"disabled":          {answer: argument("Benutzer ist gesperrt: BOB@x.test"), want: invitation.AccountDisabled, guests: true},
		"a bad address":     {answer: argument("E-Mail ist falsch"), want: invitation.BadAddress, guests: true},
		"a bad attribute":   {answer: invalid("Invitations[0].Email"), want: invitation.BadAddress, guests: true},
		"used up":           {answer: invalid("Invitations"), want: invitation.EmailsUsedUp, trouble: remedy.EmailsUsedUp, guests: true},
		"used up, a room":   {answer: invalid("RoomInvitation.Invitations"), want: invitation.EmailsUsedUp, trouble: remedy.EmailsUsedUp, guests: true},
		"a bug of ours":     {answer: invalid("$.invitations"), want: invitation.EmailsUsedUp, trouble: remedy.EmailsUsedUp},
		"another bug":       {answer: invalid("inDto"), want: invitation.Unexpected, guests: true},
		"no seat":           {answer: quota, want: invitation.SeatLimit, trouble: remedy.NoSeat, guests: true},
		"switched off":      {answer: denied, rights: membersOff, want: invitation.PortalDenied, trouble: remedy.InvitingOff},
		"not the key's":     {answer: denied, rights: membersOn, want: invitation.NoLink, trouble: remedy.KeyOwnerLow},
		"denied, who knows": {answer: denied, want: invitation.PortalDenied, trouble: remedy.InvitingOff},
		"none left today": {
			answer: reply{status: 429, header: map[string]string{"Retry-After": "7200"}}, want: invitation.PortalBusy, trouble: remedy.PortalBusy,
			wait: 2 * time.Hour, guests: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			portal := script{"POST people/invite": {tt.answer}, "PUT files/rooms/7/share": {tt.answer}, "GET settings/invitationsettings": {{status: 502}}}
			if tt.rights != "" {
				portal["GET settings/invitationsettings"] = []reply{{body: tt.rights}}
			}
			c, _ := portal.play(t)
			errs := []error{c.InviteByEmail(t.Context(), []string{"bob@x.test"}, invitation.User)}
			if tt.guests {
				errs = append(errs, c.InviteToRoom(t.Context(), "7", invitation.ReadRight, []string{"bob@x.test"}))
			}
			for _, err := range errs {
				failed, ok := errors.AsType[*Error](err)
				if !ok || !errors.Is(err, tt.want) || failed.Trouble() != tt.trouble || tt.wait != 0 && failed.Wait != tt.wait || failed.unsure() {
					t.Errorf("%v, %s, %+v; want %s, %s", err, remedy.Of(err), failed, tt.want, tt.trouble)
				}
				if err != nil && (strings.Contains(strings.ToLower(err.Error()), "bob") || strings.Contains(err.Error(), "ASC")) {
					t.Errorf("it tells too much: %v", err)
				}
			}
		})
	}
}

func TestAGuestIsInvitedByARoom(t *testing.T) {
	c, asked := script{"PUT files/rooms/7/share": {
		{body: `{"error":0}`}, {body: `{"warning":"Adresse bob@x.test ist gesperrt, sk-1","error":0}`}, denied, denied, notThisRole,
	}, "GET files/rooms/7": {{body: aRoom(7, "R", nil)}, {body: aRoom(7, "R", map[string]any{"security": nil})}}}.play(t)
	invite := func(right invitation.Right) error {
		return c.InviteToRoom(t.Context(), "7", right, []string{"bob@x.test"})
	}
	if err := invite(invitation.CommentRight); err != nil {
		t.Error(err)
	}
	if got, want := asked()[0].body, `{"invitations":[{"email":"bob@x.test","access":6}],"notify":false}`; got != want {
		t.Errorf("the portal was told %s, want %s", got, want)
	}
	for _, tt := range []struct {
		what    string
		want    invitation.Reason
		trouble remedy.Trouble
	}{
		{"a warning", invitation.EmailRefused, ""},
		{"guests are switched off", invitation.PortalDenied, remedy.GuestsOff},
		{"the room isn't the bot's", invitation.RoomDenied, remedy.RoomNotShared},
		{"the right isn't offered", invitation.RightNotThere, ""},
	} {
		err := invite(invitation.ReadRight)
		if !errors.Is(err, tt.want) || remedy.Of(err) != tt.trouble || strings.Contains(err.Error(), "bob") || strings.Contains(err.Error(), "sk-1") {
			t.Errorf("%s: %v, %s; want %s, %s", tt.what, err, remedy.Of(err), tt.want, tt.trouble)
		}
	}
	before := len(asked())
	if err := invite(invitation.ManageRight); !errors.Is(err, invitation.RightNotThere) || len(asked()) > before {
		t.Errorf("a guest as room manager: %v", err)
	}
}

// TestFailedInvitationMayHaveBeenSent, depending on how it failed. None is repeated.
func TestFailedInvitationMayHaveBeenSent(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  docspacesim.Fault
		unsure bool
	}{
		"too many":      {docspacesim.Fault{Status: 429}, false},
		"an error":      {docspacesim.Fault{Status: 500}, true},
		"a bad gateway": {docspacesim.Fault{Status: 502, HTML: true}, true},
		"cut":           {docspacesim.Fault{Reset: true}, true},
		"silent":        {docspacesim.Fault{Delay: time.Hour}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			watchedPortal(t, func(_ *docspacesim.Portal, r *http.Request) func() {
				if r.Method != http.MethodGet {
					calls.Add(1)
				}
				return nil
			}, func(t *testing.T, p *docspacesim.Portal, c *Client) {
				p.Fault(tt.fault)
				for _, err := range []error{
					c.InviteByEmail(t.Context(), []string{"bob@x.test"}, invitation.User),
					c.InviteToRoom(t.Context(), "7", invitation.ReadRight, []string{"bob@x.test"}),
					c.ResendInvitations(t.Context(), []invitation.MemberID{"m1"}),
				} {
					if failed, ok := errors.AsType[*Error](err); !ok || failed.unsure() != tt.unsure {
						t.Errorf("after %v the client is unsure: %v, want %v", err, !tt.unsure, tt.unsure)
					}
				}
				if n := calls.Load(); n != 3 {
					t.Errorf("the portal was called %d times, want 3", n)
				}
			})
		})
	}
}

func TestEmailsAreSentAgainFiveTimesInAQuarterOfAnHour(t *testing.T) {
	c, asked := script{"PUT people/invite": {{body: `[{"id":"m1"}]`}}}.play(t)
	for range 3 {
		if err := c.ResendInvitations(t.Context(), []invitation.MemberID{"", ".."}); err != nil || len(asked()) > 0 {
			t.Errorf("to no one: %v, by %s", err, calls(asked()))
		}
	}
	for range resendCalls {
		if err := c.ResendInvitations(t.Context(), []invitation.MemberID{"m1", "..", "m2"}); err != nil {
			t.Error(err)
		}
	}
	if got, want := asked()[0].body, `{"userIds":["m1","m2"],"resendAll":false}`; got != want {
		t.Errorf("the portal was told %s, want %s", got, want)
	}
	err := c.ResendInvitations(t.Context(), []invitation.MemberID{"m1"})
	failed, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, invitation.PortalBusy) || failed.Wait <= resendWindow-time.Minute || failed.Wait > resendWindow || len(asked()) != resendCalls || failed.unsure() {
		t.Errorf("the sixth: %v, %+v, by %d calls", err, failed, len(asked()))
	}
	var w window
	start := time.Now()
	granted := 0
	for at := start; at.Before(start.Add(time.Hour)); at = at.Add(time.Minute) {
		if w.take(at) == 0 {
			granted++
		}
	}
	if granted != 4*resendCalls {
		t.Errorf("%d calls in an hour, want %d", granted, 4*resendCalls)
	}
	c, _ = script{"PUT people/invite": {{status: 429}}}.play(t)
	if failed, ok := errors.AsType[*Error](c.ResendInvitations(t.Context(), []invitation.MemberID{"m1"})); !ok || failed.Wait != 3*time.Minute {
		t.Errorf("a 429 of this limit: %+v", failed)
	}
}

// aLink is a managed link as a portal writes it.
func aLink(id string, with string) reply {
	return reply{body: fmt.Sprintf(`{"id":%q,"employeeType":4,"isExpired":false,"currentUseCount":3,"url":"https://acme.test/s/%s"%s}`, id, id, with)}
}

func TestAManagedLinkIsMadeOnceAndReplacedWhenSpent(t *testing.T) {
	const get, post, put, remove = "GET portal/users/invitationlink/User", "POST portal/users/invitationlink", "PUT portal/users/invitationlink", "DELETE portal/users/invitationlink"
	until := time.Now().UTC().Add(managedLife - time.Minute).Truncate(time.Second)
	told := `,"expiration":"` + until.Format(time.RFC3339) + `"`
	soon := `,"expiration":"` + until.Add(-2*time.Hour).Format(time.RFC3339) + `"`
	exists := thrownBy(400, "System.ArgumentException", "link with the same EmployeeType already exists")
	for name, tt := range map[string]struct {
		portal  script
		link    string
		expires time.Time
		calls   []string
		want    invitation.Reason
		trouble remedy.Trouble
	}{
		"there":              {portal: script{get: {aLink("a", told)}}, link: "a", expires: until, calls: []string{get}},
		"there for ever":     {portal: script{get: {aLink("a", "")}}, link: "a", calls: []string{get}},
		"absent":             {portal: script{get: {{}}, post: {aLink("b", told)}}, link: "b", expires: until, calls: []string{get, post}},
		"someone was faster": {portal: script{get: {{}, aLink("c", told)}, post: {exists}}, link: "c", expires: until, calls: []string{get, post, get}},
		"a bad request":      {portal: script{get: {{}}, post: {exists}}, calls: []string{get, post, get}, want: invitation.Unexpected},
		"expired":            {portal: script{get: {aLink("a", `,"isExpired":true`)}, remove: {{}}, post: {aLink("b", told)}}, link: "b", expires: until, calls: []string{get, remove, post}},
		"expired, untold":    {portal: script{get: {aLink("a", `,"expiration":"2020-01-01T00:00:00Z"`)}, remove: {{}}, post: {aLink("b", told)}}, link: "b", expires: until, calls: []string{get, remove, post}},
		"used up":            {portal: script{get: {aLink("a", `,"maxUseCount":3`)}, remove: {notFound}, post: {aLink("b", told)}}, link: "b", expires: until, calls: []string{get, remove, post}},
		"half used up":       {portal: script{get: {aLink("a", told+`,"maxUseCount":128`)}}, link: "a", expires: until, calls: []string{get}},
		"nearly used up":     {portal: script{get: {aLink("a", told+`,"maxUseCount":127`)}, put: {aLink("a", told)}}, link: "a", expires: until, calls: []string{get, put}},
		"expires sooner":     {portal: script{get: {aLink("a", soon)}, put: {aLink("a", told)}}, link: "a", expires: until, calls: []string{get, put}},
		"not renewed":        {portal: script{get: {aLink("a", soon)}, put: {{status: 500}}}, calls: []string{get, put}, want: invitation.PortalDown, trouble: remedy.PortalFailing},
		"renewed, untold":    {portal: script{get: {aLink("a", soon)}, put: {{}}}, calls: []string{get, put}, want: invitation.NotDocSpace, trouble: remedy.NotDocSpace},
		"spent for good":     {portal: script{get: {aLink("a", `,"maxUseCount":3`)}, remove: {{status: 500}}}, calls: []string{get, remove}, want: invitation.PortalDown, trouble: remedy.PortalFailing},
		"no seat":            {portal: script{get: {thrownBy(402, "X", "voll")}}, calls: []string{get}, want: invitation.SeatLimit, trouble: remedy.NoSeat},
		"switched off":       {portal: script{get: {denied}, "GET settings/invitationsettings": {{body: membersOff}}}, want: invitation.PortalDenied, trouble: remedy.InvitingOff},
		"not the key's":      {portal: script{get: {denied}, "GET settings/invitationsettings": {{body: membersOn}}}, want: invitation.NoLink, trouble: remedy.KeyOwnerLow},
		"before 3.7":         {portal: script{"GET settings": {{body: `{"version":"3.6.1"}`}}}, want: invitation.NotAvailable, trouble: remedy.NoManagedLinks},
		"no link at all":     {portal: script{get: {{body: `{"id":"a","url":"javascript:alert(1)"}`}}}, want: invitation.NotDocSpace, trouble: remedy.NotDocSpace},
		"another form":       {portal: script{get: {{body: `{"url":"https://acme.test/s/x"}`}}}, want: invitation.NotDocSpace, trouble: remedy.NotDocSpace},
		"nothing made":       {portal: script{get: {{}}, post: {{}}}, want: invitation.NotDocSpace, trouble: remedy.NotDocSpace},
	} {
		t.Run(name, func(t *testing.T) {
			c, asked := tt.portal.play(t)
			link, expires, err := c.ManagedLink(t.Context(), invitation.User)
			if tt.want != "" {
				if link != "" || !errors.Is(err, tt.want) || remedy.Of(err) != tt.trouble {
					t.Errorf("%q, %v, %s; want %s, %s", link, err, remedy.Of(err), tt.want, tt.trouble)
				}
			} else if err != nil || link != "https://acme.test/s/"+tt.link || !expires.Equal(tt.expires) {
				t.Errorf("%q until %v, %v; want %s", link, expires, err, tt.link)
			}
			if got := calls(asked()); tt.calls != nil && got != strings.Join(tt.calls, ", ") {
				t.Errorf("called %s, want %v", got, tt.calls)
			}
			for _, one := range asked() {
				if one.call == post && (!strings.Contains(one.body, `"employeeType":"User","expiration":"`) || !strings.Contains(one.body, `Z","maxUseCount":250}`)) {
					t.Errorf("the portal was told %s", one.body)
				}
				if one.call == put && (!strings.Contains(one.body, `{"id":"a","expiration":"`) || !strings.Contains(one.body, `Z","maxUseCount":253}`)) {
					t.Errorf("the portal was told %s", one.body)
				}
				if one.call == remove && one.body != `{"id":"a"}` {
					t.Errorf("the portal was told to delete %s", one.body)
				}
			}
		})
	}
}

func TestALinkIsRevoked(t *testing.T) {
	const get, remove = "GET portal/users/invitationlink/RoomAdmin", "DELETE portal/users/invitationlink"
	for name, tt := range map[string]struct {
		portal script
		calls  string
		want   invitation.Reason
	}{
		"there":       {script{get: {aLink("a", "")}, remove: {{}}}, get + ", " + remove, ""},
		"absent":      {script{get: {{}}}, get, ""},
		"gone by now": {script{get: {aLink("a", "")}, remove: {notFound}}, get + ", " + remove, ""},
		"refused":     {script{get: {aLink("a", "")}, remove: {denied}}, get + ", " + remove + ", GET settings/invitationsettings", invitation.PortalDenied},
		"no answer":   {script{get: {aLink("a", "")}, remove: {{status: 502}}}, get + ", " + remove, invitation.PortalDown},
		"not found":   {script{get: {{status: 500}}}, get, invitation.PortalDown},
	} {
		c, asked := tt.portal.play(t)
		c.managed = true
		err := c.RevokeLink(t.Context(), invitation.RoomAdmin)
		if tt.want == "" && err != nil || tt.want != "" && !errors.Is(err, tt.want) || calls(asked()) != tt.calls {
			t.Errorf("%s: %v, by %s; want %q", name, err, calls(asked()), tt.want)
		}
		if unsure := invitation.FailureOf(err).Unsure; err != nil && unsure != (name == "no answer") {
			t.Errorf("%s: it may have been revoked: %v", name, unsure)
		}
	}
	noSeat := thrownBy(402, "X", "voll")
	for name, tt := range map[string]struct {
		given reply // to the one who wanted a link before
		calls string
		want  invitation.Reason
	}{
		"it was given out":   {aLink("a", `,"maxUseCount":250`), get + ", " + get + ", " + remove, ""},
		"it was never shown": {noSeat, get + ", " + get, invitation.SeatLimit},
	} {
		c, asked := script{get: {tt.given, noSeat}, remove: {{}}}.play(t)
		c.managed = true
		_, _ = c.InviteLink(t.Context(), invitation.RoomAdmin)
		if err := c.RevokeLink(t.Context(), invitation.RoomAdmin); (tt.want == "") != (err == nil) || tt.want != "" && !errors.Is(err, tt.want) || calls(asked()) != tt.calls {
			t.Errorf("without a free seat, %s: %v, by %s; want %q", name, err, calls(asked()), tt.want)
		}
		if sent := asked()[len(asked())-1]; tt.want == "" && sent.body != `{"id":"a"}` {
			t.Errorf("the portal was told to delete %s", sent.body)
		}
	}
	c, asked := script{}.play(t)
	c.managed = true
	for _, role := range []invitation.Role{invitation.Guest, "", "All"} {
		_, _, err := c.ManagedLink(t.Context(), role)
		if !errors.Is(err, invitation.NotAvailable) || !errors.Is(c.RevokeLink(t.Context(), role), invitation.NotManaged) || len(asked()) > 0 {
			t.Errorf("the link for %q: %v, by %s", role, err, calls(asked()))
		}
	}
}

// TestOnlyLinksThatAreGivenOutAreRevoked: another one of the portal's is not the bot's to end.
func TestOnlyLinksThatAreGivenOutAreRevoked(t *testing.T) {
	const old, get, remove = "GET portal/users/invite/User", "GET portal/users/invitationlink/User", "DELETE portal/users/invitationlink"
	for name, tt := range map[string]struct {
		portal script
		calls  string
		want   invitation.Reason
	}{
		"old links":      {script{old: {{body: `"https://acme.test/s/old"`}}, get: {aLink("a", "")}, remove: {{}}}, old, invitation.NotManaged},
		"gone by now":    {script{old: {{status: 410}}, "GET settings": {{body: `{"version":"4.0.0"}`}}, get: {aLink("a", "")}, remove: {{}}}, remove, ""},
		"no one can say": {script{old: {{status: 503}}, get: {aLink("a", "")}, remove: {{}}}, old, invitation.PortalDown},
	} {
		c, asked := tt.portal.play(t)
		if err := c.RevokeLink(t.Context(), invitation.User); tt.want == "" && err != nil || tt.want != "" && !errors.Is(err, tt.want) || !strings.HasSuffix(calls(asked()), tt.calls) {
			t.Errorf("%s: %v, by %s; want %q", name, err, calls(asked()), tt.want)
		}
	}
}

// TestManagedLinksAreGivenOut where they are asked for, or are the only ones left.
func TestManagedLinksAreGivenOut(t *testing.T) {
	const old, get = "GET portal/users/invite/User", "GET portal/users/invitationlink/User"
	for name, tt := range map[string]struct {
		managed bool
		old     reply
		calls   string // of two links in turn
	}{
		"asked for":         {true, reply{body: `"https://acme.test/s/old"`}, get + ", " + get},
		"the only ones":     {false, reply{status: 410}, old + ", GET settings, " + get + ", " + get},
		"neither asked for": {false, reply{body: `"https://acme.test/s/a"`}, old + ", " + old},
	} {
		c, asked := script{old: {tt.old}, get: {aLink("a", "")}, "GET settings": {{body: `{"version":"4.0.0"}`}}}.play(t)
		c.managed = tt.managed
		for range 2 {
			if link, err := c.InviteLink(t.Context(), invitation.User); err != nil || link != "https://acme.test/s/a" {
				t.Errorf("%s: %q, %v", name, link, err)
			}
		}
		if got := calls(asked()); got != tt.calls {
			t.Errorf("%s: called %s, want %s", name, got, tt.calls)
		}
	}
	c, _ := script{"GET portal/users/invite/Guest": {{status: 410}}, "GET settings": {{body: `{"version":"4.0.0"}`}}}.play(t)
	if _, err := c.InviteLink(t.Context(), invitation.Guest); remedy.Of(err) != remedy.LegacyLinksGone {
		t.Errorf("for guests: %v, %s", err, remedy.Of(err))
	}
}

func TestTheOldLinksAreGone(t *testing.T) {
	for name, tt := range map[string]struct {
		answer  reply
		alive   bool
		want    invitation.Reason
		trouble remedy.Trouble
	}{
		"404":                {reply{status: 404}, true, invitation.NotAvailable, remedy.LegacyLinksGone},
		"410":                {reply{status: 410}, true, invitation.NotAvailable, remedy.LegacyLinksGone},
		"410, said":          {thrownBy(410, "X", "weg"), true, invitation.NotAvailable, remedy.LegacyLinksGone},
		"404, a filter's":    {reply{status: 404, body: `{"status":404}`}, true, invitation.NotAvailable, remedy.LegacyLinksGone},
		"no portal":          {reply{status: 404}, false, invitation.NotDocSpace, remedy.NotDocSpace},
		"a page in between":  {reply{status: 410, body: "<h1>gone</h1>", header: map[string]string{"Content-Type": "text/html"}}, true, invitation.NotDocSpace, remedy.PortalMiddlebox},
		"refused, not gone":  {denied, true, invitation.PortalDenied, remedy.InvitingOff},
		"no link, not gone":  {reply{body: `""`}, true, invitation.NoLink, remedy.KeyOwnerLow},
		"an empty one, also": {reply{}, true, invitation.NoLink, remedy.KeyOwnerLow},
	} {
		portal := script{"GET portal/users/invite/User": {tt.answer}}
		if tt.alive {
			portal["GET settings"] = []reply{{body: `{"version":"4.0.0","tenantStatus":0}`}}
		}
		c, _ := portal.play(t)
		if _, err := c.InviteLink(t.Context(), invitation.User); !errors.Is(err, tt.want) || remedy.Of(err) != tt.trouble {
			t.Errorf("%s: %v, %s; want %s, %s", name, err, remedy.Of(err), tt.want, tt.trouble)
		}
	}
}
