package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/logattr"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// duplicateAfter is how long an envelope is known, so that its second delivery is not
	// acted on (section 1.7 of the Slack facts).
	duplicateAfter = 15 * time.Minute
	// dialogWait is how long the dialog may wait for what its opener may give: a trigger
	// lives three seconds (section 0.9 of the Slack facts).
	dialogWait = time.Second
	// decideWait is how long Slack waits for its acknowledgement while it is looked up who somebody
	// is who decides something.
	decideWait = 2 * time.Second
	// answerTries and answerWait bound how often and for how long an answer to one person is
	// held back because Slack asks to wait.
	answerTries = 4
	answerWait  = 30 * time.Second
)

// The action and callback ids that the bot listens to are named with what it renders:
// actionJoin in card.go, callbackForm in form.go.

// Bot hears what people in Slack ask, answers it or hands it to the tracker, and
// acknowledges every envelope: before the work, and after what was accepted is kept.
type Bot struct {
	tracker     *tracker.Tracker
	messenger   *Messenger
	defaultRole tracker.Role
	observer    Observer
	log         *slog.Logger
	seen        seen
}

// NewBot returns a bot that uses defaultRole for commands that name no role.
func NewBot(t *tracker.Tracker, m *Messenger, defaultRole tracker.Role, log *slog.Logger) *Bot {
	return &Bot{
		tracker: t, messenger: m, defaultRole: defaultRole, observer: m.gate.observer,
		log: cmp.Or(log, slog.New(slog.DiscardHandler)),
	}
}

// Handle acts on one envelope and acknowledges it. It is safe for concurrent use.
func (b *Bot) Handle(ctx context.Context, e *Envelope) {
	ctx = logattr.With(ctx, slog.String("envelope", e.ID)) // all that comes of it can be found by that
	b.log.DebugContext(ctx, "envelope", "type", e.Type)
	switch e.Type {
	case typeCommand:
		b.onCommand(ctx, e)
	case typeInteractive:
		b.onInteraction(ctx, e)
	case typeEvent:
		b.onEvent(ctx, e)
	default: // nothing that the bot asked for: Slack is only told that it arrived
		b.ack(ctx, e, nil)
	}
}

func (b *Bot) ack(ctx context.Context, e *Envelope, payload any) {
	if err := e.Ack(payload); err != nil {
		b.log.WarnContext(ctx, "slack did not get an acknowledgement", "err", err)
	}
}

// slashCommand is what the bot reads of a slash command's payload (section 3.1 of the
// Slack facts). slack-go's type refuses payloads that lack what is not needed here.
type slashCommand struct {
	Channel     tracker.Channel  `json:"channel_id"`
	User        tracker.ChatUser `json:"user_id"`
	Text        string           `json:"text"`
	ResponseURL string           `json:"response_url"`
	TriggerID   string           `json:"trigger_id"`
}

func (b *Bot) onCommand(ctx context.Context, e *Envelope) {
	var sent slashCommand
	if err := json.Unmarshal(e.Payload, &sent); err != nil || sent.User == "" || sent.Channel == "" {
		b.log.WarnContext(ctx, "a command that cannot be read", "err", err)
		b.ack(ctx, e, ephemeral(b.messenger.voice.renderFailure(tracker.Unexpected)))
		b.commanded(e, "command", OutcomeUnreadable, "")
		return
	}
	command, err := parseCommand(sent.Text)
	if err != nil {
		b.ack(ctx, e, ephemeral(b.messenger.voiceFor(ctx, sent.User).renderParseError(err)))
		b.commanded(e, "command", OutcomeMisunderstood, "")
		return
	}
	if command.Verb == verbInvite {
		id, refused := b.invite(ctx, command, sent.request(e.ID))
		if refused != "" {
			b.ack(ctx, e, ephemeral(b.messenger.voiceFor(ctx, sent.User).renderFailure(refused)))
		} else {
			b.ack(ctx, e, nil)
		}
		b.commanded(e, string(verbInvite), cmp.Or(string(refused), OutcomeAccepted), id)
		return
	}
	if b.seen.before(e.ID) {
		b.ack(ctx, e, nil)
		return
	}
	b.commanded(e, string(command.Verb), OutcomeAnswered, "")
	switch command.Verb {
	case verbHelp:
		b.ack(ctx, e, ephemeral(b.messenger.voiceFor(ctx, sent.User).renderHelp(b.defaultRole, b.messenger.policy.OpenRoles)))
	case verbStatus:
		b.ack(ctx, e, nil)
		b.status(ctx, sent)
	case verbForm:
		b.ack(ctx, e, nil)
		b.openForm(ctx, opening{user: sent.User, trigger: sent.TriggerID, channel: sent.Channel, replyTo: sent.ResponseURL})
	}
}

