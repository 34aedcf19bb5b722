package observe

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Build says which program it is that is measured.
type Build struct{ Version, Commit, Go string }

// NewRegistry returns a registry with what is to be known of the program and its process, and the gauge
// that is 1 when it leads and 0 otherwise.
func NewRegistry(build Build) (registry *prometheus.Registry, leader prometheus.Gauge) {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "docspace_bot_build_info", Help: "Which program this is; the value is always 1.",
	}, []string{"version", "commit", "go_version"})
	info.WithLabelValues(build.Version, build.Commit, build.Go).Set(1)
	leader = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "docspace_bot_leader", Help: "Whether this bot leads, as one alone does: 1 or 0. Over all bots on one database it is 1.",
	})
	registry = prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), info, leader)
	return registry, leader
}
