// Package deploy tests the ways in which the bot is shipped: the image, compose.yaml, what is under
// deploy/ and the release. Each is read by the code of the program it is for (BuildKit, Compose,
// Kubernetes, Helm, systemd, GoReleaser), and the bot is started with what each gives it.
//
// It is a module of its own, so that none of these libraries is in the bot's. It must not import the
// bot either: what it knows of it, it reads off the sources, the way an operator would.
package deploy