// opening is somebody's wish for the dialog. A trigger lives three seconds.
type opening struct {
	user    tracker.ChatUser
	trigger string
	channel tracker.Channel  // the one to propose, or ""
	person  tracker.ChatUser // the one to propose, or ""
	replyTo string           // "" for a shortcut that belongs to no place
}

// request is the wish behind the command, without what its text says.
func (sent slashCommand) request(envelope string) tracker.Request {
	keys := []string{"envelope " + envelope}
	if sent.TriggerID != "" { // the same command in another envelope
		keys = append(keys, "trigger "+sent.TriggerID)
	}
	return tracker.Request{Keys: keys, Inviter: sent.User, Channel: sent.Channel, ReplyTo: sent.ResponseURL}
}

// invite hands the request to the tracker. Once it returns the request is kept, and the
// envelope may be acknowledged, or it says why not.
func (b *Bot) invite(ctx context.Context, command command, request tracker.Request) (id tracker.ID, refused tracker.Reason) {
	request.Role = cmp.Or(command.Role, b.defaultRole)
	request.People, request.Groups, request.Note = command.People, command.Groups, command.Note
	id, err := b.tracker.Accept(ctx, request)
	if err != nil {
		b.log.ErrorContext(ctx, "a request was not accepted", "inviter", request.Inviter, "err", err)
		return "", reasonOf(err)
	}
	return id, ""
}

// commanded tells the observer what became of what somebody asked for with the envelope.
func (b *Bot) commanded(e *Envelope, command, outcome string, id tracker.ID) {
	b.observer.Commanded(command, outcome, id, e.received)
}

// status answers with the open invitations that the caller may see: their own, those in
// the channel where they ask, and for admins all.
func (b *Bot) status(ctx context.Context, sent slashCommand) {
	who, err := b.messenger.caller(ctx, sent.User)
	if err != nil {
		b.log.WarnContext(ctx, "status without knowing who asks", "inviter", sent.User, "err", err)
	}
	open := slices.DeleteFunc(b.tracker.Open(), func(inv tracker.Invitation) bool {
		return !who.admin && inv.Inviter != sent.User && (inv.Channel != sent.Channel || !inv.Open())
	})
	b.respond(ctx, sent.ResponseURL, b.messenger.voiceFor(ctx, sent.User).renderStatus(open, who.admin, b.tracker.Health()))
}

// openForm opens the dialog, with the roles that the caller may give. When Slack does not
// say in time who they are, it offers the open ones; the request is vetted all the same.
func (b *Bot) openForm(ctx context.Context, o opening) {
	policy := b.messenger.policy
	choices := policy.choices(caller{ours: true})
	asking, cancel := context.WithTimeout(ctx, dialogWait)
	who, err := b.messenger.caller(asking, o.user)
	cancel()
	switch {
	case err != nil:
		b.log.WarnContext(ctx, "dialog without knowing who asks", "inviter", o.user, "err", err)
	case !who.ours:
		b.formRejected(ctx, o, tracker.CallerIsGuest)
		return
	default:
		choices = policy.choices(who)
	}
	if len(choices) == 0 {
		b.formRejected(ctx, o, tracker.RoleNotYours)
		return
	}
	view := b.messenger.voiceFor(ctx, o.user).renderForm(choices, b.defaultRole, o.channel, o.person)
	err = b.messenger.gate.call(ctx, "views.open", "", func(ctx context.Context) error {
		_, err := b.messenger.api.OpenViewContext(ctx, o.trigger, view)
		return err
	})
	if err != nil {
		b.log.WarnContext(ctx, "the dialog did not open", "inviter", o.user, "err", err)
		b.answer(ctx, o, b.messenger.voiceFor(ctx, o.user).renderFailure(reasonOf(err)))
	}
}

