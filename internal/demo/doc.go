// Package demo is the page on which people play the whole product: a Slack workspace on the
// left, a DocSpace portal on the right, both simulated, and whatever bot is connected
// between them. It owns the cast, the page and the page's own small API. It must not know
// the bot.
//
// The page has stable hooks for the browser test: #composer, #act-as, [data-channel],
// [data-message], [data-action], .thread, .ephemeral, #modal, #tab-join, #tab-mail,
// #tab-people, #portal-frame, [data-confirm] and #tour.
package demo
