package slackbot

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// past is a journal with a story in it, and what was added.
type past struct {
	journal.Memory
	told  []invitation.Entry
	added *[]invitation.Entry
}

func (p past) Replay(_ context.Context, _ time.Time, yield func(invitation.Entry) error) error {
	for _, e := range p.told {
		if err := yield(e); err != nil {
			return err
		}
	}
	return nil
}

func (p past) Append(_ context.Context, entries ...invitation.Entry) error {
	*p.added = append(*p.added, entries...)
	return nil
}

// linkPortal has managed links, or none.
type linkPortal struct {
	tracker.Portal
	managed bool
}

func (p linkPortal) RevokeLink(context.Context, invitation.Role) error {
	if !p.managed {
		return invitation.NotManaged
	}
	return nil
}

// desk is a bot at which people can be, with open invitations.
type desk struct {
	*Bot
	slack *slacksim.Workspace
	noted []invitation.Entry
	log   bytes.Buffer
}

// newDesk returns a desk with an invitation for each role, with the role for its id: of Bob, whom the portal has
// invited by email, and Carol, of whom nothing is known. Ann has invited, Zoe is an admin.
func newDesk(t *testing.T, managed bool, roles ...invitation.Role) *desk {
	t.Helper()
	d := &desk{slack: slacksim.New()}
	t.Cleanup(d.slack.Close)
	server := httptest.NewServer(http.Handler(d.slack))
	t.Cleanup(server.Close)
	for _, user := range []string{"ann", "bob", "carol", "zoe"} {
		d.slack.AddUser(slacksim.User{ID: "U0" + strings.ToUpper(user), Name: user, Email: user + "@acme.test", Admin: user == "zoe"})
	}
	d.slack.AddChannel(slacksim.Channel{ID: "C0GENERAL", Name: "general", Members: []string{d.slack.BotUser()}})
	now := time.Now()
	var told []invitation.Entry
	for _, role := range roles {
		for _, e := range []invitation.Entry{
			{Kind: invitation.KindAccepted, Request: &invitation.Request{Keys: []string{string(role)}, Role: role, Inviter: "U0ANN", Channel: "C0GENERAL"}, Expires: now.Add(time.Hour)},
			{Kind: invitation.KindAdmitted, People: []invitation.Person{{ChatUser: "U0BOB", Email: "bob@acme.test"}, {ChatUser: "U0CAROL", Email: "carol@acme.test"}}},
			{Kind: invitation.KindLinked, Link: "https://acme.docspace.example/s/old"},
			{Kind: invitation.KindPosted, Card: &invitation.Card{Channel: "C0GENERAL", Message: "1.1"}},
			{Kind: invitation.KindSeen, Invitee: "U0BOB", Member: &invitation.Member{ID: "m-bob", Email: "bob@acme.test", Standing: invitation.Invited}},
		} {
			e.At, e.Invitation = now, invitation.ID(role)
			told = append(told, e)
		}
	}
	log := slog.New(slog.NewTextHandler(&d.log, nil))
	messenger := NewMessenger(slackapi.New(slackapi.Options{URL: server.URL + "/api/", Bot: logging.NewSecret(d.slack.BotToken()), HTTP: slackapi.HTTPClient(http.DefaultTransport)}), MessengerOptions{
		Team: d.slack.TeamID(), BotUser: d.slack.BotUser(), Policy: Policy{OpenRoles: invitation.Roles()}, Log: log,
	})
	tr := tracker.New(past{told: told, added: &d.noted}, linkPortal{managed: managed}, messenger, tracker.Options{TTL: time.Hour, Log: log})
	if err := tr.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.Bot = NewBot(tr, messenger, invitation.User, nil, log)
	return d
}

// last returns the last entry that was noted.
func (d *desk) last() invitation.Entry {
	if len(d.noted) == 0 {
		return invitation.Entry{}
	}
	return d.noted[len(d.noted)-1]
}

// audited checks the last decision's line.
func (d *desk) audited(t *testing.T, parts ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(d.log.String()), "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { return !strings.Contains(line, "msg=audit") })
	for _, part := range parts {
		if len(lines) == 0 || !strings.Contains(lines[len(lines)-1], part) {
			t.Errorf("no %s in the last audit line of %q", part, lines)
		}
	}
}

func says(t *testing.T, got message, want string) {
	t.Helper()
	if !strings.Contains(got.Text, want) {
		t.Errorf("it says %q, want %q in it", got.Text, want)
	}
}

