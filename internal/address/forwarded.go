package address

import (
	"net/http"
	"net/netip"
	"strings"
)

// Forwarded wraps a handler so that it gets the requests of trusted proxies as
// the client has sent them: RemoteAddr is the client's address, from
// X-Forwarded-For, and Host the name that it has sent, from X-Forwarded-Host.
// The headers of other peers are ignored. X-Forwarded-Proto is not needed; see
// Of.
func (a *Addresses) Forwarded(next http.Handler) http.Handler {
	if len(a.TrustedProxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && a.trusted(peer.Addr()) {
			if client, ok := a.lastUntrusted(r.Header.Values("X-Forwarded-For")); ok {
				r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
			}
			if host := lastOf(r.Header.Values("X-Forwarded-Host")); isHost(host) {
				r.Host = host
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (a *Addresses) trusted(addr netip.Addr) bool {
	for _, p := range a.TrustedProxies {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// lastUntrusted returns the last address of the chain that is not a trusted
// proxy: the client. Addresses before it are set by the client and not verified.
func (a *Addresses) lastUntrusted(headers []string) (netip.Addr, bool) {
	hops := split(headers)
	for i := len(hops) - 1; i >= 0; i-- {
		addr, err := netip.ParseAddr(hops[i])
		if err != nil {
			return netip.Addr{}, false
		}
		if !a.trusted(addr) {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

// lastOf returns the last value of a header: the one that the nearest proxy has
// added.
func lastOf(headers []string) string {
	values := split(headers)
	return values[len(values)-1]
}

func split(headers []string) []string {
	values := strings.Split(strings.Join(headers, ","), ",")
	for i, v := range values {
		values[i] = strings.TrimSpace(v)
	}
	return values
}

// isHost reports whether a text may be a Host: a name or an address, and a port.
func isHost(s string) bool {
	const characters = "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]"
	return s != "" && len(s) <= 255 && strings.Trim(strings.ToLower(s), characters) == ""
}
