// Package observe is what an operator sees of a running bot from outside it: metrics for Prometheus,
// and, where they are switched on, traces for OpenTelemetry. It is told what happens by the packages
// that do it, through the small interfaces that they declare, and decides nothing. It must not know
// who is invited: no id of a person, no address, no link and no name becomes a label or an attribute.
package observe
