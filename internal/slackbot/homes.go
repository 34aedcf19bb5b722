package slackbot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// A Home stays as it was published, so it is published again while people move: at most once a minute, and for as
// long as its user is likely to look at it. Slack does not tell when they look away.
const (
	homeEvery  = time.Minute
	homeFor    = time.Hour
	viewersMax = 500
)

// homes knows whose Homes were shown lately.
type homes struct {
	mu      sync.Mutex
	viewers map[invitation.ChatUser]shownHome
}

type shownHome struct {
	opened, published time.Time
	who               caller
	gist              string
}

// opens notes that the user looks at their Home.
func (hs *homes) opens(user invitation.ChatUser) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.viewers == nil {
		hs.viewers = map[invitation.ChatUser]shownHome{}
	}
	if shown, known := hs.viewers[user]; known || len(hs.viewers) < viewersMax {
		shown.opened = time.Now()
		hs.viewers[user] = shown
	}
}

// shows notes what is being published for a user, if they look at it.
func (hs *homes) shows(user invitation.ChatUser, who caller, gist string) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if shown, known := hs.viewers[user]; known {
		shown.who, shown.gist, shown.published = who, gist, time.Now()
		hs.viewers[user] = shown
	}
}

// due returns the viewers whose Homes may be published again, and forgets those who opened theirs long ago.
func (hs *homes) due(now time.Time) map[invitation.ChatUser]shownHome {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	due := map[invitation.ChatUser]shownHome{}
	for user, shown := range hs.viewers {
		switch {
		case now.Sub(shown.opened) > homeFor:
			delete(hs.viewers, user)
		case now.Sub(shown.published) >= homeEvery:
			due[user] = shown
		}
	}
	return due
}

// KeepHomes keeps the Homes that people look at current, until the context ends.
func (b *Bot) KeepHomes(ctx context.Context) error {
	for grace.Sleep(ctx, homeEvery) {
		due := b.homes.due(time.Now())
		if len(due) == 0 {
			continue
		}
		now := b.known()
		for user, shown := range due {
			if now.homeOf(user, shown.who, b.messenger.policy).gist() != shown.gist {
				b.showHome(ctx, user, message{})
			}
		}
	}
	return nil
}

// gist is what makes a Home differ from another: its lines, buttons and menus. When the portal answered last does not.
func (h home) gist() string {
	h.health.Seen = time.Time{}
	gist := []any{h.health}
	for _, list := range [][]invitation.Invitation{h.join, h.decide, h.open, h.missed} {
		gist = append(gist, len(list))
		for _, inv := range list {
			gist = append(gist, inv.ID, inv.Stage, inv.Parked, inv.Expires, inv.Card.Message, inv.Closed, inv.GivesLink(), len(inv.Invitees))
			for _, v := range inv.Invitees {
				gist = append(gist, v.ID, v.State, v.AwaitsEmail())
			}
		}
	}
	return fmt.Sprintln(gist...)
}
