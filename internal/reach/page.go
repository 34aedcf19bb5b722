package reach

import (
	"bytes"
	"html"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// IsPage reports whether an answer is a web page, which no API sends. start is how its body begins.
func IsPage(header http.Header, start []byte) bool {
	switch media(header) {
	case "text/html", "application/xhtml+xml":
		return true
	}
	return bytes.HasPrefix(bytes.TrimLeft(start, "\xef\xbb\xbf \t\r\n"), []byte("<"))
}

var (
	// hostname is the form of a host, with or without a port, that may be shown.
	hostname = regexp.MustCompile(`^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$`)
	title    = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	// mediaType is the form of a media type that may be shown.
	mediaType = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]{1,40}$`)
)

// DescribePage returns what answered: the media type, the server and the title of the page, and where a
// redirect leads. An answer may repeat what it was asked, so that nothing is shown that looks like
// an address, a key or a link; of a redirect only the host is.
func DescribePage(resp *http.Response, start []byte) string {
	var parts []string
	if kind := media(resp.Header); mediaType.MatchString(kind) {
		parts = append(parts, kind)
	}
	server, _, _ := strings.Cut(resp.Header.Get("Server"), "/") // without its version
	if server = shown(server); server != "" {
		parts = append(parts, server)
	}
	if found := title.FindSubmatch(start); found != nil {
		if text := shown(html.UnescapeString(string(found[1]))); text != "" {
			parts = append(parts, `"`+text+`"`)
		}
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		parts = append(parts, redirect(resp.Header.Get("Location")))
	}
	if len(parts) == 0 {
		return "it does not say what it is"
	}
	return strings.Join(parts, ", ")
}

// redirect returns where a redirect leads, for the operator. Only the host is named: the rest may hold
// a key.
func redirect(location string) string {
	if u, err := url.Parse(location); err == nil && hostname.MatchString(u.Host) {
		return "it redirects to " + u.Host
	}
	return "it redirects to another address"
}

func media(header http.Header) string {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

const (
	// wordMax is how long a word may be that is shown, in bytes: longer ones are keys or hashes.
	wordMax = 24
	// wordsMax is how many words are shown.
	wordsMax = 12
)

// shown returns the words of a text that tell neither an address nor a secret.
func shown(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == '"' })
	more := len(words) > wordsMax
	words = words[:min(len(words), wordsMax)]
	for i, word := range words {
		if len(word) > wordMax || strings.ContainsAny(word, "@/=:%") || strings.HasPrefix(word, "sk-") ||
			strings.HasPrefix(word, "xox") || strings.HasPrefix(word, "xapp") {
			words[i] = "…"
		}
	}
	if more {
		words = append(words, "…")
	}
	return strings.Join(words, " ")
}
