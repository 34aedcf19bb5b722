package logging

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
)

// hidden stands for what is taken out.
const hidden = "[hidden]"

// RedactorOptions say what is hidden.
type RedactorOptions struct {
	// Secrets are those that the program holds: they are hidden whatever their form.
	Secrets []Secret
	// Key makes the marks that stand for email addresses: with the same key the same address has the
	// same mark, and without the key no address can be found from its mark.
	Key []byte
	// ShowAddresses leaves email addresses as they are.
	ShowAddresses bool
}

// Redactor takes out of texts what no one may read there. It is safe for concurrent use.
type Redactor struct{ opts RedactorOptions }

// NewRedactor returns a redactor.
func NewRedactor(opts RedactorOptions) *Redactor { return &Redactor{opts} }

var (
	// anyURL is an address with a scheme, also as JSON and query strings write it.
	anyURL = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*(?:://|:\\/\\/|%3a%2f%2f)[^\s"'<>|` + "`" + `]+`)
	// barePath is the part of an address that is a secret by itself: a portal's short and long links, what
	// Slack takes answers at, its sockets.
	barePath = regexp.MustCompile(`(?i)(?:/|%2f)(?:s|confirm|link|response|hooks?|commands|actions|services)(?:/|%2f|\?|%3f)[^\s"'<>]+`)
	// argument is a field of a query or a form, or a header, that holds a secret.
	argument = regexp.MustCompile(`(?i)\b((?:ticket|token|key|apikey|api_key|secret|password|authorization)(?:=|%3d))[^\s&"'<>,;]+`)
	header   = regexp.MustCompile(`(?i)(\bbearer\s+|\bauthorization["']?[:=]\s*"?(?:basic\s+)?)[\w.~+/=-]{8,}`)
	// token is a token of Slack's or a key of the portal's.
	token = regexp.MustCompile(`(?i)\b(?:xox[a-z]|xapp)[-.][\w.%-]+|\bsk-[\w-]+`)
	// jwt is a JSON web token: two parts of JSON that begin with {" and a signature.
	jwt = regexp.MustCompile(`\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?`)
	// address is an email address, also as JSON and query strings write it.
	address = regexp.MustCompile(`(?i)(?:"[^"\s]{1,64}"|[\p{L}\p{N}.!#$%&'*+/?^_{}~-]+)(?:@|%40|\\u0040|&#64;)[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?`)
)

// Text returns the text without what no one may read.
func (r *Redactor) Text(text string) string {
	if len(text) < 4 { // nothing that matters is so short
		return text
	}
	for _, secret := range r.opts.Secrets {
		text = secret.Hide(text)
	}
	if !suspicious(text) {
		return text
	}
	return r.clean(text)
}

// clean takes out of the text whatever has one of the forms.
func (r *Redactor) clean(text string) string {
	text = anyURL.ReplaceAllStringFunc(text, withoutPath)
	text = barePath.ReplaceAllString(text, "/"+hidden)
	text = argument.ReplaceAllString(text, "${1}"+hidden)
	text = header.ReplaceAllString(text, "${1}"+hidden)
	text = token.ReplaceAllString(text, hidden)
	text = jwt.ReplaceAllString(text, hidden)
	if !r.opts.ShowAddresses {
		text = address.ReplaceAllStringFunc(text, r.mark)
		text = inviteeID.ReplaceAllStringFunc(text, func(id string) string { return "mail-" + r.keyed("log invitee "+id) })
	}
	return text
}

// suspicious reports whether one of the forms may be in the text: each has a character or a word that
// most of what is logged has not, and looking for those costs next to nothing.
func suspicious(text string) bool {
	for i := range len(text) {
		before := text[:i]
		switch text[i] {
		case '@', '%', '/', '=', '\\', '&':
			return true
		case '-', '.':
			if endsWith(before, "sk") || endsWith(before, "mail") || endsWith(before, "xapp") || len(before) > 0 && endsWith(before[:i-1], "xox") || strings.Contains(text, "eyJ") {
				return true
			}
		case ' ', '\t', '\n', '\v', '\f', '\r', ':':
			if endsWith(before, "bearer") || endsWith(strings.TrimRight(before, `"'`), "authorization") {
				return true
			}
		}
	}
	return false
}

func endsWith(text, end string) bool {
	return len(text) >= len(end) && strings.EqualFold(text[len(text)-len(end):], end)
}

// withoutPath returns a URL without user, path and query: it says where it leads, and lets no one in.
func withoutPath(text string) string {
	plain := strings.ReplaceAll(text, `\/`, "/")
	if decoded, err := url.QueryUnescape(plain); err == nil && !strings.Contains(plain, "://") {
		plain = decoded
	}
	u, err := url.Parse(plain)
	if err != nil {
		scheme, _, _ := strings.Cut(plain, ":")
		return scheme + "://" + hidden
	}
	if u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" {
		return text
	}
	return u.Scheme + "://" + u.Host + "/" + hidden
}

// inviteeID is the name of an invitee of whom only an email address is known: a hash of it, which anyone can
// compute from the address.
var inviteeID = regexp.MustCompile(`\bmail-[0-9a-f]{12}\b`)

// mark returns what stands for an email address: ten digits of a keyed hash of it in lower case.
func (r *Redactor) mark(email string) string {
	plain := strings.NewReplacer("%40", "@", `\u0040`, "@", "&#64;", "@").Replace(strings.ToLower(email))
	if path, host, _ := strings.Cut(plain, "@"); strings.HasSuffix(path, "/") && !strings.Contains(host, ".") {
		return email // no address, but a path of the portal's, such as people/@self
	}
	return "email:" + r.keyed("log address "+plain)
}

// keyed returns ten digits of a keyed hash.
func (r *Redactor) keyed(text string) string {
	mac := hmac.New(sha256.New, r.opts.Key)
	_, _ = mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))[:10]
}
