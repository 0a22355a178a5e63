package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// sealedOn seals a string on a node, and returns a function that opens it on any
// node.
func sealedOn(t *testing.T, on *store.DB) (open func(*store.DB) error) {
	t.Helper()
	year := storetest.Start.AddDate(1, 0, 0)
	text, err := on.Tokens("purpose").SealToken(entropy.System(), seal.Token{Type: "t", Expires: year})
	if err != nil {
		t.Fatal(err)
	}
	return func(db *store.DB) error {
		_, err := db.Tokens("purpose").OpenToken(t.Context(), text, seal.Token{Type: "t"}, storetest.Start)
		return err
	}
}

func rotateRoot(t *testing.T, db *store.DB) seal.RootID {
	t.Helper()
	id, err := db.RotateSealingRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestRootRotation(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		opens := func(when string, db *store.DB, open func(*store.DB) error, want error) {
			t.Helper()
			if err := open(db); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", when, err, want)
			}
		}
		stable := a.Root().MAC("decoy")
		before := sealedOn(t, a)
		opens("before", b, before, nil)
		second := rotateRoot(t, a)
		after := sealedOn(t, a)
		// The other node has polled already, or reads the roots now.
		opens("of the new root", b, after, nil)
		opens("of the old root", b, before, nil)
		if newest := b.Roots(); newest[len(newest)-1].ID != second {
			t.Errorf("the other node seals with %s", newest[len(newest)-1].ID)
		}
		if string(a.Root().MAC("decoy")) != string(stable) || string(b.Root().MAC("decoy")) != string(stable) {
			t.Error("decoys have changed")
		}

		first := seal.RootID{}.String()
		for _, refused := range []struct{ root, text string }{
			{second.String(), "in use"}, {first, "--early"}, {"0123456789abcdef", "no root"}, {"x", "digits"},
		} {
			if err := a.RetireSealingRoot(t.Context(), refused.root, false); err == nil ||
				!strings.Contains(err.Error(), refused.text) {
				t.Errorf("retire %s: %v does not contain %s", refused.root, err, refused.text)
			}
		}
		clk.Advance(store.RetireAfter + time.Second)
		if err := a.RetireSealingRoot(t.Context(), first, false); err != nil {
			t.Fatal(err)
		}
		err := a.RetireSealingRoot(t.Context(), first, true)
		if err == nil || !strings.Contains(err.Error(), "already") {
			t.Errorf("retired twice: %v", err)
		}
		opens("of the retired root", a, before, seal.ErrTokenExpired)
		opens("of the root in use", a, after, nil)
		if err := store.Follow(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		opens("of the retired root, elsewhere", b, before, seal.ErrTokenExpired)
		if string(b.Root().MAC("decoy")) != string(stable) {
			t.Error("decoys have changed")
		}

		third := rotateRoot(t, b)
		if err := b.RetireSealingRoot(t.Context(), second.String(), true); err != nil {
			t.Fatal(err)
		}
		listsRoots(t, a, first+" retired", second.String()+" retired", third.String()+" ")
	})
}

func listsRoots(t *testing.T, db *store.DB, want ...string) {
	t.Helper()
	view(t, db, func(tx *store.Tx) error {
		roots, err := tx.SealingRoots()
		var got []string
		for i, r := range roots {
			state := ""
			if !r.Retired.IsZero() {
				state = "retired"
			}
			got = append(got, r.ID.String()+" "+state)
			if r.Created.IsZero() || r.Replaced.IsZero() != (i == len(roots)-1) {
				t.Errorf("%s was created %s and replaced %s", r.ID, r.Created, r.Replaced)
			}
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("roots %q, want %q", got, want)
		}
		return err
	})
}

// After a poll a node seals with the new root of another node, before it has opened
// a string of that root.
func TestRootsAreFollowed(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, _ *clock.Driven) {
		id := rotateRoot(t, a)
		if err := store.Follow(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if newest := b.Roots(); newest[len(newest)-1].ID != id {
			t.Errorf("the other node seals with %s", newest[len(newest)-1].ID)
		}
	})
}

// The newest root is the one that was created last, even if the clock was set back
// before.
func TestNewestRootAfterTheClockIsSetBack(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		clk.Advance(time.Hour)
		second := rotateRoot(t, a)
		clk.Advance(-time.Hour)
		third := rotateRoot(t, a)
		listsRoots(t, b, seal.RootID{}.String()+" ", second.String()+" ", third.String()+" ")
	})
}

// If the roots cannot be read, the error is the database's, and the string does
// not count as refused.
func TestRootsThatCannotBeRead(t *testing.T) {
	breaker := &storetest.Breaker{}
	db, _ := storetest.OpenBehind(t, breaker.Wrap)
	other, _ := storetest.Open(t)
	rotateRoot(t, other)
	foreign := sealedOn(t, other)
	if err := foreign(db); !errors.Is(err, seal.ErrToken) {
		t.Errorf("positive control: %v", err)
	}
	breaker.Break(1)
	if err := foreign(db); !errors.Is(err, storetest.ErrBroken) || seal.Refused(err) {
		t.Errorf("%v", err)
	}
}

// Neither the files nor the log contain the key of a root, in plain text or in a
// common encoding.
func TestRootsAreSealedAtRest(t *testing.T) {
	var log bytes.Buffer
	c := storetest.Config(t)
	c.Dir, c.Entropy = t.TempDir(), entropy.Seeded(1)
	c.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	db := open(t, c)
	id := rotateRoot(t, db)
	c.Logger.Debug("the roots", "roots", db.Roots(), "in use", db.Roots()[1].Key)
	random := entropy.Seeded(1).Bytes(4 << 10)
	if !bytes.Contains(random, id[:]) {
		t.Fatal("positive control: the id is not from the source")
	}
	all := log.Bytes()
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
	}
	if !bytes.Contains(all, []byte(id.String())) {
		t.Fatal("positive control: the id is not in the files")
	}
	// The public bytes of the source are ids and nonces, which are shorter.
	const part = 15
	for i := range random[:len(random)-part] {
		secret := random[i : i+part]
		for _, coded := range []string{
			string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret),
			strings.Trim(fmt.Sprint(secret), "[]"),
		} {
			if bytes.Contains(all, []byte(coded)) {
				t.Fatalf("bytes from %d of the source are in the files or in the log", i)
			}
		}
	}
}
