package docspace

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
)

// always is a portal that gives one answer to everything.
type always string

func (a always) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(a))),
	}, nil
}

// FuzzCalls gives every call whatever answer: links, accounts, lists, settings, keys, rooms. What comes out is
// an error with a reason that tells no key and no one's address, or something that can be used.
func FuzzCalls(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no samples", err)
	}
	for _, file := range files {
		f.Add(sample(f, strings.TrimSuffix(filepath.Base(file), ".json")))
	}
	for _, seed := range []string{
		`{"response":"javascript:alert(1)","status":0,"statusCode":200}`, `{"response":[null,{"id":5},{"email":"a"}],"total":9999999,"statusCode":200}`,
		`{"response":{"createdBy":[],"status":"Active, Pending"},"statusCode":200}`, `{"statusCode":200}`, `null`,
		`{"response":{"folders":[` + aRoom(7, "R", nil) + `,{"id":{},"security":3,"roomType":"x"},null]},"statusCode":200}`,
		`{"response":` + aRoom("7", "R", nil) + `,"statusCode":200}`, `{"response":{"members":null,"warning":"no"},"statusCode":200}`,
		`{"response":[` + aShare("m1", 10, nil) + `,{"sharedTo":{"isOwner":true,"id":"x"},"access":"Varies"}],"total":2,"statusCode":200}`,
		`{"response":{"members":[` + aShare("m1", 2, nil) + `]},"statusCode":200}`, `{"response":` + aLink("a", `,"maxUseCount":1`).body + `,"statusCode":200}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		c, err := New(Options{URL: "https://acme.test", Key: logging.NewSecret(testKey), Transport: always(body)})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		link, failed := c.InviteLink(ctx, invitation.Guest)
		if failed == nil && !isLink(link) {
			t.Errorf("it gives the link %q", link)
		}
		errs := []error{failed}
		note := func(err error) { errs = append(errs, err) }
		_, err = c.Member(ctx, "m1")
		note(err)
		_, err = c.Self(ctx)
		note(err)
		_, err = c.KeyInfo(ctx)
		note(err)
		_, err = c.Settings(ctx)
		note(err)
		_, _, err = c.InvitationSettings(ctx)
		note(err)
		_, err = c.FindAccounts(ctx, []string{"bob@acme.test"})
		note(err)
		_, err = c.Newcomers(ctx, time.Unix(0, 0))
		note(err)
		note(c.CongratulateMember(ctx, "m1"))
		rooms, err := c.Rooms(ctx, "r")
		note(err)
		room, failed := c.Room(ctx, "7")
		note(failed)
		for _, r := range append(rooms, room) {
			if at, err := url.Parse(r.URL); failed == nil && (err != nil || at.Host != "acme.test" || !roomID.MatchString(string(r.ID)) || len([]rune(r.Title)) > titleMax) {
				t.Errorf("it gives the room %+v", r)
			}
		}
		members, err := c.RoomRights(ctx, "7", "bob@acme.test")
		note(err)
		for _, m := range members {
			if m.MayInvite && (m.Right != invitation.ManageRight || m.Standing == invitation.Disabled || !invitation.SameEmail(m.Email, "bob@acme.test")) {
				t.Errorf("%+v may invite", m)
			}
		}
		shared, err := c.ShareRoom(ctx, "7", invitation.ReadRight, []invitation.MemberID{"m1", "m2"})
		note(err)
		if len(shared) > 2 || err == nil && len(shared) > 0 && !strings.Contains(body, "access") {
			t.Errorf("shared with %v", shared)
		}
		note(c.InviteToRoom(ctx, "7", invitation.ReadRight, []string{"bob@acme.test"}))
		note(c.InviteByEmail(ctx, []string{"bob@acme.test"}, invitation.User))
		note(c.ResendInvitations(ctx, []invitation.MemberID{"m1"}))
		link, _, failed = c.ManagedLink(ctx, invitation.User)
		if note(failed); failed == nil && !isLink(link) {
			t.Errorf("it gives the link %q", link)
		}
		note(c.RevokeLink(ctx, invitation.User))
		for _, err := range errs {
			if err == nil {
				continue
			}
			if reason, ok := errors.AsType[invitation.Reason](err); !ok || reason == "" {
				t.Errorf("no reason: %v", err)
			}
			if strings.Contains(err.Error(), testKey) || strings.Contains(err.Error(), "@acme.test") {
				t.Errorf("it tells too much: %v", err)
			}
		}
	})
}
