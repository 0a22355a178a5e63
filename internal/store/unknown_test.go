package store_test

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A node that does not know a member of a document leaves it alone, at the top
// and in a nested struct, when it changes another.
func TestMembersOfANewerVersionAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A", func(p *userpool.Pool) { p.Tags = map[string]string{"old": "1"} })
		client := &userpool.Client{PoolID: p.ID, ID: "client"}
		client.ReadAttributes = []string{"email"}
		ann, group := user(p, "ann", verified("ann@example.com")), &userpool.Group{PoolID: p.ID, Name: "g"}
		server := &userpool.ResourceServer{Resource: userpool.Resource{PoolID: p.ID, ID: "https://api"}, Name: "api"}
		device := &userpool.Device{Resource: userpool.Resource{PoolID: p.ID, ID: "device", Owner: "ann"}}
		update(t, db, func(tx *store.Tx) error {
			for _, err := range []error{
				tx.InsertClient(client), tx.InsertUser(p, ann), tx.InsertGroup(group), store.ResourceServers.Insert(tx, server), tx.InsertDevice(device),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		store.AddMember(t, db, "Newer", "us-east-1_A")
		update(t, db, func(tx *store.Tx) error {
			pool, err := tx.Pool(p.ID)
			if err != nil {
				return err
			}
			changed := *pool
			changed.Name, changed.Tags = "renamed", nil
			c, u, g, r, d := *client, ann.Clone(), *group, *server, *device
			c.ReadAttributes = nil
			u.Attributes["name"] = "Ann"
			d.Name = "phone"
			for _, err := range []error{
				tx.UpdatePool(&changed), tx.UpdateClient(&c), tx.UpdateUser(p, u), tx.UpdateGroup(&g), store.ResourceServers.Update(tx, &r), tx.UpdateDevice(&d),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		documents := store.Documents(t, db, p.ID)
		if len(documents) != 6 {
			t.Fatalf("%d documents", len(documents))
		}
		for name, doc := range documents {
			if !strings.Contains(doc, `"Newer":{"n":[1]}`) {
				t.Errorf("%s has lost the member: %s", name, doc)
			}
			if strings.Contains(doc, `"old"`) || name == "app_client" && strings.Contains(doc, `"ReadAttributes":["email"]`) {
				t.Errorf("%s has kept what was removed: %s", name, doc)
			}
			if name == "user_pool" && !strings.Contains(doc, `"NewerRule":true`) {
				t.Errorf("a nested struct has lost its member: %s", doc)
			}
		}
	})
}
