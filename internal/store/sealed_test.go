package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// No planted secret is found in the files of an embedded store.
func TestSecretsAreSealedAtRest(t *testing.T) {
	c := storetest.Config(t)
	c.Dir = t.TempDir()
	db := open(t, c)
	p := pool(t, db, "us-east-1_A")
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(p, user(p, "PLANTED-username", nil)),
			tx.InsertClient(&userpool.Client{
				PoolID: p.ID, ID: "c", Secrets: []userpool.ClientSecret{{Value: "PLANTED-client-secret"}},
			}),
			tx.PutCredential(p.ID, "ann", &userpool.Credential{
				Salt: []byte("PLANTED-salt"), Verifier: []byte("PLANTED-verifier"),
				History: []userpool.PastPassword{{Verifier: []byte("FORMER-verifier")}},
			}),
			tx.InsertSigningKeys([]userpool.SigningKey{
				{PoolID: p.ID, Use: userpool.KeyForID, PKCS8: []byte("PLANTED-private-key")},
			}),
			tx.Enqueue(&userpool.Message{PoolID: p.ID, Body: "PLANTED-body", Code: "PLANTED-code"}),
			tx.PutPendingSoftwareToken(p.ID, "ann", &userpool.SoftwareToken{ID: "t", Secret: "PLANTED-seed"}),
			tx.PutPendingChallenge(&userpool.PendingChallenge{
				PoolID: p.ID, ClientID: "c", Username: "ann", Handle: []byte("h"), State: "PLANTED-private-parameters",
			}),
			tx.InsertAuthorization(&userpool.Authorization{
				PoolID: p.ID, ClientID: "c", AuthorizationTerms: userpool.AuthorizationTerms{
					TokenChanges: "PLANTED-token-changes",
				},
			}, []byte("mac")),
			tx.InsertAccessKey(&userpool.AccessKey{ID: "AKIA", Secret: "PLANTED-access-secret"}),
			tx.InsertDevice(&userpool.Device{
				Resource: userpool.Resource{PoolID: p.ID, ID: "us-east-1_d", Owner: "ann"}, Name: "PLANTED-device-name",
				LastIP: "PLANTED-device-address", Salt: []byte("PLANTED-salt"), Verifier: []byte("PLANTED-verifier"),
			}),
		)
	})
	var all []byte
	files, err := filepath.Glob(filepath.Join(c.Dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
		if info, err := os.Stat(f); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others", filepath.Base(f))
		}
	}
	if !bytes.Contains(all, []byte("PLANTED-username")) {
		t.Fatal("positive control: the username is not in the files")
	}
	for _, secret := range []string{
		"client-secret", "salt", "verifier", "private-key", "body", "code", "seed", "access-secret",
		"private-parameters", "device-name", "device-address", "token-changes",
	} {
		if i := bytes.Index(all, []byte("PLANTED-"+secret)); i >= 0 {
			t.Errorf("%s is in the files in plain text", secret)
		}
	}
	for _, encoded := range []string{"UExBTlRFRC1", "Rk9STUVSLXZlcmlmaWVy"} {
		if bytes.Contains(all, []byte(encoded)) {
			t.Errorf("a secret is in the files as base64: %s", encoded)
		}
	}
}

func TestMasterKeyRotation(t *testing.T) {
	for name, config := range storetest.Engines(t) {
		if config.Dir == ":memory:" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			db := open(t, config)
			p := pool(t, db, "us-east-1_A")
			put := func(db *store.DB, name string) {
				update(t, db, func(tx *store.Tx) error {
					return tx.PutCredential(p.ID, name, &userpool.Credential{Verifier: []byte(name)})
				})
			}
			put(db, "before")
			next, err := config.MasterKeys.Rotate(config.Entropy)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := db.RotateMaster(t.Context(), next); err != nil || n != 2 {
				t.Fatalf("rewrapped %d keys, %v; want 2, the pool's and the server's", n, err)
			}
			put(db, "after")
			rotated := config
			rotated.MasterKeys = next
			again := open(t, rotated)
			for _, name := range []string{"before", "after"} {
				view(t, again, func(tx *store.Tx) error {
					c, err := tx.Credential(p.ID, name)
					if err == nil && string(c.Verifier) != name {
						t.Errorf("read %s", c.Verifier)
					}
					return err
				})
			}
			if _, err := store.Open(t.Context(), config); err == nil {
				t.Error("the store opens with the old master key alone")
			}
		})
	}
}

// A node that runs during a rotation of the master key reads the new key from the
// key file, to unwrap data keys that it has not used before.
func TestMasterKeyRotationWhileNodesRun(t *testing.T) {
	for name, config := range storetest.Engines(t) {
		if config.Dir == ":memory:" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "master.key")
			keys, err := store.LoadMasterKeys(file, true, config.Entropy)
			if err != nil {
				t.Fatal(err)
			}
			config.MasterKeys = keys
			rotating := open(t, config)
			p := pool(t, rotating, "us-east-1_A")
			update(t, rotating, func(tx *store.Tx) error {
				return tx.PutCredential(p.ID, "ann", &userpool.Credential{Verifier: []byte("ann")})
			})
			read := func(db *store.DB) error {
				return db.View(t.Context(), func(tx *store.Tx) error {
					c, err := tx.Credential(p.ID, "ann")
					if err == nil && string(c.Verifier) != "ann" {
						t.Errorf("read %s", c.Verifier)
					}
					return err
				})
			}
			node, again := open(t, config), open(t, config)
			withText := config
			if withText.MasterKeys, err = store.ParseMasterKeys(keys.Text()); err != nil {
				t.Fatal(err)
			}
			fileless := open(t, withText)
			next, err := keys.Rotate(config.Entropy)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(next.Text()), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := rotating.RotateMaster(t.Context(), next); err != nil {
				t.Fatal(err)
			}
			if err := read(node); err != nil {
				t.Errorf("a running node: %v", err)
			}
			// The new key is only in the file.
			if err := read(fileless); err == nil {
				t.Error("a node without the new key reads a key that it wraps")
			}
			if err := os.WriteFile(file, []byte(keys.Text()), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := read(again); err == nil {
				t.Error("a node whose file lacks the new key reads a key that it wraps")
			}
		})
	}
}
