package storetest

import (
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
)

// Proxy forwards bytes between a store and PostgreSQL. While it is paused it
// accepts bytes but does not forward them, like a server that hangs or a network
// that loses packets.
type Proxy struct {
	URL    string
	server string
	mu     sync.RWMutex
}

// NewProxy starts a proxy for a database that Postgres has created.
func NewProxy(t testing.TB, database string) *Proxy {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	const socket = ".s.PGSQL.5432"
	q, dir := u.Query(), t.TempDir()
	p := &Proxy{server: filepath.Join(q.Get("host"), socket)}
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	p.URL = u.String()
	l, err := net.Listen("unix", filepath.Join(dir, socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	// The goroutine ends when the listener is closed.
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c) // ends when either side closes its connection
		}
	}()
	return p
}

// Pause stops the flow of bytes, of open connections and new ones, until Resume.
func (p *Proxy) Pause() { p.mu.Lock() }

// Resume ends a Pause.
func (p *Proxy) Resume() { p.mu.Unlock() }

func (p *Proxy) serve(client net.Conn) {
	server, err := net.Dial("unix", p.server)
	if err != nil {
		_ = client.Close()
		return
	}
	var both sync.WaitGroup
	pass := func(to, from net.Conn) {
		defer both.Done()
		defer to.Close()
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			p.mu.RLock()
			_, failed := to.Write(buffer[:n])
			p.mu.RUnlock()
			if err != nil || failed != nil {
				return
			}
		}
	}
	both.Add(2)
	// Both goroutines end when a connection is closed; Wait below waits for them.
	go pass(server, client)
	go pass(client, server) // as above
	both.Wait()
}
