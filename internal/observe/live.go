package observe

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Need is one thing without which the bot cannot do its work.
type Need struct {
	// Name is one word.
	Name string
	// Met says whether the bot has it.
	Met bool
	// Says is a line for a person: what there is, or what is missing and where to look.
	Says string
}

// Live is what is asked of the parts of the bot when somebody looks.
type Live struct {
	// Census counts what is in memory.
	Census func() tracker.Census
	// Connections returns how many connections to Slack are open, and on how many of them something was
	// heard lately.
	Connections func() (open, heard int)
	// Needs returns what the bot needs, at a time.
	Needs func(now time.Time) []Need
	// Health returns how the portal is doing.
	Health func() tracker.Health
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("docspace_bot_"+name, help, labels, nil)
}

var (
	invitationsDesc = describe("invitations", "Invitations in memory, by stage.", "stage")
	inviteesDesc    = describe("invitees", "People of these invitations, by state; awaited and registered are pending.", "state")
	unconfirmedDesc = describe("unconfirmed_oldest_seconds",
		"For how long somebody has been active whom no thread has named yet, the one who waits longest; 0 when there is nobody.")
	queueDesc = describe("queue_length",
		"What waits: ready for a worker, due later, without_card for the first answer to an inviter, unwritten for the journal, parked for a channel.", "queue")
	connectionsDesc = describe("connections",
		"Connections to Slack: open, and heard, those of them on which something was heard in the last 15 seconds.", "state")
	readyDesc   = describe("ready", "Whether the bot has what it needs, as /readyz says: 1 or 0.", "need")
	troubleDesc = describe("portal_trouble", "Why the portal fails at present: 1 for that reason, 0 for the others.", "reason")
	seenDesc    = describe("portal_answer_timestamp_seconds", "When the portal last answered, in seconds since 1970; 0 when it was not asked yet.")
)

// Describe tells what Collect collects. See [prometheus.Collector].
func (l Live) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		invitationsDesc, inviteesDesc, unconfirmedDesc, queueDesc, connectionsDesc, readyDesc, troubleDesc, seenDesc,
	} {
		to <- d
	}
}

// Collect asks the parts. See [prometheus.Collector].
func (l Live) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	now := time.Now()
	census := l.Census()
	for _, stage := range tracker.Stages() {
		gauge(invitationsDesc, float64(census.Stages[stage]), string(stage))
	}
	for _, state := range tracker.States() {
		gauge(inviteesDesc, float64(census.States[state]), string(state))
	}
	unconfirmed := 0.0
	if !census.Unconfirmed.IsZero() {
		unconfirmed = max(0, now.Sub(census.Unconfirmed).Seconds())
	}
	gauge(unconfirmedDesc, unconfirmed)
	for queue, n := range map[string]int{
		"ready": census.Ready, "due": census.Due, "without_card": census.WithoutCard, "unwritten": census.Unwritten, "parked": census.Parked,
	} {
		gauge(queueDesc, float64(n), queue)
	}
	open, heard := l.Connections()
	gauge(connectionsDesc, float64(open), "open")
	gauge(connectionsDesc, float64(heard), "heard")
	for _, need := range l.Needs(now) {
		gauge(readyDesc, oneIf(need.Met), need.Name)
	}
	health := l.Health()
	for _, reason := range tracker.Troubles() {
		other := reason == tracker.Unexpected && health.Trouble != "" && !slices.Contains(tracker.Troubles(), health.Trouble)
		gauge(troubleDesc, oneIf(health.Trouble == reason || other), string(reason))
	}
	seen := 0.0
	if !health.Seen.IsZero() {
		seen = float64(health.Seen.UnixMilli()) / 1000
	}
	gauge(seenDesc, seen)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
