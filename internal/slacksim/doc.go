// Package slacksim is a Slack workspace as a real server: the Web API and Socket Mode for
// one app, and the people, channels and dialogs around it.
//
// A [Workspace] is a [net/http.Handler] without global state. Apps reach it as they reach
// Slack: /api/{method}, the WebSocket address that apps.connections.open hands out, and the
// response_urls in its payloads. People act through methods of the workspace: [Workspace.Type]
// types a command, [Workspace.Press] presses a button, [Workspace.Submit] submits a dialog.
// Each returns a [Delivery], which tells what became of the envelope. What people then see is
// read with [Workspace.Messages], [Workspace.Ephemerals], [Workspace.Views] and their
// siblings, and waited for with [Workspace.Await]. Trouble comes on request: [Fault],
// [Workspace.Disconnect], [Workspace.Drop], [Workspace.Silence] and others.
//
// What Slack does is taken from docs/facts/slack.md. Where that page is silent, a comment says
// that we chose.
//
// The package must not know the bot, nor the library that the bot speaks with: its JSON is
// its own, so that a wrong field name cannot pass on both sides. It ships in the program
// and works in a testing/synctest bubble: no lock is held across input, output or a pause.
//
// Inside the package, exported methods take the workspace's lock; unexported ones expect it
// to be held, unless their comment says otherwise.
package slacksim
