package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// copiesFor and copiesMax bound how long, and for how many envelopes, an answer is remembered.
	copiesFor = 15 * time.Minute
	copiesMax = 10_000
	// answerTries and answerWait bound how often and for how long an answer to one person is
	// held back because Slack asks to wait, or a proxy answers in its place.
	answerTries = 5
	answerWait  = 30 * time.Second
	// answerPause is how long it is held back first, when the refusal doesn't say how long.
	answerPause = 5 * time.Second
)

// Bot hears what people in Slack ask, and answers it or hands it to the tracker. It acknowledges
// every envelope before the work, but not before the request is on the journal.
type Bot struct {
	tracker     *tracker.Tracker
	messenger   *Messenger
	defaultRole invitation.Role
	metrics     *Metrics
	log         *slog.Logger
	copies      copies
	homes       homes
	searches    searches
	choosing    sync.Map // by dialog, how to end the work on the last choice in it
	greeted     sync.Map // the channels that the bot has said hello in
}

// NewBot returns a bot that uses defaultRole for commands that name no role. It is counted by metrics,
// unless they are nil.
func NewBot(t *tracker.Tracker, m *Messenger, defaultRole invitation.Role, metrics *Metrics, log *slog.Logger) *Bot {
	if metrics == nil {
		metrics = NewMetrics(nil)
	}
	return &Bot{
		tracker: t, messenger: m, defaultRole: defaultRole, metrics: metrics,
		log: cmp.Or(log, slog.New(slog.DiscardHandler)),
	}
}

// TurnAway acknowledges an envelope when there are too many; the sender of a command is told, in the
// language of the channels.
func (b *Bot) TurnAway(e *socketmode.Envelope) {
	var payload any
	if e.Type == socketmode.TypeCommand {
		payload = ephemeral(b.messenger.voice.renderFailure(invitation.Busy))
	}
	_ = e.Ack(payload)
}

// Handle acts on one envelope and acknowledges it. A second copy of it waits for the answer to the
// first and gets the same one. It is safe for concurrent use.
func (b *Bot) Handle(ctx context.Context, e *socketmode.Envelope) {
	ctx = logging.With(ctx, slog.String("envelope", e.ID)) // on every line about it
	b.log.DebugContext(ctx, "envelope", "type", e.Type)
	answer, first := b.copies.take(e.ID)
	if !first {
		select {
		case <-answer.given:
			b.ack(ctx, e, answer.payload)
		case <-ctx.Done():
		}
		return
	}
	e.OnAck = answer.give
	kept := false
	defer func() { b.copies.done(answer, !kept) }()
	switch e.Type {
	case socketmode.TypeCommand:
		kept = b.onCommand(ctx, e)
	case socketmode.TypeInteractive:
		b.onInteraction(ctx, e)
	case socketmode.TypeEvent:
		b.onEvent(ctx, e)
	default: // nothing that the bot asked for: Slack is only told that it arrived
		b.ack(ctx, e, nil)
	}
}

func (b *Bot) ack(ctx context.Context, e *socketmode.Envelope, payload any) {
	if err := e.Ack(payload); err != nil {
		b.log.WarnContext(ctx, "acknowledgement not sent", "err", err)
	}
}

// slashCommand is what the bot reads of a slash command's payload (docs/facts/slack.md, "Slash
// command"). slack-go's type refuses payloads that lack what is not needed here.
type slashCommand struct {
	Channel     invitation.Channel  `json:"channel_id"`
	ChannelName string              `json:"channel_name"`
	User        invitation.ChatUser `json:"user_id"`
	Text        string              `json:"text"`
	ResponseURL string              `json:"response_url"`
	TriggerID   string              `json:"trigger_id"`
}

// onCommand acts on a command. kept says that it is on the journal, which recognizes a copy of it.
func (b *Bot) onCommand(ctx context.Context, e *socketmode.Envelope) (kept bool) {
	var sent slashCommand
	if err := json.Unmarshal(e.Payload, &sent); err != nil || sent.User == "" || sent.Channel == "" {
		b.log.WarnContext(ctx, "unreadable command", "err", err)
		b.ack(ctx, e, ephemeral(b.messenger.voice.renderFailure(invitation.Unexpected)))
		b.metrics.commanded("command", outcomeUnreadable)
		return false
	}
	command, err := parseCommand(sent.Text)
	if err != nil {
		b.ack(ctx, e, ephemeral(b.messenger.voiceFor(ctx, sent.User).renderMistakes(err, command)))
		b.metrics.commanded("command", outcomeMisunderstood)
		return false
	}
	if command.Verb == verbInvite {
		refused := b.invite(ctx, command, sent.request(e.ID))
		if refused != "" {
			b.ack(ctx, e, ephemeral(b.messenger.voiceFor(ctx, sent.User).renderFailure(refused)))
		} else {
			b.ack(ctx, e, nil)
		}
		b.metrics.commanded(string(verbInvite), cmp.Or(string(refused), outcomeAccepted))
		return refused == ""
	}
	b.metrics.commanded(string(command.Verb), outcomeAnswered)
	switch command.Verb {
	case verbHelp:
		b.ack(ctx, e, ephemeral(b.messenger.voiceFor(ctx, sent.User).renderHelp(b.defaultRole, b.messenger.policy)))
	case verbStatus:
		b.ack(ctx, e, nil)
		b.status(ctx, sent)
	case verbForm:
		b.ack(ctx, e, nil)
		b.openForm(ctx, opening{user: sent.User, trigger: sent.TriggerID, channel: sent.Channel, replyTo: sent.ResponseURL})
	case verbRoom:
		b.ack(ctx, e, nil)
		b.respond(ctx, sent.ResponseURL, b.usualRoom(ctx, sent, command))
	}
	return false
}

