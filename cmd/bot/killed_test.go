package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// wire is between the bot and the portal. It withholds the answer to one request, of which the portal has or has not
// heard.
type wire struct {
	*process
	method, path string // of the request; the path's end
	performed    bool
	held         atomic.Bool
}

// newWire returns a bot that runs, with a room and a way to the portal that withholds an answer.
func newWire(t *testing.T, method, path string, performed bool) *wire {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := &wire{process: newProcess(t), method: method, path: path, performed: performed}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.env = append(w.env, "DOCSPACE_URL="+server.URL, "ROOMS=anyone", "OPEN_ROLES=Guest,User,RoomAdmin")
	w.slack.SetScopes(slices.Concat(slackapi.Scopes, slackapi.OptionalScopes)...)
	w.portal.AddRoom("Q3 planning", docspacesim.RoomCustom, "")
	w.start()
	return w
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != w.method || !strings.HasSuffix(r.URL.Path, w.path) || w.held.Load():
		w.portal.ServeHTTP(rw, r)
		return
	case w.performed:
		w.portal.ServeHTTP(httptest.NewRecorder(), r)
	default:
		_, _ = io.Copy(io.Discard, r.Body)
	}
	w.held.Store(true)
	<-r.Context().Done() // until the bot is dead
}

// killed kills the bot while it waits for the answer, lets something happen, and starts it again.
func (w *wire) killed(meanwhile func()) {
	w.t.Helper()
	w.await("the request", w.held.Load)
	w.stop(os.Kill)
	meanwhile()
	w.start()
}

// thread waits for what the card's thread says, and for the bot to have nothing more to say.
func (w *wire) thread(card slacksim.Message) []slacksim.Message {
	w.t.Helper()
	w.await("a reply", func() bool { return len(w.slack.Thread(card.Channel, card.TS)) > 0 })
	w.await("the note of it", func() bool { return w.log.count(`"invitation confirmed"`) > 0 })
	w.stop(os.Interrupt)
	return w.slack.Thread(card.Channel, card.TS)
}

// asked returns how often the portal was asked for what the answer was withheld of.
func (w *wire) asked() (n int) {
	for _, call := range w.portal.Calls() {
		if call.Method == w.method && strings.HasSuffix(call.Path, w.path) {
			n++
		}
	}
	return n
}

func (w *wire) mailsTo(email string) []docspacesim.Mail {
	return slices.DeleteFunc(w.portal.Mails(), func(m docspacesim.Mail) bool { return m.To != email })
}

// right returns what someone may do in the room.
func (w *wire) right(email string) int {
	who, _ := w.portal.PersonByEmail(email)
	return w.portal.Rooms()[0].Members[who.ID]
}

func TestKilledWhileTheRoomIsGiven(t *testing.T) {
	for name, tt := range map[string]struct {
		performed, more bool
		asked, right    int
	}{
		"the portal has given it":                        {true, false, 1, docspacesim.AccessRead},
		"the portal has given it, and its owner more":    {true, true, 1, docspacesim.AccessEditing},
		"the portal has not heard":                       {false, false, 1, docspacesim.AccessRead},
		"the portal has not heard, its owner gives more": {false, true, 0, docspacesim.AccessEditing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, http.MethodPut, "/share", tt.performed)
			w.slack.AddUser(slacksim.User{Name: "bob", RealName: "Bob Baker", Email: "bob@acme.test"})
			w.types(`/docspace-invite user @bob in "Q3 planning"`)
			card := w.cards(1)[0]
			if _, err := w.portal.Join(linkOf(t, card), "Bob", "Baker", "bob@acme.test"); err != nil {
				t.Fatal(err)
			}
			if err := w.portal.Activate("bob@acme.test"); err != nil {
				t.Fatal(err)
			}
			w.killed(func() {
				if given := w.right("bob@acme.test") == docspacesim.AccessRead; given != tt.performed {
					t.Errorf("Bob has the room: %v", given)
				}
				if said := w.slack.Thread(card.Channel, card.TS); len(said) > 0 {
					t.Errorf("the thread speaks before the answer: %q", said[0].Plain())
				}
				if tt.more {
					if err := w.portal.Share(w.portal.Rooms()[0].ID, "bob@acme.test", docspacesim.AccessEditing); err != nil {
						t.Fatal(err)
					}
				}
			})
			said := w.thread(card)
			contains(t, "the thread", said[0].Plain(), "Bob Baker", "joined DocSpace", "is in the room “Q3 planning”")
			if len(said) != 1 || w.asked() != tt.asked || w.right("bob@acme.test") != tt.right {
				t.Errorf("%d replies, the portal was asked %d times, and Bob has the right %d", len(said), w.asked(), w.right("bob@acme.test"))
			}
			if mails := w.mailsTo("bob@acme.test"); len(mails) != 2 { // to confirm his address, and the portal's own welcome
				t.Errorf("Bob got %+v", mails)
			}
		})
	}
}

