package main

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// newRegistry returns a registry with what is to be known of the program and its process.
func newRegistry(program buildInfo) *prometheus.Registry {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "docspace_bot_build_info", Help: "Which program this is; the value is always 1.",
	}, []string{"version", "commit", "go_version"})
	info.WithLabelValues(program.version, program.commit, program.goVersion).Set(1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), info)
	return registry
}

// need is one thing without which the bot cannot do its work.
type need struct {
	// name is one word.
	name string
	// met reports whether the bot has it.
	met bool
	// says is a line for a person: what there is, or what is missing and where to look.
	says string
}

// live are the metrics that are asked of the parts of the bot when someone looks: what happens is counted
// where it happens, by the Metrics of its package. None of them knows who is invited: no id of a person, no
// address, no link and no name becomes a label.
type live struct {
	// census counts what is in memory.
	census func() tracker.Census
	// connections returns how many connections to Slack are open, and on how many of them something was
	// heard lately.
	connections func() (open, heard int)
	// needs returns what the bot needs, at a time.
	needs func(now time.Time) []need
	// health returns how the portal is doing.
	health func() tracker.Health
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("docspace_bot_"+name, help, labels, nil)
}

var (
	invitationsDesc = describe("invitations", "Invitations in memory, by stage.", "stage")
	inviteesDesc    = describe("invitees", "People of these invitations, by state; awaited and registered are pending.", "state")
	unconfirmedDesc = describe("unconfirmed_oldest_seconds",
		"How long the person who has waited longest has been active without being named in a thread; 0 when there is no one.")
	queueDesc = describe("queue_length",
		"What waits: ready for a worker, due later, without_card for the first answer to an inviter, unwritten for the journal, parked for a channel.", "queue")
	connectionsDesc = describe("connections",
		"Connections to Slack: open, and heard, those of them on which something was heard in the last 15 seconds.", "state")
	readyDesc   = describe("ready", "Whether the bot has what it needs, as /readyz says: 1 or 0. All are 0 before the bot is at work, and on a standby.", "need")
	troubleDesc = describe("portal_trouble", "Why the portal fails at present: 1 for that reason, 0 for the others.", "reason")
	seenDesc    = describe("portal_answer_timestamp_seconds", "When the portal last answered, in seconds since 1970; 0 when it was not asked yet.")
)

// Describe tells what Collect collects. See [prometheus.Collector].
func (l live) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		invitationsDesc, inviteesDesc, unconfirmedDesc, queueDesc, connectionsDesc, readyDesc, troubleDesc, seenDesc,
	} {
		to <- d
	}
}

// Collect asks the parts. See [prometheus.Collector].
func (l live) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	now := time.Now()
	census := l.census()
	for _, stage := range invitation.Stages() {
		gauge(invitationsDesc, float64(census.Stages[stage]), string(stage))
	}
	for _, state := range invitation.States() {
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
	open, heard := l.connections()
	gauge(connectionsDesc, float64(open), "open")
	gauge(connectionsDesc, float64(heard), "heard")
	for _, n := range l.needs(now) {
		gauge(readyDesc, oneIf(n.met), n.name)
	}
	health := l.health()
	for _, reason := range tracker.Troubles() {
		other := reason == invitation.Unexpected && health.Trouble != "" && !slices.Contains(tracker.Troubles(), health.Trouble)
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
