// Package observe is what an operator sees of a running bot when somebody looks: metrics of its state,
// asked of its parts at each scrape. What happens is counted where it happens, by the Metrics of tracker,
// slackbot and docspace. None of them knows who is invited: no id of a person, no address, no link and
// no name becomes a label.
package observe
