package slackbot

import (
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/pipenet"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// roomsPortal is a portal with rooms and the people who manage them, by their addresses.
type roomsPortal struct {
	tracker.Portal
	mu       sync.Mutex
	rooms    []invitation.Room
	managers map[invitation.RoomID][]string
	searched []string
	slow     time.Duration
}

// takesTime waits as long as the portal takes for an answer.
func (p *roomsPortal) takesTime(ctx context.Context) error {
	p.mu.Lock()
	slow := p.slow
	p.mu.Unlock()
	select {
	case <-time.After(slow):
		return nil
	case <-ctx.Done():
		return &invitation.Failure{Reason: invitation.PortalDown, Err: ctx.Err()}
	}
}

func (p *roomsPortal) Rooms(ctx context.Context, title string) ([]invitation.Room, error) {
	if err := p.takesTime(ctx); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.searched = append(p.searched, title)
	return slices.DeleteFunc(slices.Clone(p.rooms), func(r invitation.Room) bool {
		return !strings.Contains(strings.ToLower(r.Title), strings.ToLower(title))
	}), nil
}

func (p *roomsPortal) Room(ctx context.Context, id invitation.RoomID) (invitation.Room, error) {
	if err := p.takesTime(ctx); err != nil {
		return invitation.Room{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, room := range p.rooms {
		if room.ID == id {
			return room, nil
		}
	}
	return invitation.Room{}, invitation.RoomUnknown
}

func (p *roomsPortal) FindAccounts(_ context.Context, addresses []string) ([]invitation.Member, error) {
	var found []invitation.Member
	for _, address := range addresses {
		if strings.HasSuffix(address, "@acme.test") && !strings.HasPrefix(address, "carol") {
			found = append(found, invitation.Member{ID: invitation.MemberID(address), Email: address, Standing: invitation.Enabled})
		}
	}
	return found, nil
}

func (p *roomsPortal) RoomRights(_ context.Context, room invitation.RoomID, address string) ([]invitation.RoomMember, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.managers[room], address) {
		return nil, nil
	}
	return []invitation.RoomMember{{Right: invitation.ManageRight, MayInvite: true}}, nil
}

// slows has the portal take its time over rooms.
func (p *roomsPortal) slows(by time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow = by
}

// searches returns how often the portal was asked for rooms.
func (p *roomsPortal) searches() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.searched)
}

func (p *roomsPortal) manages(room invitation.RoomID, who ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.managers[room] = who
}

// offers sets which rights a room has to give.
func (p *roomsPortal) offers(room invitation.RoomID, rights ...invitation.Right) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.rooms {
		if p.rooms[i].ID == room {
			p.rooms[i].Rights = rights
		}
	}
}

func (p *roomsPortal) InviteLink(context.Context, invitation.Role) (string, error) {
	return "https://portal.test/join", nil
}

func (p *roomsPortal) Newcomers(context.Context, time.Time) ([]invitation.Member, error) {
	return nil, nil
}

// roomsWorld is a workspace, a portal with rooms and the bot between them, over pipes and in fake time. Ann manages the
// rooms 7 and 8, both called Q3 planning, and 9; Bob none; Zoe is an admin. Carol has no account at the portal.
type roomsWorld struct {
	*testing.T
	slack   *slacksim.Workspace
	portal  *roomsPortal
	tracker *tracker.Tracker
	log     *bytes.Buffer
	general string

	ann, bob, carol, zoe string
}

