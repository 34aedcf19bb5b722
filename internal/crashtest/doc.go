// Package crashtest gets replicas of the bot on one database into trouble, over and over, and looks
// whether anybody noticed. How one bot on a state file is killed stands in cmd/bot/crash_test.go.
package crashtest
