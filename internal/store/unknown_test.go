package store_test

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A node keeps unknown members of a document when it changes others: at the top
// level, in an object, and in an object of a list.
func TestMembersOfANewerVersionAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A", func(p *userpool.Pool) {
			p.Tags, p.Schema = map[string]string{"old": "1"}, userpool.StandardSchema()
		})
		client := &userpool.Client{
			PoolID: p.ID, ID: "client", Secrets: []userpool.ClientSecret{{ID: "1", Value: "secret"}},
		}
		client.ReadAttributes = []string{"email"}
		ann, group := user(p, "ann", verified("ann@example.com")), &userpool.Group{PoolID: p.ID, Name: "g"}
		ann.Factors.SoftwareToken = true
		server := &userpool.ResourceServer{Resource: userpool.Resource{PoolID: p.ID, ID: "https://api"}, Name: "api"}
		device := &userpool.Device{Resource: userpool.Resource{PoolID: p.ID, ID: "device", Owner: "ann"}}
		update(t, db, func(tx *store.Tx) error {
			for _, err := range []error{
				tx.InsertClient(client), tx.InsertUser(p, ann), tx.InsertGroup(group),
				store.ResourceServers.Insert(tx, server), tx.InsertDevice(device),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		store.MakeNewer(t, db, "Newer", "us-east-1_A")
		update(t, db, func(tx *store.Tx) error {
			pool, err := tx.Pool(p.ID)
			if err != nil {
				return err
			}
			changed := *pool
			changed.Name, changed.Tags = "renamed", nil
			c, u, g, r, d := *client, ann.Clone(), *group, *server, *device
			c.ReadAttributes = nil
			u.Attributes["name"], u.Factors = "Ann", userpool.Factors{}
			c.Secrets = append(c.Secrets, userpool.ClientSecret{ID: "2", Value: "another"})
			d.Name = "phone"
			for _, err := range []error{
				tx.UpdatePool(&changed), tx.UpdateClient(&c), tx.UpdateUser(p, u), tx.UpdateGroup(&g),
				store.ResourceServers.Update(tx, &r), tx.UpdateDevice(&d),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		documents := store.Documents(t, db, p.ID)
		if len(documents) != 7 {
			t.Fatalf("%d documents", len(documents))
		}
		rules := map[string]int{"user_pool": 2, "users": 1}
		for name, doc := range documents {
			if !strings.Contains(doc, `"Newer":{"n":[1]}`) || !strings.Contains(doc, `{"v":2,"written":1,`) {
				t.Errorf("%s has lost the member or the version: %s", name, doc)
			}
			if strings.Contains(doc, `"old"`) || strings.Contains(doc, `"SoftwareToken"`) ||
				name == "app_client" && strings.Contains(doc, `"ReadAttributes":["email"]`) {
				t.Errorf("%s still has a removed member: %s", name, doc)
			}
			if n := strings.Count(doc, `"NewerRule":true`); n != rules[name] {
				t.Errorf("%s has the member in %d objects: %s", name, n, doc)
			}
		}
		if doc := documents["secrets"]; !strings.Contains(doc, `{"v":1,"ID":"2"`) {
			t.Errorf("the new secret is missing: %s", doc)
		}
	})
}
