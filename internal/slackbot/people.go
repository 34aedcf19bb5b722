package slackbot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

const (
	// peopleMax is how many people one invitation takes.
	peopleMax = 200
	// fewPeople is how many people are looked up before a card is posted. Slack lets an app look
	// up a hundred a minute: with more people, the card comes first and says how many are left.
	fewPeople = 30
)

// isUnfit reports whether the failure concerns one person alone: everyone else can still be invited.
func isUnfit(err error) bool {
	switch reasonOf(err) {
	case invitation.NotAPerson, invitation.IsBot, invitation.IsMe, invitation.IsDeactivated, invitation.NoEmail:
		return true
	}
	return false
}

// isHidden reports whether Slack hides a user's profile or address, as it does for some people from other
// organizations in a shared channel.
func isHidden(err error) bool {
	return errors.Is(err, invitation.NotAPerson) || errors.Is(err, invitation.NoEmail)
}

// people returns everyone the request names, once each. The error names people who can't be invited; members of a
// group who can't be are left out without one. More than fewPeople are returned as they were named, to be looked up
// once the card is posted.
func (m *Messenger) people(ctx context.Context, request invitation.Request) ([]invitation.Person, error) {
	wanted := slices.Clone(request.People)
	var wrong []error
	for _, group := range request.Groups {
		members, err := m.directory.Members(ctx, group)
		if err = about(err, group); errors.Is(err, invitation.UnknownGroup) {
			wrong = append(wrong, err)
		} else if err != nil {
			return nil, err
		}
		for _, member := range members {
			person := invitation.Person{ChatUser: invitation.ChatUser(member)}
			if !slices.Contains(wanted, person) {
				wanted = append(wanted, person)
			}
		}
	}
	switch {
	case len(wanted) > peopleMax:
		return nil, refuse(invitation.TooManyPeople, fmt.Sprint(len(wanted)))
	case len(wrong) == 0 && len(wanted) > fewPeople:
		for i := range wanted {
			wanted[i].Unasked = wanted[i].ChatUser == ""
		}
		return wanted, nil
	}
	known, unknown, err := m.lookUp(ctx, wanted, len(request.People))
	if err != nil {
		return nil, err
	}
	switch wrong = append(wrong, unknown...); {
	case len(wrong) == 1:
		return nil, wrong[0]
	case len(wrong) > 1:
		return nil, &invitation.Failure{Reason: invitation.WrongPeople, Each: wrong}
	case len(known) == 0 && len(request.Groups) > 0:
		return nil, refuse(invitation.EmptyGroup, request.Groups[0])
	}
	return known, nil
}

// lookUp returns what Slack knows of the people, once each: a user and the address that is theirs are one person.
// The first ones, as many as named says, were named one by one; wrong says which of them can't be invited.
func (m *Messenger) lookUp(ctx context.Context, wanted []invitation.Person, named int) (known []invitation.Person, wrong []error, err error) {
	verdicts := make([]error, len(wanted))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i, person := range wanted {
		group.Go(func() error {
			if person.ChatUser == "" {
				owner, err := m.Owner(ctx, person.Email)
				wanted[i].ChatUser, wanted[i].Name = owner.ChatUser, owner.Name
				wanted[i].Unasked = err != nil && !errors.Is(err, invitation.NotAPerson)
				return nil
			}
			known, err := m.Identify(ctx, person.ChatUser)
			if isUnfit(err) {
				verdicts[i], err = err, nil
			}
			wanted[i] = known
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	for i, person := range wanted {
		switch {
		case verdicts[i] != nil && i < named:
			wrong = append(wrong, verdicts[i])
		case verdicts[i] == nil && !isAmong(known, person):
			known = append(known, person)
		}
	}
	return known, wrong, nil
}

func isAmong(people []invitation.Person, who invitation.Person) bool {
	return slices.ContainsFunc(people, func(p invitation.Person) bool {
		return who.ChatUser != "" && p.ChatUser == who.ChatUser || invitation.FoldEmail(p.Email) == invitation.FoldEmail(who.Email)
	})
}

// Identify returns what a member of the workspace can be invited by. Reasons: NotAPerson, IsBot,
// IsMe, IsDeactivated, and NoEmail when Slack does not tell the address. See [tracker.Messenger].
func (m *Messenger) Identify(ctx context.Context, id invitation.ChatUser) (invitation.Person, error) {
	if m.botUser != "" && string(id) == m.botUser {
		return invitation.Person{}, refuse(invitation.IsMe, id)
	}
	user, err := m.directory.User(ctx, id)
	switch {
	case err != nil:
		return invitation.Person{}, about(err, id)
	case user.Deleted:
		return invitation.Person{}, refuse(invitation.IsDeactivated, id)
	case user.IsBot || user.ID == "USLACKBOT":
		return invitation.Person{}, refuse(invitation.IsBot, id)
	case user.Profile.Email == "":
		return invitation.Person{}, refuse(invitation.NoEmail, id)
	}
	return asPerson(user), nil
}

// Owner returns the member of the workspace whose address it is; the error wraps NotAPerson when there is
// none. People need not be members to be invited. See [tracker.Messenger].
func (m *Messenger) Owner(ctx context.Context, address string) (invitation.Person, error) {
	user, err := m.directory.ByEmail(ctx, address)
	switch {
	case err != nil:
		return invitation.Person{}, err
	case user.IsBot || user.Deleted || !strings.EqualFold(user.Profile.Email, address):
		return invitation.Person{}, invitation.NotAPerson
	}
	return asPerson(user), nil
}

func asPerson(user *slack.User) invitation.Person {
	return invitation.Person{ChatUser: invitation.ChatUser(user.ID), Email: user.Profile.Email, Name: cmp.Or(user.Profile.RealName, user.RealName)}
}

// findAway marks the people on Slack who don't read the channel. Where that can't be found out, they count as away:
// better one direct message too many than a person left out.
func (m *Messenger) findAway(ctx context.Context, channel invitation.Channel, people []invitation.Person) {
	if !slices.ContainsFunc(people, func(p invitation.Person) bool { return p.ChatUser != "" || p.Unasked }) {
		return
	}
	readers, err := m.directory.ReadersOf(ctx, channel)
	if err != nil {
		m.log.DebugContext(ctx, "channel readers not known", "channel", channel, "err", err)
	}
	for i, p := range people {
		people[i].Away = p.Unasked || p.ChatUser != "" && !slices.Contains(readers, string(p.ChatUser))
	}
}
