package slacksim

import (
	"slices"
	"strings"
	"time"
)

func (w *Workspace) usersInfo(c *call) (object, error) {
	if !c.has("user") {
		return nil, missing("user")
	}
	u := w.users[c.str("user")]
	if u == nil || u.Hidden {
		return nil, refuse("user_not_found")
	}
	return object{"user": w.userJSON(u, c.bool("include_locale"))}, nil
}

func (w *Workspace) usersLookupByEmail(c *call) (object, error) {
	if !c.has("email") {
		return nil, missing("email")
	}
	for _, id := range w.userOrder {
		u := w.users[id]
		if u.Email != "" && strings.EqualFold(u.Email, c.str("email")) && !u.Deleted && !u.Hidden && u.here() {
			return object{"user": w.userJSON(u, c.bool("include_locale"))}, nil
		}
	}
	return nil, refuse("users_not_found")
}

// userJSON shows a user as docs/facts/slack.md, "users.info" and its samples do: the address only with
// the scope and for people of this workspace, and little of deactivated ones.
func (w *Workspace) userJSON(u *User, withLocale bool) object {
	first, last, _ := strings.Cut(u.RealName, " ")
	profile := object{
		"title": "", "phone": "", "skype": "", "team": u.Team, "fields": nil,
		"real_name": u.RealName, "real_name_normalized": u.RealName, "first_name": first, "last_name": last,
		"display_name": u.Name, "display_name_normalized": u.Name,
		"status_text": "", "status_text_canonical": "", "status_emoji": "", "status_emoji_display_info": []string{},
		"status_expiration": 0, "avatar_hash": "g0123456789a",
	}
	for _, size := range []string{"24", "32", "48", "72", "192", "512"} {
		profile["image_"+size] = "https://a.example/" + size + ".png"
	}
	if u.Email != "" && !u.Bot && u.here() && slices.Contains(w.scopes, "users:read.email") {
		profile["email"] = u.Email
	}
	shown := object{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted,
		"profile": profile, "is_bot": u.Bot, "is_app_user": false, "updated": 1789000000,
		"who_can_share_contact_card": "EVERYONE",
	}
	if u.NoTeam {
		delete(shown, "team_id")
		delete(profile, "team")
	}
	if len(u.EnterpriseTeams) > 0 {
		shown["enterprise_user"] = object{
			"id": u.ID, "enterprise_id": enterpriseID, "enterprise_name": "Example Enterprise",
			"is_admin": false, "is_owner": false, "teams": u.EnterpriseTeams,
		}
	}
	if u.Deleted {
		return shown
	}
	shown["color"] = "9f69e7"
	shown["tz"] = u.TZ
	if zone, err := time.LoadLocation(u.TZ); err == nil {
		shown["tz_label"], shown["tz_offset"] = time.Now().In(zone).Zone()
	}
	shown["is_admin"], shown["is_owner"], shown["is_primary_owner"] = u.Admin || u.Owner, u.Owner, false
	shown["is_restricted"], shown["is_ultra_restricted"] = u.Guest || u.SingleChannelGuest, u.SingleChannelGuest
	shown["is_email_confirmed"] = true
	if !u.here() {
		shown["is_stranger"] = u.Stranger
	}
	if u.ID == botUser {
		profile["api_app_id"], profile["bot_id"], profile["always_active"] = appID, botID, true
	}
	if withLocale {
		shown["locale"] = u.Locale
	}
	return shown
}

func (w *Workspace) usergroupsUsersList(c *call) (object, error) {
	if !c.has("usergroup") {
		return nil, missing("usergroup")
	}
	g := w.groups[c.str("usergroup")]
	if g == nil {
		return nil, refuse("no_such_subteam")
	}
	return object{"users": append([]string{}, g.Users...)}, nil
}
