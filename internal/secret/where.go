package secret

import (
	"net"
	"net/url"
	"strings"
)

// IsPrivate tells whether nobody on a network reads along what is sent to the address: it is encrypted
// on its way, or does not leave this machine.
func IsPrivate(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "wss" || IsHere(u.Hostname())
}

// IsHere tells whether a host is this machine, by its name or address alone.
func IsHere(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
