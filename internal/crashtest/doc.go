// Package crashtest kills the bot over and over and looks whether anybody noticed. It owns
// the drive: people who invite, press, register and confirm on the two simulators while the
// bot's process gets SIGKILL at moments that a seed chooses; several replicas also get stopped, cut
// off from their database, and left without one. And it owns the judgement of
// what the servers recorded: what was promised and never came, and what came twice. It knows
// the bot as a program with settings and a state, and nothing of its inside.
package crashtest
