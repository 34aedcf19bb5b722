package demo

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
)

// guarded keeps other sites out: the page acts for everyone in the cast, without a login.
// Browsers say where a request comes from; a program that says nothing is let in, as it is
// on this machine or was given the address.
func (s *Servers) guarded(next http.Handler) http.Handler {
	policy := s.policy()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !namesThisHost(r.Host) || fromAnotherSite(r) {
			http.Error(w, "this page answers itself only", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// policy lets the page load its own files, and show the portal in a frame. Text cannot become
// markup or script: browsers refuse what would parse it.
func (s *Servers) policy() string {
	frames := "'none'"
	if portal, err := url.Parse(s.portalURL); err == nil && portal.Host != "" {
		frames = portal.Scheme + "://" + portal.Host
	}
	return "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; " +
		"frame-ancestors 'none'; require-trusted-types-for 'script'; frame-src " + frames
}

// namesThisHost reports whether a Host header is an address or localhost. Any other name may
// be someone's who lets their DNS point here.
func namesThisHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if name == "localhost" {
		return true
	}
	_, err = netip.ParseAddr(name)
	return err == nil
}

func fromAnotherSite(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	origin := r.Header.Get("Origin")
	return origin != "" && origin != "http://"+r.Host
}
