package store_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// The key file is created atomically: of parallel first starts one creates it, and
// the others read the same key. No other file remains in the directory.
func TestKeyFileIsCreatedAtomically(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "data", "master.key")
		texts := make([]string, 16)
		var all sync.WaitGroup
		for i := range texts {
			all.Go(func() {
				m, err := store.LoadMasterKeys(path, true, entropy.System())
				if err != nil {
					t.Error(err)
				}
				texts[i] = m.Text()
			})
		}
		all.Wait()
		inFile, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if text+"\n" != string(inFile) {
				t.Fatal("a process has another key than the file")
			}
		}
		left, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(left) != 1 {
			t.Fatalf("%v, %v", left, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v, %v", info.Mode(), err)
		}
	}
}
