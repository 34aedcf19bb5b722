package socketmode

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/slack-go/slack/socketmode"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// Greeting is how Slack greets a connection.
type Greeting struct {
	// App is the id of the app that the app-level token belongs to.
	App string
	// Connections is how many the app has, this one among them.
	Connections int
}

// Try opens one connection, waits until Slack greets it, and closes it. A running bot of the
// same app does not notice.
func (s *Sockets) Try(ctx context.Context) (Greeting, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	conn, err := s.connect(ctx, s.log)
	if err != nil {
		return Greeting{}, err
	}
	defer conn.close()
	_ = conn.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	var frame socketmode.Request
	if err := conn.ws.ReadJSON(&frame); err != nil {
		return Greeting{}, remedy.Wrap(remedy.SocketSilent, fmt.Errorf("slack took the connection and did not greet it: %w", err))
	}
	if frame.Type != socketmode.RequestTypeHello {
		return Greeting{}, refusedConnection(cmp.Or(frame.Reason, frame.Type))
	}
	return Greeting{App: frame.ConnectionInfo.AppID, Connections: frame.NumConnections}, nil
}
