// Package observe is what an operator sees of a running bot from outside it: metrics for Prometheus.
// It is told what happens by the packages that do it, through the small interfaces that they declare,
// and decides nothing. It must not know who is invited: no id of a person, no address, no link and no
// name becomes a label.
package observe
