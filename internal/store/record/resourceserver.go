package record

import (
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ResourceServer is a resource server of a pool.
var ResourceServer = of("resource_server", 1, fromResourceServer, toResourceServer)

type resourceServer struct {
	userpool.Resource `json:"-"`
	Name              string                `json:"Name"`
	Scopes            []resourceServerScope `json:"Scopes,omitempty"`
}

type resourceServerScope struct {
	Name        string `json:"Name"`
	Description string `json:"Description"`
}

func fromResourceServer(r userpool.ResourceServer) resourceServer {
	return resourceServer{Name: r.Name, Scopes: listOf(r.Scopes, fromScope)}
}

func toResourceServer(r resourceServer) userpool.ResourceServer {
	return userpool.ResourceServer{Name: r.Name, Scopes: listOf(r.Scopes, toScope)}
}

func fromScope(s userpool.ResourceServerScope) resourceServerScope { return resourceServerScope(s) }

func toScope(s resourceServerScope) userpool.ResourceServerScope {
	return userpool.ResourceServerScope(s)
}