func (b *Bot) formRejected(ctx context.Context, o opening, reason tracker.Reason) {
	tracker.Decision{Deed: "open_form", Verdict: tracker.Rejected, By: o.user, Reason: reason}.Log(ctx, b.log)
	b.answer(ctx, o, b.messenger.voiceFor(ctx, o.user).renderFailure(reason))
}

// answer says why there is no dialog: where it was asked for, or in a direct message.
func (b *Bot) answer(ctx context.Context, o opening, words message) {
	if o.replyTo != "" {
		b.respond(ctx, o.replyTo, words)
		return
	}
	if _, err := b.messenger.post(ctx, string(o.user), "", words); err != nil {
		b.log.WarnContext(ctx, "an answer was lost", "inviter", o.user, "err", err)
	}
}

// onShortcut opens the dialog, with the author of the message that the shortcut was started
// from. An app's message has none who could be invited.
func (b *Bot) onShortcut(ctx context.Context, e *Envelope, did interaction) {
	again := b.seen.before(e.ID)
	b.ack(ctx, e, nil)
	if again {
		return
	}
	o := opening{user: did.User.ID, trigger: did.TriggerID, replyTo: did.ResponseURL, channel: did.Channel.ID}
	if did.CallbackID == callbackAuthor {
		if o.person = did.Message.User; o.person == "" || did.Message.BotID != "" {
			b.answer(ctx, o, b.messenger.voiceFor(ctx, o.user).renderNoAuthor())
			return
		}
	}
	b.openForm(ctx, o)
}

// interaction is what the bot reads of an interactive payload (sections 3.2 and 3.3 of the
// Slack facts). slack-go's type fails as a whole on any block element that it does not know.
type interaction struct {
	Type string `json:"type"`
	User struct {
		ID tracker.ChatUser `json:"id"`
	} `json:"user"`
	CallbackID string `json:"callback_id"`
	TriggerID  string `json:"trigger_id"`
	Channel    struct {
		ID tracker.Channel `json:"id"`
	} `json:"channel"`
	Message struct {
		User  tracker.ChatUser `json:"user"`
		BotID string           `json:"bot_id"`
	} `json:"message"`
	ResponseURL  string `json:"response_url"`
	ResponseURLs []struct {
		URL string `json:"response_url"`
	} `json:"response_urls"`
	Actions []struct {
		ActionID     string           `json:"action_id"`
		Value        string           `json:"value"`
		BlockID      string           `json:"block_id"`
		SelectedUser tracker.ChatUser `json:"selected_user"`
		Selected     struct {
			Value string `json:"value"`
		} `json:"selected_option"`
	} `json:"actions"`
	View struct {
		ID         string           `json:"id"`
		Type       string           `json:"type"`
		CallbackID string           `json:"callback_id"`
		State      *slack.ViewState `json:"state"`
	} `json:"view"`
}

// action returns the id of the control that somebody used, or "".
func (did interaction) action() string {
	if did.Type != "block_actions" || len(did.Actions) == 0 {
		return ""
	}
	return did.Actions[0].ActionID
}

// chosen returns the value of the button that was pressed, or of the option in a menu.
func (did interaction) chosen() string {
	return cmp.Or(did.Actions[0].Selected.Value, did.Actions[0].Value)
}

