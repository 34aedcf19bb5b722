// Package journal keeps the tracker's entries: it owns where and how they are written, and
// must not know what they mean, beyond that an invitation ends with an entry of
// invitation.KindFinished.
package journal
