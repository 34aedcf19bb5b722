// Package demo is the page on which people play the whole product: a Slack workspace on the
// left, a DocSpace portal on the right, both simulated, and any bot connected between
// them. It owns the cast, the page and the page's own small API. It must not know the bot:
// the page shows what the two simulators know, and what the app's manifest says it has.
//
// A stream of server-sent events tells the page that something changed. The page then asks
// for the state of the person whom the visitor plays. It has no login, and so it only answers
// itself and programs on this machine.
//
// Hooks that stay, for tests that drive a browser:
//
//	#act-as, [data-user=U…]         who is acted as: the list, and the faces under it
//	[data-channel=C…|direct|home]   a conversation in the list, on or off with aria-current
//	#place                          the same list on a phone
//	#composer, #suggestions li      the line to type in, and what it offers
//	[data-message=…]                a message; .ephemeral when only this person sees it
//	.thread                         the replies, inside their message
//	#home                           the app's Home
//	[data-action=…]                 a button, menu or field of a message or a view, by its action_id
//	#shortcuts, [data-more=…]       the menus of the app's shortcuts: global, and for a message
//	#menu [data-item=…]             the menu that is open, and its entries by value
//	#modal, #modal-submit           the dialog on top; #field-<block id> its inputs, -search where one can search; .error
//	#confirm, #confirm-yes          the question before a button acts
//	#tab-join, #tab-mail, #tab-people, #tab-rooms, #portal-frame
//	[data-confirm=e-mail], [data-accept=e-mail], [data-open=e-mail] what emails ask for
//	[data-member=e-mail], [data-room=title], [data-in=e-mail] people, rooms, and who is in one
//	#panes [data-pane=slack|portal] what a phone shows
//	#tour, #tour-step, #tour-skip   the guided tour
//	[data-trouble=…]                what can be made to go wrong
//	#link-state, #toast             whether a bot is connected; what did not work
package demo