// TestMenuSendsTheEmailAgain to those who wait for one, for the inviter and admins.
func TestMenuSendsTheEmailAgain(t *testing.T) {
	d := newDesk(t, false, invitation.User)
	says(t, d.manage(t.Context(), menuResend, "User", "U0BOB"), "only they and admins")
	d.audited(t, "deed=resend_email", "verdict=rejected", "by=U0BOB")
	if len(d.noted) > 0 {
		t.Fatalf("Bob's choice is noted: %v", d.noted)
	}
	said := d.manage(t.Context(), menuResend, "User", "U0ANN")
	says(t, said, "<@U0BOB> again")
	if strings.Contains(said.Text, "U0CAROL") {
		t.Errorf("it names Carol, who gets no email: %q", said.Text)
	}
	if e := d.last(); e.Kind != invitation.KindResend || e.Invitee != "" || e.By != "U0ANN" {
		t.Errorf("noted %+v", e)
	}
	d.audited(t, "deed=resend_email", "verdict=allowed", "by=U0ANN")

	d = newDesk(t, false, invitation.User) // the email is a way in, as the link is
	d.slack.AddChannel(slacksim.Channel{ID: "C0GENERAL", Name: "general", Members: []string{d.slack.BotUser()}, ExtShared: true})
	says(t, d.manage(t.Context(), menuResend, "User", "U0ANN"), "other organizations")
	d.audited(t, "deed=resend_email", "verdict=rejected", "reason=channel_shared")
}

// TestReminderSendsMyEmailAgain and no one else's, whatever the button says.
func TestReminderSendsMyEmailAgain(t *testing.T) {
	d := newDesk(t, false, invitation.User)
	says(t, d.resendMine(t.Context(), "User", "U0ANN"), "Someone else has to do this")
	d.audited(t, "deed=resend_email", "verdict=rejected", "by=U0ANN")
	says(t, d.resendMine(t.Context(), "User", "U0CAROL"), "Sign up with `carol@acme.test`")
	says(t, d.resendMine(t.Context(), "Guest", "U0BOB"), "has ended")
	if len(d.noted) > 0 {
		t.Fatalf("noted %v", d.noted)
	}
	says(t, d.resendMine(t.Context(), "User", "U0BOB"), "its email to `bob@acme.test` again")
	if e := d.last(); e.Kind != invitation.KindResend || e.Invitee != "U0BOB" || e.By != "U0BOB" {
		t.Errorf("noted %+v", e)
	}
}

// TestOnlyAdminsRevokeLinks, and only those that can be.
func TestOnlyAdminsRevokeLinks(t *testing.T) {
	d := newDesk(t, true, invitation.User, invitation.Guest)
	refused := func(id invitation.ID, user invitation.ChatUser, want string) {
		t.Helper()
		_, no := d.mayRevoke(t.Context(), id, user)
		if no == nil {
			t.Fatalf("%s may revoke the link for %s", user, id)
		}
		says(t, *no, want)
	}
	refused("User", "U0ANN", "Only admins can revoke a link") // it is her invitation
	d.audited(t, "deed=revoke_link", "verdict=rejected", "reason=not_yours", "by=U0ANN")
	refused("Guest", "U0ZOE", "can't revoke this link")
	refused("RoomAdmin", "U0ZOE", "has ended")

	inv, no := d.mayRevoke(t.Context(), "User", "U0ZOE")
	if no != nil {
		t.Fatalf("an admin may not: %q", no.Text)
	}
	says(t, d.revoke(t.Context(), inv, "U0ZOE"), "The old link for *User* no longer works. 1 open invitation gets the new one")
	if e := d.last(); e.Kind != invitation.KindRevoked || e.Invitation != "User" || e.By != "U0ZOE" {
		t.Errorf("noted %+v", e)
	}
	d.audited(t, "deed=revoke_link", "verdict=allowed", "by=U0ZOE")
}

// TestUnmanagedLinksStay: the admin hears what can be done instead.
func TestUnmanagedLinksStay(t *testing.T) {
	d := newDesk(t, false, invitation.User)
	inv, _ := d.mayRevoke(t.Context(), "User", "U0ZOE")
	says(t, d.revoke(t.Context(), inv, "U0ZOE"), "usually after 7 days")
	d.audited(t, "deed=revoke_link", "verdict=rejected", "reason=not_managed")
	if len(d.noted) > 0 {
		t.Errorf("noted %v", d.noted)
	}
}

// TestMenusHaveRoom: with everything to offer, a card leaves out what only admins can do, and their list what
// the card offers; no one else's list has it at all.
func TestMenusHaveRoom(t *testing.T) {
	inv := withPeople(sample, invitedByMail(bob))
	for to, want := range map[viewer]string{
		{}:                          "remind resend_email extend close ask",
		{id: "U0ZOE", admin: true}:  "remind resend_email extend revoke_link ask",
		{id: "U0ANN", admin: false}: "remind resend_email extend close ask",
	} {
		var got []string
		for _, option := range english.manageMenu(inv, to).OverflowElement.Options {
			verb, _, _ := strings.Cut(option.Value, " ")
			got = append(got, verb)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("the menu for %+v is %q, want %q", to, got, want)
		}
	}
}
