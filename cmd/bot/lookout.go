package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspace"
	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// lookOutAfter is how long after the start a running bot first looks around: the connections are open
	// by then. lookOutTick is how often it then sees whether anything is due.
	lookOutAfter = 10 * time.Second
	lookOutTick  = time.Minute
	// lookOutEvery is how often it runs the checks of bot check: a key that is about to expire is reported daily.
	lookOutEvery = 24 * time.Hour
	// askPortalEvery is how often the portal is asked while an operator watches: a key that was revoked on
	// a quiet day is noticed before someone types a command.
	askPortalEvery = 5 * time.Minute
)

// lookout looks at the outside while the bot runs.
type lookout struct {
	settings settings
	net      network
	log      *slog.Logger
	api      *slackapi.Client
	bot      slackapi.Identity
	app      func() string
	portal   *docspace.Client
	swept    func() tracker.Health // what the sweeps know of the portal

	mu    sync.Mutex
	asked tracker.Health // what came of asking
}

// run looks around until the context ends, and then returns nil.
func (l *lookout) run(ctx context.Context) error {
	var checked, asked time.Time
	for wait := lookOutAfter; grace.Sleep(ctx, wait); wait = lookOutTick {
		now := time.Now()
		if now.Sub(checked) >= lookOutEvery {
			checked = now
			l.check(ctx)
		}
		if l.settings.HTTPAddr != "" && (now.Sub(asked) >= askPortalEvery || l.health().Trouble != "") {
			asked = now
			l.askPortal(ctx)
		}
	}
	return nil
}

// check logs what bot check would find and no command would show: a key that expires, guests who get
// links but can't join, a missing scope, an admin or a channel that is gone, clocks that differ, a disk
// that is nearly full. It asks for no links.
func (l *lookout) check(ctx context.Context) {
	checking, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	c := checkup{settings: l.settings}
	if now, err := l.api.WhoAmI(checking); err != nil {
		c.wrong("SLACK_BOT_TOKEN", fails, err)
	} else {
		c.scopes(now)
	}
	c.workspace(checking, l.net, l.api, l.bot, l.app())
	c.portal(checking, l.portal)
	c.clock(checking, "Portal's clock", l.net, l.settings.DocSpaceURL, remedy.PortalClock)
	if l.settings.hasFile() {
		c.scarce(l.settings.State)
	}
	if ctx.Err() == nil {
		c.log(ctx, l.log)
	}
}

// log logs what is not as it should be.
func (c *checkup) log(ctx context.Context, log *slog.Logger) {
	for _, f := range c.findings {
		level := slog.LevelWarn
		switch f.Status {
		case holds:
			continue
		case fails:
			level = slog.LevelError
		}
		log := log
		if f.trouble != "" {
			log = log.With("trouble", string(f.trouble))
		}
		log.Log(ctx, level, "a check found a problem; bot check shows everything", "check", f.Check, "detail", f.Detail, "remedy", f.Remedy)
	}
}

// askPortal asks the portal whose key this is, so that its health is known while no one is pending.
func (l *lookout) askPortal(ctx context.Context) {
	now := time.Now()
	_, err := l.portal.Self(ctx)
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		if l.asked.Trouble != "" {
			l.log.InfoContext(ctx, "the portal answers again")
		}
		l.asked = tracker.Health{Seen: now}
		return
	}
	reason, ok := errors.AsType[invitation.Reason](err)
	if !ok {
		reason = invitation.Unexpected
	}
	if l.asked.Trouble == "" {
		l.asked.Since = now
		l.log.WarnContext(ctx, "the portal is failing while no one is pending", "err", err)
	}
	l.asked.Trouble = reason
}

// health returns what the sweeps know, or what came of asking where that is newer.
func (l *lookout) health() tracker.Health {
	health := l.swept()
	l.mu.Lock()
	defer l.mu.Unlock()
	if health.Trouble != "" {
		return health
	}
	if l.asked.Trouble != "" && l.asked.Since.After(health.Seen) {
		health.Trouble, health.Since = l.asked.Trouble, l.asked.Since
	}
	if l.asked.Seen.After(health.Seen) {
		health.Seen = l.asked.Seen
	}
	return health
}
