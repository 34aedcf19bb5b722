package main

import (
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// withApprovers tells a story in which the admins have a channel for requests. Max is an admin, and
// Yara one by the settings.
func withApprovers(t *testing.T, tell func(w *world, admins string, max, yara string), settings ...string) {
	t.Helper()
	bubble(t, func(w *world) {
		max := w.slack.AddUser(slacksim.User{Name: "max", RealName: "Max", Email: "max@acme.test", Admin: true}).ID
		yara := w.slack.AddUser(slacksim.User{Name: "yara", RealName: "Yara", Email: "yara@acme.test"}).ID
		group := w.slack.AddGroup(slacksim.Group{Handle: "leads", Users: []string{yara}})
		admins := w.slack.AddChannel(slacksim.Channel{
			Name: "approvals", Private: true, Members: []string{w.ann, w.bob, w.zoe, max, yara, w.slack.BotUser()},
		}).ID
		w.env["APPROVAL_CHANNEL"], w.env["ADMINS"] = admins, group.ID
		w.env["STATE"] = stateFile(t)
		w.env["POLL_INTERVAL"] = "1m"
		w.sets(settings...)
		w.start()
		tell(w, admins, max, yara)
	})
}

// request waits for the request for approval, and returns it as it is.
func (w *world) request(channel string) slacksim.Message {
	w.t.Helper()
	w.await("a request for approval", func() bool { return len(w.slack.Messages(channel)) > 0 })
	return w.slack.Messages(channel)[0]
}

// direct waits until the user has a direct message from the bot, and returns the last one.
func (w *world) direct(user string) string {
	w.t.Helper()
	w.await("a direct message to "+user, func() bool { return len(w.slack.DMs(user)) > 0 })
	all := w.slack.DMs(user)
	return all[len(all)-1].Plain()
}

// decides has someone press a button of a request.
func (w *world) decides(user, verdict string, request slacksim.Message) {
	w.t.Helper()
	w.presses(user, request, verdict)
}

// TestApprovalIsAskedForAndGivenOnce, by someone who may grant the role.
func TestApprovalIsAskedForAndGivenOnce(t *testing.T) {
	withApprovers(t, func(w *world, admins, max, yara string) {
		w.types(w.ann, w.general, `/docspace-invite roomadmin @bob dan@other.test "for the archive"`)
		request := w.request(admins)
		contains(t, "the request", request.Plain(), "@ann wants to invite people", "Room admin", "#general", "for the archive", "@bob (`bob@acme.test`)", "dan@other.test")
		contains(t, "what Ann hears", w.told(w.ann, 1), "needs approval")
		w.restarts(func() {})
		w.types(w.ann, w.general, "/docspace-invite status")
		contains(t, "the status", w.told(w.ann, 2), "waiting for approval")
		w.passes(26 * time.Hour)
		w.nothingPosted(w.general)

		w.decides(w.ann, "approve", request)
		contains(t, "the answer to Ann", w.told(w.ann, 3), "someone else has to decide")
		w.decides(w.bob, "approve", request)
		contains(t, "the answer to Bob", w.told(w.bob, 1), "can't grant")
		w.nothingPosted(w.general)

		both := []*slacksim.Delivery{ // at once
			w.slack.Press(w.zoe, admins, request.TS, "approve"),
			w.slack.Press(yara, admins, request.TS, "deny"),
		}
		for _, d := range both {
			if err := d.Wait(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		w.await("the request's outcome", func() bool { return !strings.Contains(string(w.request(admins).Blocks), `"approve"`) })
		if outcome := w.request(admins).Plain(); !strings.Contains(outcome, "Approved by @zoe") {
			contains(t, "the request", outcome, "Denied by @yara")
			contains(t, "the late answer", w.told(w.zoe, 1), "@yara has already denied this")
			return
		}
		contains(t, "the late answer", w.told(yara, 1), "@zoe has already approved this")
		if n := len(w.slack.Ephemerals(w.zoe)); n != 0 {
			t.Errorf("Zoe, who sees it on the request, is told %d times", n)
		}
		card := w.card(w.general, 1)
		contains(t, "the card", card.Plain(), "@ann invites you", "Room admin", "@bob")
		contains(t, "the word to Ann", w.direct(w.ann), "@zoe approved your *Room admin* invitation", "#general")
		w.decides(max, "approve", request)
		contains(t, "the answer to Max", w.told(max, 1), "already approved this")
		if n := len(w.cards(w.general)); n != 1 {
			t.Errorf("there are %d cards", n)
		}
		if n := w.log.count(`"deed":"approve","verdict":"allowed"`); n != 1 {
			t.Errorf("the approval was audited %d times", n)
		}
		if n := w.log.count(`"deed":"approve","verdict":"rejected"`); n != 2 {
			t.Errorf("the refused clicks were audited %d times", n)
		}
	})
}

// TestDenialIsToldToTheRequester: and nothing is posted. Someone who may grant the role is not asked.
func TestDenialIsToldToTheRequester(t *testing.T) {
	withApprovers(t, func(w *world, admins, max, _ string) {
		w.types(w.ann, w.general, "/docspace-invite admin")
		request := w.request(admins)
		w.passes(time.Hour) // the command's own place for answers is gone
		w.decides(max, "deny", request)
		contains(t, "what Ann hears", w.direct(w.ann), "@max denied your request")
		w.await("the request's outcome", func() bool { return strings.Contains(w.request(admins).Plain(), "Denied by @max") })
		w.decides(w.zoe, "approve", request)
		contains(t, "the answer to Zoe", w.told(w.zoe, 1), "@max has already denied this")
		w.nothingPosted(w.general)
		w.types(w.zoe, w.general, "/docspace-invite roomadmin")
		w.card(w.general, 1)
		if n := len(w.slack.Messages(admins)); n != 1 {
			t.Errorf("there are %d requests", n)
		}
	})
}

func TestUndecidedRequestExpires(t *testing.T) {
	withApprovers(t, func(w *world, admins, _, _ string) {
		w.types(w.ann, w.general, "/docspace-invite admin")
		request := w.request(admins)
		w.passes(71 * time.Hour)
		w.restarts(func() { time.Sleep(2 * time.Hour) })
		contains(t, "what Ann hears", w.direct(w.ann), "no one decided")
		w.await("the request's outcome", func() bool { return strings.Contains(w.request(admins).Plain(), "Expired") })
		w.decides(w.zoe, "approve", request)
		contains(t, "the answer to Zoe", w.told(w.zoe, 1), "has expired")
		w.passes(time.Hour)
		w.nothingPosted(w.general)
		w.decides(w.zoe, "approve", request)
		contains(t, "the answer to Zoe, much later", w.told(w.zoe, 2), "has ended")
	})
}

// TestRequestWithoutApproversIsRefused: where no one can be asked, the requester hears that, and the operator why.
func TestRequestWithoutApproversIsRefused(t *testing.T) {
	withApprovers(t, func(w *world, admins, _, _ string) {
		w.slack.Kick(admins, w.slack.BotUser())
		w.types(w.ann, w.general, "/docspace-invite admin")
		contains(t, "what Ann hears", w.told(w.ann, 1), "needs approval, but I can't post")
		contains(t, "the log", w.log.String(), "APPROVAL_CHANNEL", "no_approvers")
		w.nothingPosted(w.general)
	})
}
