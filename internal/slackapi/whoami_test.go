package slackapi

import (
	"net/http"
	"testing"
)

// TestCheckFindsChannelsThatOthersRead: bot check calls a channel shared wherever the gate would refuse it.
func TestCheckFindsChannelsThatOthersRead(t *testing.T) {
	for _, tt := range []struct {
		says   string
		shared bool
	}{
		{`"is_channel":true`, false},
		{`"is_ext_shared":true,"is_shared":true`, true},
		{`"is_pending_ext_shared":true`, true},
		{`"pending_shared":["T0OTHER"]`, true},
		{`"connected_team_ids":["T0OTHER"]`, true},
		{`"is_shared":true`, true}, // in a way that Slack does not name
		{`"is_shared":true,"is_org_shared":true`, false},
	} {
		api := New(Options{
			URL: "https://slack.test/api/", HTTP: HTTPClient(canned{http.StatusOK, "", `{"ok":true,"channel":{"id":"C1",` + tt.says + `}}`}),
		})
		if place, err := api.CanPost(t.Context(), "C1"); err != nil || place.Shared != tt.shared {
			t.Errorf("%s: shared is %t, %v", tt.says, place.Shared, err)
		}
	}
}
