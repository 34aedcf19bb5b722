package slackbot

import "github.com/prometheus/client_golang/prometheus"

// Metrics count what people ask. No label says who is invited: each is a word of a closed set.
type Metrics struct {
	commands *prometheus.CounterVec
	joins    *prometheus.CounterVec
}

// NewMetrics returns metrics that are registered there, or nowhere if it is nil.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_commands_total",
			Help: "Slash commands, submitted dialogs and presses on Try again, by what became of them: accepted, answered, misunderstood, unreadable, or why they were refused.",
		}, []string{"command", "outcome"}),
		joins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_joins_total",
			Help: "Presses on Join DocSpace, by outcome: ok, or why they led nowhere.",
		}, []string{"outcome"}),
	}
	m.commands.WithLabelValues(string(verbInvite), outcomeAccepted) // an alert sees no increase in a counter that begins with its first event
	if registry != nil {
		registry.MustRegister(m.commands, m.joins)
	}
	return m
}

// commanded counts a command, a submitted dialog or a press on Try again.
func (m *Metrics) commanded(command, outcome string) {
	m.commands.WithLabelValues(command, outcome).Inc()
}

// joined counts a press on Join.
func (m *Metrics) joined(err error) {
	outcome := outcomeOK
	if err != nil {
		outcome = string(reasonOf(err))
	}
	m.joins.WithLabelValues(outcome).Inc()
}

// What became of a command; a [invitation.Reason] where it was refused.
const (
	outcomeAccepted      = "accepted"      // it is an invitation
	outcomeAnswered      = "answered"      // help, status, the usual room, and the dialog that opens
	outcomeMisunderstood = "misunderstood" // its author was told which word was not understood
	outcomeUnreadable    = "unreadable"    // what came from Slack has another form than expected
)

// outcomeOK is a press on Join that led somewhere.
const outcomeOK = "ok"
