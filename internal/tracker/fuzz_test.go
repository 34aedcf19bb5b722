package tracker

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// FuzzReplay rebuilds the memory from entries of any kind in any order, as a state file may hold them
// that was damaged or tampered with, and asks what is owed.
func FuzzReplay(f *testing.F) {
	f.Add([]byte(`{"kind":"accepted","at":"2026-11-25T12:00:00Z","invitation":"a","request":{"keys":["k"],"role":"Guest","inviter":"U1","channel":"C1"},"expires":"2026-12-25T12:00:00Z"}
{"kind":"admitted","at":"2026-11-25T12:00:01Z","invitation":"a","people":[{"chat_user":"U2","email":"u2@acme.test"}]}
{"kind":"linked","at":"2026-11-25T12:00:02Z","invitation":"a","link":"https://acme.test/s/x"}
{"kind":"begun","at":"2026-11-25T12:00:03Z","invitation":"a","effect":"card"}
{"kind":"posted","at":"2026-11-25T12:00:04Z","invitation":"a","card":{"channel":"C1","message":"1.2"}}
{"kind":"claimed","at":"2026-11-25T12:00:05Z","invitation":"a","person":{"chat_user":"U3"}}
{"kind":"seen","at":"2026-11-25T12:00:06Z","invitation":"a","invitee":"U2","member":{"id":"m","standing":"enabled"}}
{"kind":"confirmed","at":"2026-11-25T12:00:07Z","invitation":"a","invitees":["U2"]}
{"kind":"expired","at":"2026-11-25T12:00:08Z","invitation":"a"}
{"kind":"finished","at":"2026-11-25T12:00:09Z","invitation":"a"}`))
	f.Add([]byte(`{"kind":"vouched","invitation":"account-m1","person":{"chat_user":"U2","email":"u2@acme.test"},"member":{"id":"m1","email":"u2@home.test"}}
{"kind":"accepted","invitation":"d","request":{}}{"kind":"admitted","invitation":"d","people":[{"email":"u2@home.test","unasked":true},{"chat_user":"U2"},{"email":"u2@acme.test"}]}
{"kind":"identified","invitation":"d","invitee":"U2","person":{"chat_user":"U2","email":"u2@acme.test"}}`))
	f.Add([]byte(`{"kind":"posted","invitation":"nobody"}{"kind":"accepted","invitation":"b"}{"kind":"stranger","invitation":"b","member":null}`))
	f.Add([]byte(`{"kind":"accepted","invitation":"c","request":{}}{"kind":"seen","invitation":"c","invitee":"x"}{"kind":"asked_who","invitation":"c","invitee":"m1"}`))
	f.Add([]byte(`{"kind":"accepted","invitation":"e","request":{"role":"User","room":{"title":"Q3"}}}{"kind":"admitted","invitation":"e","room":{"id":"r","right":"Editing"},"people":[{"chat_user":"U2","email":"u2@acme.test"},{"email":"u3@acme.test"}]}
{"kind":"linked","invitation":"e","link":"https://acme.test/s/x"}{"kind":"posted","invitation":"e","card":{"channel":"C1","message":"1.2"},"revision":1}
{"kind":"delivered","invitation":"e","invitee":"U2","card":{"channel":"D2","message":"1.3"},"revision":1}{"kind":"handed_over","invitation":"e","card":{"channel":"D1","message":"1.4"}}
{"kind":"emailed","invitation":"e","invitee":"mail-0123456789ab","outcome":"done"}{"kind":"seen","invitation":"e","invitee":"U2","member":{"id":"m","standing":"unconfirmed"}}
{"kind":"resend","invitation":"e"}{"kind":"begun","invitation":"e","effect":"resend","invitees":["U2"]}{"kind":"resent","invitation":"e","invitees":["U2"],"outcome":"done"}
{"kind":"revoked","invitation":"e"}{"kind":"linked","invitation":"e","revision":9,"refusal":{"reason":"seat_limit"}}{"kind":"not_linked","invitation":"e"}{"kind":"linked","invitation":"e","link":"https://acme.test/s/y","revision":9}{"kind":"taken_back","invitation":"e","invitee":"U2"}
{"kind":"seen","invitation":"e","invitee":"U2","member":{"id":"m","standing":"enabled"},"first":true}{"kind":"shared","invitation":"e","invitees":["U2","U9"],"outcome":"failed","refusal":{"reason":"room_archived"}}
{"kind":"not_shared","invitation":"e"}{"kind":"usual_room","invitation":"room-C1","card":{"channel":"C1"},"room":{"id":"r"}}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		mem := newMemory()
		for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
			var e invitation.Entry
			if decoder.Decode(&e) != nil {
				break
			}
			if e.Whole() { // which the journal sees to
				mem.apply(e)
			}
		}
		for _, inv := range mem.invitations {
			for _, s := range inv.Owed(time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), invitation.Policy{Deliver: true, Remind: true, Email: true}) {
				inv.About(s)
			}
		}
	})
}
