package docspace

import (
	"context"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// Settings is what a portal tells everyone about itself.
type Settings struct {
	// Version is DocSpace's, e.g. 3.7.2.
	Version string
	// Suspended is why the portal does not serve people; empty when it does.
	Suspended string
	// Standalone is a portal on a server of its owner's.
	Standalone bool
}

// tenantStatuses are the names of the states in which a portal does not serve people
// (docs/facts/docspace.md, "Settings and health").
var tenantStatuses = map[enum]string{
	1: "suspended", 2: "about to be removed", 3: "being transferred", 4: "being restored", 5: "being migrated", 6: "being encrypted",
}

// Trouble says why the portal does not serve people; "" when it does.
func (s Settings) Trouble() remedy.Trouble {
	switch s.Suspended {
	case "":
		return ""
	case tenantStatuses[1], tenantStatuses[2]:
		return remedy.PortalSuspended
	}
	return remedy.PortalMoving
}

// oldest is the first version that does all that the bot needs: API keys came with 3.1.0, look-ups
// of many addresses at once with 3.2.1 (docs/facts/docspace.md, "Version floor").
var oldest = []int{3, 2, 1}

// version reads the numbers at the start of a version.
var version = regexp.MustCompile(`^v?(\d+)\.(\d+)(?:\.(\d+))?`)

// Known reports whether the version can be read. What cannot is supposed to be new.
func (s Settings) Known() bool { return version.MatchString(s.Version) }

// Supported reports whether the portal is new enough for the bot.
func (s Settings) Supported() bool {
	parts := version.FindStringSubmatch(s.Version)
	if parts == nil {
		return true
	}
	numbers := make([]int, len(oldest))
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(parts[i+1])
	}
	return slices.Compare(numbers, oldest) >= 0
}

// Settings returns what the portal tells about itself: GET settings, docs/facts/docspace.md,
// "Settings and health". It is called without the key, and answers while the portal is suspended.
func (c *Client) Settings(ctx context.Context) (Settings, error) {
	k := call{method: http.MethodGet, path: "settings", public: true}
	var answer struct {
		Version      *string `json:"version"`
		TenantStatus enum    `json:"tenantStatus"`
		Standalone   bool    `json:"standalone"`
	}
	found, _, err := c.do(ctx, k, &answer)
	if err == nil && (!found || answer.Version == nil) {
		err = notDocSpace(k, "the answer does not tell a version")
	}
	if err != nil {
		return Settings{}, err
	}
	return Settings{Version: *answer.Version, Suspended: tenantStatuses[answer.TenantStatus], Standalone: answer.Standalone}, nil
}

// InvitationSettings reports whether the portal lets people invite: GET
// settings/invitationsettings, docs/facts/docspace.md, "Settings and health".
func (c *Client) InvitationSettings(ctx context.Context) (members, guests bool, err error) {
	k := call{method: http.MethodGet, path: "settings/invitationsettings", public: true}
	var answer struct {
		Members bool `json:"allowInvitingMembers"`
		Guests  bool `json:"allowInvitingGuests"`
	}
	found, _, err := c.do(ctx, k, &answer)
	if err == nil && !found {
		err = notDocSpace(k, "the answer holds no settings")
	}
	return answer.Members, answer.Guests, err
}

// unlimited is what the portal tells of an allowance that has no end.
const unlimited = math.MaxInt32

// EmailsLeft returns how many people the portal still invites by email, for now; limited is false where it counts
// none: GET settings with the key, docs/facts/docspace.md, "Email invitations".
func (c *Client) EmailsLeft(ctx context.Context) (left int, limited bool, err error) {
	k := call{method: http.MethodGet, path: "settings", feature: true}
	var answer struct {
		Left *int `json:"invitationLimit"`
	}
	_, _, err = c.do(ctx, k, &answer)
	if err != nil || answer.Left == nil || *answer.Left >= unlimited {
		return 0, false, err
	}
	return max(0, *answer.Left), true, nil
}

// Account is the account that the key belongs to, and acts as.
type Account struct {
	invitation.Member
	// Owner is true if it owns the portal; only the owner gets links for DocSpaceAdmin
	// (docs/facts/docspace.md, "Legacy invitation link").
	Owner bool
}

// Self returns the account that the key belongs to: GET people/@self, docs/facts/docspace.md,
// "Authentication".
func (c *Client) Self(ctx context.Context) (Account, error) {
	k := call{method: http.MethodGet, path: "people/@self"}
	var u user
	found, _, err := c.do(ctx, k, &u)
	if err == nil && (!found || u.ID == "") {
		err = notDocSpace(k, "the answer holds no account")
	}
	return Account{Member: u.member(), Owner: u.IsOwner != nil && *u.IsOwner}, err
}

// Key is what a portal tells about the key in use.
type Key struct {
	Name string
	// Full is true if the key may do all that its owner may.
	Full   bool
	Scopes []string
	// Active is false for a key that was switched off.
	Active bool
	// Expires is when the key ends; zero is never.
	Expires time.Time
}

// KeyInfo returns what the portal tells about the key: GET keys/@self, docs/facts/docspace.md,
// "Authentication".
func (c *Client) KeyInfo(ctx context.Context) (Key, error) {
	k := call{method: http.MethodGet, path: "keys/@self"}
	var answer struct {
		Name        string   `json:"name"`
		Permissions []string `json:"permissions"` // absent or [] is full access
		Active      *bool    `json:"isActive"`
		ExpiresAt   date     `json:"expiresAt"`
	}
	found, _, err := c.do(ctx, k, &answer)
	if err == nil && !found {
		err = notDocSpace(k, "the answer holds no key")
	}
	if err != nil {
		return Key{}, err
	}
	scopes := answer.Permissions
	return Key{
		Name: answer.Name, Scopes: scopes, Expires: answer.ExpiresAt.Time,
		Full:   len(scopes) == 0 || slices.Contains(scopes, "*") || slices.Contains(scopes, "*:write"),
		Active: answer.Active == nil || *answer.Active,
	}, nil
}