func inRoomsWorld(t *testing.T, tell func(w *roomsWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &roomsWorld{T: t, slack: slacksim.New(), log: &bytes.Buffer{}}
		w.ann = w.slack.AddUser(slacksim.User{Name: "ann", RealName: "Ann Archer", Email: "ann@acme.test"}).ID
		w.bob = w.slack.AddUser(slacksim.User{Name: "bob", RealName: "Bob Baker", Email: "bob@acme.test"}).ID
		w.carol = w.slack.AddUser(slacksim.User{Name: "carol", RealName: "Carol Chen", Email: "carol@acme.test"}).ID
		w.zoe = w.slack.AddUser(slacksim.User{Name: "zoe", RealName: "Zoe Zimmer", Email: "zoe@acme.test", Admin: true}).ID
		w.general = w.slack.AddChannel(slacksim.Channel{Name: "general", Members: []string{w.ann, w.bob, w.carol, w.zoe, w.slack.BotUser()}}).ID
		rights := []invitation.Right{invitation.ReadRight, invitation.EditRight, invitation.ManageRight}
		w.portal = &roomsPortal{managers: map[invitation.RoomID][]string{}}
		for id, title := range map[invitation.RoomID]string{"7": "Q3 planning", "8": "Q3 planning", "9": "Archive plans", "10": "Zoe's own"} {
			w.portal.rooms = append(w.portal.rooms, invitation.Room{ID: id, Title: title, Owner: map[bool]string{true: "Ann", false: "Zoe"}[id == "7"], Rights: rights, MayInvite: true})
			if id != "10" {
				w.portal.manages(id, "ann@acme.test")
			}
		}
		slices.SortFunc(w.portal.rooms, func(a, b invitation.Room) int { return strings.Compare(string(a.ID), string(b.ID)) })
		w.run()
		tell(w)
	})
}

// run starts the bot, and ends it with the test.
func (w *roomsWorld) run() {
	var net pipenet.Network
	const host = "127.0.0.1:8001"
	server := &http.Server{Handler: w.slack, ErrorLog: log.New(io.Discard, "", 0)}
	listener := net.Listen(host)
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(listener) }()
	transport := &http.Transport{DialContext: net.DialContext}
	api := slackapi.New(slackapi.Options{
		URL: "http://" + host + "/api/", Bot: logging.NewSecret(w.slack.BotToken()), App: logging.NewSecret(w.slack.AppToken()), HTTP: slackapi.HTTPClient(transport),
	})
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	identity, err := api.WhoAmI(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	messenger := NewMessenger(api, MessengerOptions{
		Team: identity.TeamID, BotUser: w.slack.BotUser(), PortalURL: "https://portal.test", Rooms: w.portal, Log: logger,
		Policy: Policy{OpenRoles: invitation.Roles(), Rooms: RoomsByManagers},
	})
	w.tracker = tracker.New(journal.Memory{}, w.portal, messenger, tracker.Options{Log: logger})
	bot := NewBot(w.tracker, messenger, invitation.User, nil, logger)
	sockets := socketmode.New(api, socketmode.Options{Dialer: &websocket.Dialer{NetDialContext: net.DialContext}, TurnAway: bot.TurnAway, Log: logger}, bot.Handle)
	ctx, cancel := context.WithCancel(context.Background())
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return sockets.Run(ctx) })
	group.Go(func() error { return w.tracker.Run(ctx) })
	w.Cleanup(func() {
		cancel()
		if err := group.Wait(); err != nil {
			w.Errorf("the bot ended with: %v", err)
		}
		w.slack.Close()
		_ = server.Close()
		<-served
		transport.CloseIdleConnections()
	})
	w.await("a connection", func() bool { return w.slack.Connections() > 0 })
}

func (w *roomsWorld) await(what string, ready func() bool) {
	w.Helper()
	for range 2000 {
		if ready() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.Fatalf("waited in vain for %s", what)
}

// types has someone type a command.
func (w *roomsWorld) types(user, line string) {
	w.Helper()
	w.done(w.slack.Type(user, w.general, line))
}

func (w *roomsWorld) done(d *slacksim.Delivery) {
	w.Helper()
	if err := d.Wait(w.Context()); err != nil {
		w.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	synctest.Wait()
}

// answer returns the last message that the user alone sees.
func (w *roomsWorld) answer(user string) slacksim.Message {
	w.Helper()
	all := w.slack.Ephemerals(user)
	if len(all) == 0 {
		w.Fatalf("%s was not answered", user)
	}
	return all[len(all)-1]
}

// open returns the open invitations, newest first.
func (w *roomsWorld) open() []invitation.Invitation { return w.tracker.Open() }
