package docspace

import (
	"context"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

func (c *Client) Rooms(context.Context, string) ([]invitation.Room, error) {
	return nil, invitation.RoomDenied
}
func (c *Client) Room(context.Context, invitation.RoomID) (invitation.Room, error) {
	return invitation.Room{}, invitation.RoomDenied
}
func (c *Client) RoomRights(context.Context, invitation.RoomID, []invitation.MemberID) (map[invitation.MemberID]invitation.Right, error) {
	return nil, invitation.RoomDenied
}
func (c *Client) ShareRoom(context.Context, invitation.RoomID, invitation.Right, []invitation.MemberID) ([]invitation.MemberID, error) {
	return nil, invitation.RoomDenied
}
func (c *Client) InviteByEmail(context.Context, string, invitation.Role) error {
	return invitation.PortalDenied
}
func (c *Client) InviteToRoom(context.Context, invitation.RoomID, invitation.Right, string) error {
	return invitation.PortalDenied
}
func (c *Client) ResendInvitations(context.Context, []invitation.MemberID) error {
	return invitation.PortalDenied
}
func (c *Client) RevokeLink(context.Context, invitation.Role) error { return invitation.NotManaged }