func (b *Bot) onInteraction(ctx context.Context, e *Envelope) {
	var did interaction
	if err := json.Unmarshal(e.Payload, &did); err != nil {
		b.log.WarnContext(ctx, "an interaction that cannot be read", "err", err)
		b.ack(ctx, e, nil)
		return
	}
	switch {
	case did.action() == actionJoin:
		b.onJoin(ctx, e, did)
	case did.action() == actionApprove, did.action() == actionDeny:
		b.onDecide(ctx, e, did)
	case did.action() == actionWho, did.action() == actionWhoUser, did.action() == actionWhoNobody:
		b.act(ctx, e, did, func(ctx context.Context) message { return b.settleWho(ctx, did) })
	case did.action() == actionMute:
		b.act(ctx, e, did, func(ctx context.Context) message { return b.mute(ctx, did.User.ID) })
	case did.action() == actionMend:
		b.onMend(ctx, e, did)
	case did.action() == actionForm:
		b.onShortcut(ctx, e, did)
	case did.CallbackID == callbackShortcut && did.Type == "shortcut", did.CallbackID == callbackAuthor && did.Type == "message_action":
		b.onShortcut(ctx, e, did)
	case did.Type == "view_submission" && did.View.CallbackID == callbackForm:
		b.onForm(ctx, e, did)
	default:
		b.ack(ctx, e, nil)
	}
}

// act does what somebody clicked and tells them what came of it. It is kept before Slack hears that
// the click arrived; of a second delivery, which done is false for, nobody hears twice.
func (b *Bot) act(ctx context.Context, e *Envelope, did interaction, do func(context.Context) message) (done bool) {
	again := b.seen.before(e.ID)
	doing, cancel := context.WithTimeout(ctx, decideWait)
	words := do(doing)
	cancel()
	b.ack(ctx, e, nil)
	if !again {
		b.tellClicker(ctx, did, words)
	}
	return !again
}

// tellClicker answers whoever clicked, where they did.
func (b *Bot) tellClicker(ctx context.Context, did interaction, words message) {
	if did.ResponseURL == "" && did.View.Type == "home" { // which has no address for answers
		b.showHome(ctx, did.User.ID, words)
		return
	}
	b.respond(ctx, did.ResponseURL, words)
}

// onJoin takes in whoever pressed Join, and tells them how the bot will know them.
func (b *Bot) onJoin(ctx context.Context, e *Envelope, did interaction) {
	again := b.seen.before(e.ID)
	id := tracker.ID(did.Actions[0].Value)
	ctx = logattr.With(ctx, slog.String("invitation", string(id)))
	invitee, err := b.claim(ctx, id, did.User.ID)
	b.ack(ctx, e, nil)
	if again {
		return
	}
	inv, _ := b.tracker.Look(id)
	b.joined(e, inv.ID, err)
	in := b.messenger.voiceFor(ctx, did.User.ID)
	if err != nil {
		switch {
		case errors.Is(err, tracker.ListClosed), errors.Is(err, tracker.LinkNotForYou):
			tracker.Decision{Deed: "join", Verdict: tracker.Rejected, By: did.User.ID, Reason: reasonOf(err), Invitation: inv}.Log(ctx, b.log)
		case !errors.Is(err, tracker.InvitationOver):
			b.log.ErrorContext(ctx, "a claim was not kept", "invitee", did.User.ID, "err", err)
		}
		b.respond(ctx, did.ResponseURL, in.renderFailure(reasonOf(err)))
		return
	}
	if invitee.Email == "" {
		person, err := b.messenger.directory.person(ctx, did.User.ID)
		if err != nil {
			b.log.WarnContext(ctx, "who claimed is not known", "invitee", did.User.ID, "err", err)
			b.respond(ctx, did.ResponseURL, in.renderFailure(reasonOf(err)))
			return
		}
		invitee.Person = person
	}
	if b.messenger.voice.claimed {
		if invitee.State == tracker.Awaited {
			tracker.Decision{Deed: "join", Verdict: tracker.Allowed, By: did.User.ID, Invitation: inv}.Log(ctx, b.log)
		}
		b.respond(ctx, did.ResponseURL, in.renderLink(inv, invitee))
		return
	}
	b.respond(ctx, did.ResponseURL, in.renderClaimed(invitee))
}