func TestKilledWhileSomeoneIsInvitedByEmail(t *testing.T) {
	const people, share = "/people/invite", "/share"
	for name, tt := range map[string]struct {
		method, path string
		performed    bool
		command      string
		meanwhile    func(w *wire)
		asked, mails int // until Dan joins
		role         string
	}{
		"the portal has sent it":             {http.MethodPost, people, true, "roomadmin dan@other.test", nil, 1, 1, "RoomAdmin"},
		"the portal has sent it, of a room":  {http.MethodPut, share, true, `guest dan@other.test in "Q3 planning"`, nil, 1, 1, "Guest"},
		"the portal has not heard":           {http.MethodPost, people, false, "roomadmin dan@other.test", nil, 1, 1, "RoomAdmin"},
		"the portal has not heard of a room": {http.MethodPut, share, false, `guest dan@other.test in "Q3 planning"`, nil, 1, 1, "Guest"},
		"Dan joins meanwhile":                {http.MethodPost, people, true, "roomadmin dan@other.test", (*wire).danJoins, 1, 1, "RoomAdmin"},
		"Dan joins the room meanwhile":       {http.MethodPut, share, true, `guest dan@other.test in "Q3 planning"`, (*wire).danJoins, 1, 1, "Guest"},
		"the portal's owner invites Dan to less meanwhile": {http.MethodPost, people, false, "roomadmin dan@other.test", func(w *wire) {
			w.portal.InviteByEmail("dan@other.test", "User")
		}, 0, 0, "User"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, tt.method, tt.path, tt.performed)
			w.types("/docspace-invite " + tt.command)
			card := w.cards(1)[0]
			w.killed(func() {
				if sent := len(w.mailsTo("dan@other.test")) == 1; sent != tt.performed {
					t.Errorf("Dan has the email: %v", sent)
				}
				if tt.meanwhile != nil {
					tt.meanwhile(w)
				}
			})
			if dan, _ := w.portal.PersonByEmail("dan@other.test"); dan.Activation&1 == 0 {
				w.await("the card", func() bool { return strings.Contains(w.cards(1)[0].Plain(), "invited by email") })
				if mails := w.mailsTo("dan@other.test"); len(mails) != tt.mails {
					t.Errorf("Dan got %+v", mails)
				}
				w.danJoins()
			}
			said := w.thread(card)
			contains(t, "the thread", said[0].Plain(), "Dan Dorn", "joined DocSpace")
			if tt.path == share {
				contains(t, "the thread", said[0].Plain(), "is in the room “Q3 planning”")
			}
			if len(said) != 1 || strings.Contains(said[0].Plain(), "already") {
				t.Errorf("%d replies: %s", len(said), plainOf(said))
			}
			dan, _ := w.portal.PersonByEmail("dan@other.test")
			if w.asked() != tt.asked || dan.Role != tt.role {
				t.Errorf("the portal was asked %d times, and Dan is %s", w.asked(), dan.Role)
			}
			if told := append(w.slack.Ephemerals(w.ann), w.slack.DMs(w.ann)...); len(told) > 0 {
				t.Errorf("Ann has nothing to pass on, and hears\n%s", plainOf(told))
			}
		})
	}
}

// danJoins has Dan open the email that he has got, or find his own way.
func (w *wire) danJoins() {
	if mails := w.mailsTo("dan@other.test"); len(mails) > 0 {
		if _, err := w.portal.Join(mails[0].Link, "Dan", "Dorn", "dan@other.test"); err != nil {
			w.t.Error(err)
		}
		return
	}
	if err := w.portal.AcceptEmailInvitation("dan@other.test", "Dan", "Dorn"); err != nil {
		w.t.Error(err)
	}
}

// TestKilledWhileAnEmailIsSentAgain: whether it was sent can't be found out, and then it isn't repeated.
func TestKilledWhileAnEmailIsSentAgain(t *testing.T) {
	for name, performed := range map[string]bool{"the portal has sent it": true, "the portal has not heard": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, http.MethodPut, "/people/invite", performed)
			w.types("/docspace-invite user dan@other.test")
			w.await("a menu", func() bool { return strings.Contains(string(w.cards(1)[0].Blocks), `"resend_email `) })
			card := w.cards(1)[0]
			_, rest, _ := strings.Cut(string(card.Blocks), `"resend_email `)
			id, _, _ := strings.Cut(rest, `"`)
			if err := w.slack.Press(w.ann, card.Channel, card.TS, "mend", "resend_email "+id).Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			sent := 1
			if performed {
				sent = 2
			}
			w.killed(func() {})
			w.await("the end of the step", func() bool { return w.log.count(`"outcome":"doubted"`) > 0 })
			w.stop(os.Interrupt)
			if mails := w.mailsTo("dan@other.test"); len(mails) != sent || w.asked() != sent-1 {
				t.Errorf("the portal was asked %d times, and Dan got %+v", w.asked(), mails)
			}
		})
	}
}
