package slackapi

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

const (
	// fresh is how old an answer may be on which a decision rests (who is a guest, what is shared, who
	// belongs to a group). It counts only once the budget of look-ups is spent: until then, all is looked up.
	fresh = 10 * time.Second
	// cacheMax bounds each cache, in entries.
	cacheMax = 10_000
	// localeLife is how long someone's language is remembered.
	localeLife = 24 * time.Hour
)

// Directory answers who someone is and what a channel is. It remembers answers for a
// short while and asks once for many who want to know at the same time.
type Directory struct {
	api *Client
	// team is the workspace whose people are ours, from auth.test.
	team string

	users    cache[*slack.User]
	channels cache[*slack.Channel]
	readers  cache[[]string] // the members of a channel
	groups   cache[[]string]
	owners   cache[*slack.User] // by their folded address; nil for no one
	locales  cache[string]
}

// NewDirectory returns a directory of the workspace with that id, from auth.test. It keeps within what Slack grants
// a minute for each method, and leaves some of it to others (docs/facts/slack.md, "Rate limits").
func NewDirectory(api *Client, team string) *Directory {
	minutely := func(calls float64, burst int) *rate.Limiter { return rate.NewLimiter(rate.Limit(calls/60), burst) }
	d := &Directory{api: api, team: team}
	d.users.budget = minutely(15, 15) // beside the look-ups of people, which the tracker paces
	d.channels.budget = minutely(30, 15)
	d.readers.budget = minutely(30, 15)
	d.groups.budget, d.groups.life = minutely(5, 5), time.Minute // Slack grants twenty a minute
	return d
}

// User returns what Slack says of someone.
func (d *Directory) User(ctx context.Context, id invitation.ChatUser) (*slack.User, error) {
	return d.users.get(ctx, string(id), func(ctx context.Context) (user *slack.User, err error) {
		err = d.api.Call(ctx, "users.info", "", func(ctx context.Context) error {
			user, err = d.api.GetUserInfoContext(ctx, string(id))
			return err
		})
		if err == nil {
			d.locales.keep(string(id), user.Locale)
		}
		return user, err
	})
}

// Locale returns the locale of someone's Slack, such as de-DE; "" when it is not known.
func (d *Directory) Locale(ctx context.Context, id invitation.ChatUser) string {
	if known, ok := d.locales.known(string(id), localeLife); ok {
		return known
	}
	user, err := d.User(ctx, id)
	if err != nil {
		return ""
	}
	return user.Locale
}

// ByEmail returns the member of the workspace with the address; the error wraps NotAPerson when
// there is none.
func (d *Directory) ByEmail(ctx context.Context, address string) (*slack.User, error) {
	user, err := d.owners.get(ctx, invitation.FoldEmail(address), func(ctx context.Context) (user *slack.User, err error) {
		err = d.api.Call(ctx, "users.lookupByEmail", "", func(ctx context.Context) error {
			user, err = d.api.GetUserByEmailContext(ctx, address)
			return err
		})
		if errors.Is(err, invitation.NotAPerson) {
			return nil, nil // that no one has it is an answer too
		}
		return user, err
	})
	if err == nil && user == nil {
		err = invitation.NotAPerson
	}
	return user, err
}

// Channel returns what Slack says of a channel.
func (d *Directory) Channel(ctx context.Context, id invitation.Channel) (*slack.Channel, error) {
	channel, err := d.channels.get(ctx, string(id), func(ctx context.Context) (channel *slack.Channel, err error) {
		err = d.api.Call(ctx, "conversations.info", "", func(ctx context.Context) error {
			channel, err = d.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: string(id)})
			return err
		})
		return channel, err
	})
	if err == nil && channel.IsArchived {
		d.channels.forget(string(id)) // the person who unarchives it tries again at once
	}
	return channel, err
}

// IsSharedOutside reports whether people of another organization read the channel, or are about to. A
// channel that is shared in a way that Slack does not name counts as one.
func IsSharedOutside(place *slack.Channel) bool {
	return place.IsExtShared || place.IsPendingExtShared || len(place.ConnectedTeamIDs) > 0 || len(place.PendingShared) > 0 ||
		place.IsShared && !place.IsOrgShared
}

// readersPages bounds how many pages of a channel's members are read.
const readersPages = 10

