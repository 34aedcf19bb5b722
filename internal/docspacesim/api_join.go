package docspacesim

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// joinWithLink is POST people of someone who has an invite link (docs/facts/docspace.md, "What the
// pages send"). With a key alone, without a link, it adds no one: a limit of the simulator.
func (p *Portal) joinWithLink(c call) answer {
	var sent struct {
		FirstName, LastName, Email string
		FromInviteLink             bool
	}
	if json.Unmarshal(c.body, &sent) != nil {
		return invalid("$", "The JSON value could not be converted.")
	}
	address := c.base() + joinPath + "?" + c.Header.Get("confirm")
	if !sent.FromInviteLink {
		address = ""
	}
	joined, err := p.register(address, sent.FirstName, sent.LastName, sent.Email, activationNone)
	switch {
	case errors.Is(err, ErrLinkInvalid), errors.Is(err, ErrLinkExpired):
		return answer{status: http.StatusUnauthorized, bare: true}
	case errors.Is(err, ErrMembersOff), errors.Is(err, ErrGuestsOff):
		return accessDenied
	case errors.Is(err, ErrUserLimit):
		return thrown(http.StatusPaymentRequired, sentence(err), exceptionQuota)
	case err != nil:
		return thrown(http.StatusBadRequest, sentence(err), exceptionArgument)
	}
	return value(p.full(c, p.byID[joined.ID]))
}

// confirmAddress is PUT people/activationstatus/Activated of someone who has the link of a
// confirmation email (docs/facts/docspace.md, "What the pages send").
func (p *Portal) confirmAddress(c call) answer {
	link, _ := url.ParseQuery(c.Header.Get("confirm"))
	known, ok := p.confirmations[link.Get("key")]
	if !ok {
		return answer{status: http.StatusUnauthorized, bare: true}
	}
	var sent struct{ UserIDs []string }
	done := strings.EqualFold(c.arg, "Activated") || c.arg == "1"
	if json.Unmarshal(c.body, &sent) != nil || !done || len(sent.UserIDs) != 1 || sent.UserIDs[0] != known.account {
		return thrown(http.StatusBadRequest, "Value does not fall within the expected range.", exceptionArgument)
	}
	if _, err := p.confirmBy(link.Get("key")); err != nil {
		return answer{status: http.StatusUnauthorized, bare: true}
	}
	return answer{response: []object{p.full(c, p.byID[known.account])}}
}