// joined tells the observer what became of a press on Join; id is "" where the invitation is not known.
func (b *Bot) joined(e *Envelope, id tracker.ID, err error) {
	outcome := outcomeOK
	if err != nil {
		outcome = string(reasonOf(err))
	}
	b.observer.Joined(id, outcome, e.received)
}

// claim takes somebody in who pressed Join. Where that gives them the link, it must be theirs to
// have.
func (b *Bot) claim(ctx context.Context, id tracker.ID, user tracker.ChatUser) (tracker.Invitee, error) {
	if b.messenger.voice.claimed {
		asking, cancel := context.WithTimeout(ctx, decideWait)
		defer cancel()
		if err := b.mayHaveLink(asking, user); err != nil {
			return tracker.Invitee{}, err
		}
	}
	return b.tracker.Claim(ctx, id, user)
}

// onForm takes in what the dialog says, or answers what is wrong with it, in place.
func (b *Bot) onForm(ctx context.Context, e *Envelope, did interaction) {
	in := b.messenger.voiceFor(ctx, did.User.ID)
	command, channel, wrong := in.parseForm(did.View.State)
	if len(wrong) > 0 {
		b.ack(ctx, e, slack.NewErrorsViewSubmissionResponse(wrong))
		b.commanded(e, "dialog", OutcomeMisunderstood, "")
		return
	}
	request := tracker.Request{
		// A view is submitted once: a second delivery is the same wish.
		Keys:    []string{"envelope " + e.ID, "view " + did.View.ID},
		Inviter: did.User.ID,
		Channel: channel,
	}
	if len(did.ResponseURLs) > 0 {
		request.ReplyTo = did.ResponseURLs[0].URL
	}
	request.Role, request.People = command.Role, command.People
	if wrong := b.vetForm(ctx, in, request); len(wrong) > 0 {
		b.ack(ctx, e, slack.NewErrorsViewSubmissionResponse(wrong))
		b.commanded(e, "dialog", OutcomeMisunderstood, "")
		return
	}
	id, refused := b.invite(ctx, command, request)
	b.commanded(e, "dialog", cmp.Or(string(refused), OutcomeAccepted), id)
	if refused != "" {
		wrong := map[string]string{blockRole: in.explain(tracker.Refusal{Reason: refused}, command.Role, "")}
		b.ack(ctx, e, slack.NewErrorsViewSubmissionResponse(wrong))
		return
	}
	b.ack(ctx, e, nil)
}

func (b *Bot) respond(ctx context.Context, responseURL string, words message) {
	if responseURL == "" {
		return
	}
	for try := 1; ; try++ {
		err := b.messenger.respond(ctx, responseURL, words)
		if err == nil {
			return
		}
		wait := rateLimitOf(err)
		if wait == 0 || try == answerTries || !grace.Sleep(ctx, min(wait, answerWait)) {
			b.log.WarnContext(ctx, "an answer was lost", "err", err)
			return
		}
	}
}

// reasonOf returns the reason that an error wraps.
func reasonOf(err error) tracker.Reason {
	if reason, ok := errors.AsType[tracker.Reason](err); ok {
		return reason
	}
	return tracker.Unexpected
}

// seen remembers what came lately.
type seen struct {
	mu    sync.Mutex
	at    map[string]time.Time
	order []string
}

// before tells whether the id came before, and remembers it.
func (s *seen) before(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for len(s.order) > 0 && now.Sub(s.at[s.order[0]]) > duplicateAfter {
		delete(s.at, s.order[0])
		s.order = s.order[1:]
	}
	if _, known := s.at[id]; known {
		return true
	}
	if s.at == nil {
		s.at = map[string]time.Time{}
	}
	s.at[id] = now
	s.order = append(s.order, id)
	return false
}
