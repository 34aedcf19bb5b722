package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// The action and callback ids that the bot listens to are named with what it renders:
// actionJoin in card.go, callbackForm in form.go.

// decideWait bounds what is looked up, such as a user's rights, before Slack gets its acknowledgement.
const decideWait = 2 * time.Second

// interaction is what the bot reads of an interactive payload (docs/facts/slack.md, "block_actions"
// and "view_submission and view_closed"). slack-go's type fails as a whole on any block element
// that it does not know.
type interaction struct {
	Type string `json:"type"`
	User struct {
		ID invitation.ChatUser `json:"id"`
	} `json:"user"`
	CallbackID string `json:"callback_id"`
	TriggerID  string `json:"trigger_id"`
	BlockID    string `json:"block_id"` // of a block_suggestion, as is what was typed
	Value      string `json:"value"`
	Channel    struct {
		ID invitation.Channel `json:"id"`
	} `json:"channel"`
	Message struct {
		TS    string              `json:"ts"`
		User  invitation.ChatUser `json:"user"`
		BotID string              `json:"bot_id"`
	} `json:"message"`
	ResponseURL  string `json:"response_url"`
	ResponseURLs []struct {
		URL string `json:"response_url"`
	} `json:"response_urls"`
	Actions []struct {
		ActionID     string              `json:"action_id"`
		Value        string              `json:"value"`
		BlockID      string              `json:"block_id"`
		SelectedUser invitation.ChatUser `json:"selected_user"`
		Selected     struct {
			Value string `json:"value"`
		} `json:"selected_option"`
	} `json:"actions"`
	View struct {
		ID         string           `json:"id"`
		Hash       string           `json:"hash"`
		Type       string           `json:"type"`
		CallbackID string           `json:"callback_id"`
		Metadata   string           `json:"private_metadata"`
		State      *slack.ViewState `json:"state"`
	} `json:"view"`
}

// action returns the id of the control that someone used, or "".
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

func (b *Bot) onInteraction(ctx context.Context, e *socketmode.Envelope) {
	var did interaction
	if err := json.Unmarshal(e.Payload, &did); err != nil {
		b.log.WarnContext(ctx, "unreadable interaction", "err", err)
		b.ack(ctx, e, nil)
		return
	}
	switch {
	case did.action() == actionJoin:
		b.onJoin(ctx, e, did)
	case did.action() == actionApprove, did.action() == actionDeny:
		b.onDecide(ctx, e, did)
	case did.action() == actionWho, did.action() == actionWhoUser, did.action() == actionWhoElse, did.action() == actionWhoNobody:
		b.act(ctx, e, did, func(ctx context.Context) message { return b.settleWho(ctx, did) })
	case did.action() == actionMute:
		b.act(ctx, e, did, func(ctx context.Context) message { return b.mute(ctx, did.User.ID) })
	case did.action() == actionResend:
		b.act(ctx, e, did, func(ctx context.Context) message { return b.resendMine(ctx, invitation.ID(did.chosen()), did.User.ID) })
	case did.action() == actionManage:
		b.onManage(ctx, e, did)
	case did.action() == actionFormRole, did.action() == actionFormRoom:
		b.onFormChoice(ctx, e, did)
	case did.Type == "block_suggestion":
		b.onSuggestion(ctx, e, did)
	case strings.HasPrefix(did.action(), actionUsualRoom):
		b.onUsualRoom(ctx, e, did)
	case did.action() == actionRetry, strings.HasPrefix(did.action(), actionRetryRoom):
		b.onRetry(ctx, e, did)
	case did.action() == actionForm:
		b.onShortcut(ctx, e, did)
	case did.CallbackID == callbackShortcut && did.Type == "shortcut", did.CallbackID == callbackAuthor && did.Type == "message_action":
		b.onShortcut(ctx, e, did)
	case did.Type == "view_submission" && did.View.CallbackID == callbackForm:
		b.onForm(ctx, e, did)
	case did.Type == "view_submission" && did.View.CallbackID == callbackApprove:
		b.onApproveAnyone(ctx, e, did)
	case did.Type == "view_submission" && did.View.CallbackID == callbackCancel:
		b.onCancel(ctx, e, did)
	case did.Type == "view_submission" && did.View.CallbackID == callbackRevoke:
		b.onRevoke(ctx, e, did)
	default:
		b.ack(ctx, e, nil)
	}
}

// act does what someone clicked and tells them what came of it. The result is on the journal before
// Slack gets its acknowledgement.
func (b *Bot) act(ctx context.Context, e *socketmode.Envelope, did interaction, do func(context.Context) message) {
	doing, cancel := context.WithTimeout(ctx, decideWait)
	words := do(doing)
	cancel()
	b.ack(ctx, e, nil)
	b.tellClicker(ctx, did, words)
}

// ackInDialog acknowledges a dialog that was submitted: it closes, or shows what there is to say.
func (b *Bot) ackInDialog(ctx context.Context, e *socketmode.Envelope, did interaction, title string, words message) {
	if words.Text == "" {
		b.ack(ctx, e, nil)
		return
	}
	in := b.messenger.voiceFor(ctx, did.User.ID)
	b.ack(ctx, e, slack.NewUpdateViewSubmissionResponse(&slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(in.say(title, nil)), Close: plain(in.say("dialog.close", nil)),
		Blocks: slack.Blocks{BlockSet: words.Blocks},
	}))
}

