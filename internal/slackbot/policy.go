package slackbot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Policy says who may hand out what, and where.
type Policy struct {
	// OpenRoles are the roles that every full member of the workspace may hand out.
	OpenRoles []tracker.Role
	// Admins are Slack user ids (U…, W…) and user-group ids (S…) that may hand out every
	// role. Admins and owners of the workspace always may.
	Admins []string
	// Channels are where invitations work; empty is everywhere.
	Channels []string
	// SharedChannels allows invitations where people of other organisations read.
	SharedChannels bool
	// ClaimedLinks keeps links off the cards: see deliver.go.
	ClaimedLinks bool
	// ApprovalChannel is where somebody is asked for approval when a role is not the caller's to
	// give; empty: then it is refused.
	ApprovalChannel string
}

// refusal is a rule's no.
type refusal struct {
	reason tracker.Reason
	about  string
	err    error
}

func (r *refusal) Error() string {
	text := string(r.reason)
	if r.about != "" {
		text += ": " + r.about
	}
	if r.err != nil {
		text += " (" + r.err.Error() + ")"
	}
	return text
}

func (r *refusal) Unwrap() []error {
	if r.err != nil {
		return []error{r.reason, r.err}
	}
	return []error{r.reason}
}

// About names whom or what the refusal is about: an id of Slack's, or plain text.
func (r *refusal) About() string { return r.about }

func refuse[S ~string](reason tracker.Reason, about S) error {
	return &refusal{reason: reason, about: string(about)}
}

// about says whom a failure concerns, if the failure is a verdict on them.
func about[S ~string](err error, whom S) error {
	for _, verdict := range []tracker.Reason{tracker.NotAPerson, tracker.UnknownGroup} {
		if errors.Is(err, verdict) {
			return &refusal{reason: verdict, about: string(whom), err: err}
		}
	}
	return err
}

// caller is what the rules know of whoever asks.
type caller struct {
	ours  bool // a full member of this workspace
	admin bool
}

// allow decides whether the caller may hand out the role in the place, or ask for approval of
// that. Each rule's reason
// has its advice in explain.go.
func (p Policy) allow(who caller, place *slack.Channel, role tracker.Role) error {
	switch {
	case !who.ours:
		return tracker.CallerIsGuest
	case !p.mayGive(who, role) && p.ApprovalChannel == "":
		return refuse(tracker.RoleNotYours, role)
	case place.IsArchived:
		return tracker.ChannelArchived
	case !p.SharedChannels && (place.IsExtShared || place.IsPendingExtShared):
		return tracker.ChannelShared
	case place.IsChannel && !place.IsPrivate && !place.IsMember:
		return tracker.CannotPost
	}
	return nil
}

func (p Policy) mayGive(who caller, role tracker.Role) bool {
	return who.admin || slices.Contains(p.OpenRoles, role)
}

// choice is a role that somebody may choose in the dialog.
type choice struct {
	role tracker.Role
	// asks says that somebody else is asked for approval.
	asks bool
}

// choices returns the roles that the caller may hand out, or ask to.
func (p Policy) choices(who caller) []choice {
	var choices []choice
	for _, role := range tracker.Roles() {
		if asks := !p.mayGive(who, role); who.ours && (!asks || p.ApprovalChannel != "") {
			choices = append(choices, choice{role, asks})
		}
	}
	return choices
}

// worksIn tells whether invitations work in the channel at all.
func (p Policy) worksIn(channel tracker.Channel) bool {
	return len(p.Channels) == 0 || slices.Contains(p.Channels, string(channel))
}

// caller finds out what the rules need to know of a user.
func (m *Messenger) caller(ctx context.Context, id tracker.ChatUser) (caller, error) {
	user, err := m.directory.user(ctx, id)
	if err != nil {
		return caller{}, err
	}
	who := caller{ours: m.directory.isOurs(user)}
	if !who.ours {
		return who, nil
	}
	who.admin = user.IsAdmin || user.IsOwner || user.IsPrimaryOwner || slices.Contains(m.policy.Admins, user.ID)
	for _, admin := range m.policy.Admins {
		if who.admin || !strings.HasPrefix(admin, "S") {
			continue
		}
		members, err := m.directory.members(ctx, tracker.ChatGroup(admin))
		if errors.Is(err, tracker.UnknownGroup) {
			err = remedy.Wrap(remedy.AdminGroupUnknown, err)
		}
		if err != nil {
			return caller{}, err
		}
		who.admin = slices.Contains(members, user.ID)
	}
	return who, nil
}