// ReadersOf returns the ids of a channel's members. Of a channel with more than ten thousand it returns
// an error: reading so many takes too long.
func (d *Directory) ReadersOf(ctx context.Context, id invitation.Channel) ([]string, error) {
	return d.readers.get(ctx, string(id), func(ctx context.Context) (all []string, err error) {
		params := slack.GetUsersInConversationParameters{ChannelID: string(id), Limit: 999}
		for range readersPages {
			err = d.api.Call(ctx, "conversations.members", "", func(ctx context.Context) error {
				page, next, err := d.api.GetUsersInConversationContext(ctx, &params)
				all, params.Cursor = append(all, page...), next
				return err
			})
			if err != nil || params.Cursor == "" {
				return all, err
			}
		}
		return nil, invitation.CannotTell
	})
}

// CountReaders returns how many people read a channel.
func (d *Directory) CountReaders(ctx context.Context, id invitation.Channel) (n int, err error) {
	err = d.api.Call(ctx, "conversations.info", "", func(ctx context.Context) error {
		place, err := d.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: string(id), IncludeNumMembers: true})
		if err == nil {
			n = place.NumMembers
		}
		return err
	})
	return n, err
}

// Members returns the ids of a user group's members.
func (d *Directory) Members(ctx context.Context, id invitation.ChatGroup) ([]string, error) {
	return d.groups.get(ctx, string(id), func(ctx context.Context) (members []string, err error) {
		err = d.api.Call(ctx, "usergroups.users.list", "", func(ctx context.Context) error {
			members, err = d.api.GetUserGroupMembersContext(ctx, string(id))
			return err
		})
		return members, err
	})
}

// IsOurs reports whether the user belongs to this workspace and is not a guest, a bot or from another
// organization. is_stranger alone does not show the latter (docs/facts/slack.md, "users.info").
func (d *Directory) IsOurs(user *slack.User) bool {
	return d.IsHere(user) && !user.IsRestricted && !user.IsUltraRestricted
}

// TellsTeam reports whether Slack says which workspace the user belongs to.
func (d *Directory) TellsTeam(user *slack.User) bool {
	return user.TeamID != "" || len(user.Enterprise.Teams) > 0 || d.team == ""
}

// IsHere reports whether the user is one of this workspace's people, guests among them.
func (d *Directory) IsHere(user *slack.User) bool {
	ours := user.TeamID == d.team
	for _, team := range user.Enterprise.Teams {
		ours = ours || team == d.team
	}
	return ours && !user.IsStranger && !user.IsBot && !user.Deleted
}

type latelyKey struct{}

// Lately returns a context for look-ups that answers of the last seconds will do for: the same invitation
// has just asked the same, for its card or for another of its people.
func Lately(ctx context.Context) context.Context { return context.WithValue(ctx, latelyKey{}, true) }

func isLately(ctx context.Context) bool { return ctx.Value(latelyKey{}) != nil }

// cache keeps answers while they are fresh. The zero value is ready for use.
type cache[V any] struct {
	// budget is what may be asked although there is a fresh answer; nil is nothing.
	budget *rate.Limiter
	// life is how long an answer is fresh; 0 is for the time fresh.
	life    time.Duration
	mu      sync.Mutex
	answers map[string]answer[V]
	asking  singleflight.Group
}

type answer[V any] struct {
	value V
	at    time.Time
}

// get returns an answer that is looked up now, or, beyond the budget, one that is still fresh. Failures
// are not kept. The fetch outlives the context of the first caller, because others may wait for it too.
func (c *cache[V]) get(ctx context.Context, key string, fetch func(context.Context) (V, error)) (V, error) {
	if value, ok := c.known(key, cmp.Or(c.life, fresh)); ok && (isLately(ctx) || c.budget == nil || !c.budget.Allow()) {
		return value, nil
	}
	result := c.asking.DoChan(key, func() (any, error) {
		value, err := fetch(context.WithoutCancel(ctx))
		if err == nil {
			c.keep(key, value)
		}
		return value, err
	})
	select {
	case r := <-result:
		value, _ := r.Val.(V)
		return value, r.Err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// known returns an answer that is no older than life.
func (c *cache[V]) known(key string, life time.Duration) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.answers[key]
	return a.value, ok && time.Since(a.at) < life
}

func (c *cache[V]) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.answers, key)
}

func (c *cache[V]) keep(key string, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil || len(c.answers) >= cacheMax {
		c.answers = map[string]answer[V]{}
	}
	c.answers[key] = answer[V]{value, time.Now()}
}