// isDirect reports whether the command was typed in a conversation between people, or in a user's own
// with the bot (docs/facts/slack.md, "Slash command").
func (sent slashCommand) isDirect() bool {
	return sent.ChannelName == "directmessage" || strings.HasPrefix(sent.ChannelName, "mpdm-")
}

// request is the wish behind the command, without what its text says.
func (sent slashCommand) request(envelope string) invitation.Request {
	keys := []string{"envelope " + envelope}
	if sent.TriggerID != "" { // the same command in another envelope
		keys = append(keys, "trigger "+sent.TriggerID)
	}
	return invitation.Request{Keys: keys, Inviter: sent.User, Channel: sent.Channel, ReplyTo: sent.ResponseURL, Direct: sent.isDirect()}
}

// invite hands the request to the tracker. Once it returns the request is kept, and the
// envelope may be acknowledged, or it says why not.
func (b *Bot) invite(ctx context.Context, command command, request invitation.Request) (refused invitation.Reason) {
	request.Role = cmp.Or(command.Role, b.defaultRole)
	request.People, request.Groups, request.Note, request.Room = command.People, command.Groups, command.Note, command.Room
	if _, err := b.tracker.Accept(ctx, request); err != nil {
		b.log.ErrorContext(ctx, "request not accepted", "inviter", request.Inviter, "err", err)
		return reasonOf(err)
	}
	return ""
}

// status answers with the open invitations that the caller may see: their own, those in
// the channel where they ask, and for admins all.
func (b *Bot) status(ctx context.Context, sent slashCommand) {
	who, err := b.messenger.caller(ctx, sent.User)
	if err != nil {
		b.log.WarnContext(ctx, "status answered, caller not identified", "inviter", sent.User, "err", err)
	}
	open := slices.DeleteFunc(b.tracker.Open(), func(inv invitation.Invitation) bool {
		return !who.admin && inv.Inviter != sent.User && (inv.Channel != sent.Channel || !inv.Open())
	})
	b.respond(ctx, sent.ResponseURL, b.messenger.voiceFor(ctx, sent.User).renderStatus(open, viewer{sent.User, who.admin}, b.tracker.Health()))
}

func (b *Bot) respond(ctx context.Context, responseURL string, words message) {
	if responseURL == "" {
		return
	}
	for try := 1; ; try++ {
		err := b.messenger.api.Respond(ctx, responseURL, ephemeral(words))
		if err == nil {
			return
		}
		wait := invitation.FailureOf(err).RetryAfter
		if _, ok := errors.AsType[*slackapi.Intercepted](err); ok {
			wait = answerPause << (try - 1)
		}
		if wait == 0 || try == answerTries || !grace.Sleep(ctx, min(wait, answerWait)) {
			b.log.WarnContext(ctx, "an answer was lost", "err", err)
			return
		}
	}
}

// reasonOf returns the reason why something failed.
func reasonOf(err error) invitation.Reason { return invitation.FailureOf(err).Reason }

// rejected logs why something that the user wanted to do was not theirs to do, or could not be done.
func (b *Bot) rejected(ctx context.Context, action string, inv invitation.Invitation, user invitation.ChatUser, err error) {
	tracker.Decision{Action: action, Verdict: tracker.Rejected, By: user, Reason: reasonOf(err), Invitation: inv, Err: err}.Log(ctx, b.log)
}

// copies remembers how envelopes were answered. Slack counts the first acknowledgement of two copies
// (docs/facts/slack.md, "Delivery and retries"), so both get the same one, and the work is done once.
type copies struct {
	mu    sync.Mutex
	known map[string]*acknowledgement
	past  []*acknowledgement // those that were handled, oldest first
}

// acknowledgement is what an envelope is acknowledged with.
type acknowledgement struct {
	id      string
	given   chan struct{} // closed once there is one
	payload any
	at      time.Time // when the envelope was handled
}

func (a *acknowledgement) give(payload any) {
	a.payload = payload
	close(a.given)
}

// take returns the answer to the envelope, and whether the caller is the one to give it.
func (c *copies) take(id string) (a *acknowledgement, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.known[id]; a != nil {
		return a, false
	}
	if c.known == nil {
		c.known = map[string]*acknowledgement{}
	}
	a = &acknowledgement{id: id, given: make(chan struct{})}
	c.known[id] = a
	return a, true
}

// done says that the envelope was handled, and whether to remember how it was answered.
func (c *copies) done(a *acknowledgement, remember bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !remember {
		delete(c.known, a.id)
		return
	}
	a.at = time.Now()
	c.past = append(c.past, a)
	for len(c.past) > copiesMax || a.at.Sub(c.past[0].at) > copiesFor {
		delete(c.known, c.past[0].id)
		c.past = c.past[1:]
	}
}
