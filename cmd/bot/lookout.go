package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/docspace"
	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/skew"
	"github.com/docspace-invite-bot/bot/internal/slackbot"
)

const (
	// lookOutAfter is how long after the start a running bot looks at what bot check looks at: the
	// connections are open by then.
	lookOutAfter = 10 * time.Second
	// lookOutEvery is how often it looks again: a key that is about to expire is told of daily.
	lookOutEvery = 24 * time.Hour
)

// lookOut has the log tell, soon after the start and once a day, what bot check would find and
// nobody's command would show: a key that expires, guests who get links and no entry, a scope, an
// admin or a channel that is gone, a disk that is nearly full. It asks for no links. It returns nil when the context ends.
func lookOut(
	ctx context.Context, s settings, log *slog.Logger, api *slack.Client, bot slackbot.Identity, app func() string, portal *docspace.Client,
) error {
	for wait := lookOutAfter; grace.Sleep(ctx, wait); wait = lookOutEvery {
		looking, cancel := context.WithTimeout(ctx, checkTimeout)
		c := checkup{settings: s}
		if now, err := slackbot.WhoAmI(looking, api); err != nil {
			c.wrong("SLACK_BOT_TOKEN", fails, err)
		} else {
			c.scopes(now)
		}
		c.sameApp(looking, api, bot, app())
		c.places(looking, api)
		c.admins(looking, api, bot)
		c.portal(looking, portal)
		if s.hasFile() {
			c.scarce(s.State)
		}
		cancel()
		if ctx.Err() == nil {
			c.log(ctx, log)
		}
	}
	return nil
}

// log tells what is not as it should be.
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
		log.Log(ctx, level, "not as it should be; bot check shows all", "check", f.Check, "detail", f.Detail, "remedy", f.Remedy)
	}
}

// metered returns a meter that has the log tell when a clock is off.
func metered(ctx context.Context, log *slog.Logger, t remedy.Trouble) *skew.Meter {
	return skew.NewMeter(func(ahead time.Duration) {
		level := slog.LevelWarn
		if ahead.Abs() >= skew.Harmful {
			level = slog.LevelError
		}
		log.Log(ctx, level, "clocks differ", "err", remedy.Explain(t, nil), "ahead", ahead)
	})
}