// openDialog opens a dialog for the user who clicked, or tells them why it didn't open.
func (b *Bot) openDialog(ctx context.Context, did interaction, view slack.ModalViewRequest) {
	if err := b.messenger.openView(ctx, did.TriggerID, view); err != nil {
		b.log.WarnContext(ctx, "dialog not opened", "user", did.User.ID, "err", err)
		b.tellClicker(ctx, did, b.messenger.voiceFor(ctx, did.User.ID).renderFailure(err))
	}
}

// tellClicker answers the user who clicked, where they did, if there is anything to say.
func (b *Bot) tellClicker(ctx context.Context, did interaction, words message) {
	switch {
	case did.View.Type == viewHome: // which has no address for answers, and shows what was done
		b.showHome(ctx, did.User.ID, words)
	case words.Text != "":
		b.respond(ctx, did.ResponseURL, words)
	}
}

// onJoin takes in the person who pressed Join, and tells them how the bot will know them.
func (b *Bot) onJoin(ctx context.Context, e *socketmode.Envelope, did interaction) {
	id := invitation.ID(did.Actions[0].Value)
	ctx = logging.With(ctx, slog.String("invitation", string(id)))
	invitee, err := b.claim(ctx, id, did)
	b.ack(ctx, e, nil)
	inv, _ := b.tracker.Look(id)
	b.metrics.joined(err)
	in := b.messenger.voiceFor(ctx, did.User.ID)
	if err != nil {
		switch reasonOf(err) {
		case invitation.ListClosed, invitation.LinkNotForYou, invitation.GuestNotNamed, invitation.LinkRevoked:
			b.rejected(ctx, "join", inv, did.User.ID, err)
		case invitation.InvitationOver:
		default:
			if inv.Withheld.Reason == "" {
				b.log.ErrorContext(ctx, "join not saved", "invitee", did.User.ID, "err", err)
			}
		}
		b.tellClicker(ctx, did, in.renderNoJoin(inv, err))
		return
	}
	if invitee, err = b.recognize(ctx, id, invitee, did.User.ID); err != nil {
		b.tellClicker(ctx, did, in.renderFailure(err))
		return
	}
	if b.givesLink(inv, did) {
		if mayUseLink(invitee) {
			tracker.Decision{Action: "join", Verdict: tracker.Allowed, By: did.User.ID, Invitation: inv}.Log(ctx, b.log)
		}
		b.tellClicker(ctx, did, in.renderLink(inv, invitee))
		return
	}
	b.tellClicker(ctx, did, in.renderClaimed(inv, invitee))
}

// recognize returns the invitee with what Slack and the portal tell of the person who pressed Join.
func (b *Bot) recognize(ctx context.Context, id invitation.ID, invitee invitation.Invitee, user invitation.ChatUser) (invitation.Invitee, error) {
	switch person, err := b.messenger.Identify(ctx, user); {
	case err == nil && invitee.Email == "":
		invitee.Person = person
	case err == nil:
		invitee = b.tracker.Readdress(ctx, id, invitee, person)
	case invitee.Email == "" && isHidden(err):
		// The link works without that: the inviter is asked who they are once they have joined.
		b.log.InfoContext(ctx, "profile hidden by slack", "invitee", user, "reason", reasonOf(err))
		invitee.State = cmp.Or(invitee.State, invitation.Awaited)
	case invitee.Email == "":
		b.log.WarnContext(ctx, "user who pressed join not identified", "invitee", user, "err", err)
		return invitee, err
	}
	return b.tracker.LookUpNow(ctx, invitee), nil
}

// givesLink reports whether the answer to Join gives out the link: the button had none.
func (b *Bot) givesLink(inv invitation.Invitation, did interaction) bool {
	return b.messenger.voice.hidesLink(inv) || did.View.Type == viewHome
}

// claim adds the person who pressed Join, if the card still gives out its link and they may have it.
func (b *Bot) claim(ctx context.Context, id invitation.ID, did interaction) (invitation.Invitee, error) {
	if inv, known := b.tracker.Look(id); known {
		asking, cancel := context.WithTimeout(ctx, decideWait)
		defer cancel()
		if err := b.mayJoin(asking, inv, did); err != nil {
			return invitation.Invitee{}, err
		}
	}
	return b.tracker.Claim(ctx, id, did.User.ID)
}

// mayJoin decides whether the user may join by the card. Where the link stands on the card, pressing
// the button has opened it: then what Slack does not tell changes nothing, and only a clear no ends it.
func (b *Bot) mayJoin(ctx context.Context, inv invitation.Invitation, did interaction) error {
	if !inv.Open() && inv.Stage != invitation.Linked {
		return nil // the tracker refuses it
	}
	private := b.givesLink(inv, did)
	switch err := b.stillQualifies(ctx, inv); {
	case err != nil && (private || reasonOf(err).Disqualifies()):
		return err
	case private:
		return b.mayHaveLink(ctx, inv, did.User.ID)
	}
	return nil
}

// stillQualifies asks whether the invitation's link may still go out, and withholds it where that is a
// clear no.
func (b *Bot) stillQualifies(ctx context.Context, inv invitation.Invitation) error {
	if inv.Withheld.Reason != "" {
		return inv.Withheld.Reason
	}
	err := b.messenger.mayHandOut(ctx, ofCard(inv))
	if why := reasonOf(err); err != nil && why.Disqualifies() {
		if err := b.tracker.Withhold(ctx, inv.ID, invitation.Refusal{Reason: why}); err != nil {
			b.log.ErrorContext(ctx, "link not withheld", "invitation", inv.ID, "err", err)
		}
	}
	return err
}
