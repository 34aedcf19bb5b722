package secret

import (
	"net/url"
	"testing"
)

func TestWhereASecretMayGo(t *testing.T) {
	for address, want := range map[string]bool{
		"https://acme.test": true, "wss://acme.test/link": true, "https://10.0.0.1": true,
		"http://localhost:8090": true, "http://acme.localhost": true, "ws://127.0.0.1:1": true, "http://127.8.8.8": true, "http://[::1]:1": true,
		"http://acme.test": false, "ws://acme.test": false, "http://10.0.0.1": false, "http://localhost.test": false, "http://127.0.0.1.test": false,
		"http://127.0.0.1@acme.test": false, "http://notlocalhost": false, "ftp://acme.test": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := IsPrivate(u); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}
