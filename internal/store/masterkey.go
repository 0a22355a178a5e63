package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

// MasterKeys wrap the data keys. The first key wraps. All keys unwrap, so that a
// key can be rotated while nodes run.
type MasterKeys struct {
	keys []masterKey
	text string
	file string // the file they were read from, or ""
}

type masterKey struct {
	id  string
	key seal.Key
}

func (MasterKeys) String() string   { return "[redacted]" }
func (MasterKeys) GoString() string { return "[redacted]" }

// Text returns the keys in the format of ParseMasterKeys. It contains the
// secrets: write it only to a file of mode 0600.
func (m MasterKeys) Text() string { return m.text }

// NewMasterKeys generates one key.
func NewMasterKeys(rand entropy.Source) (MasterKeys, error) {
	return ParseMasterKeys("k" + rand.Digits(8) + " " + base64.StdEncoding.EncodeToString(rand.Bytes(seal.KeySize)))
}

// Rotate returns a new key followed by the keys of m.
func (m MasterKeys) Rotate(rand entropy.Source) (MasterKeys, error) {
	fresh, err := NewMasterKeys(rand)
	if err != nil {
		return m, err
	}
	return ParseMasterKeys(fresh.text + "\n" + m.text)
}

// ParseMasterKeys parses lines, or comma-separated parts, of the form
// "id base64".
func ParseMasterKeys(text string) (MasterKeys, error) {
	m := MasterKeys{text: strings.TrimSpace(text)}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' }) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 {
			return m, errors.New("master key: each line must be an id and 32 bytes of base64; " +
				"`lifeguard master-key new` makes one")
		}
		raw, err := base64.StdEncoding.DecodeString(fields[1])
		if err != nil {
			return m, fmt.Errorf("master key %s: not base64", fields[0])
		}
		key, err := seal.NewKey(raw)
		clear(raw)
		if err != nil {
			return m, fmt.Errorf("master key %s: %w", fields[0], err)
		}
		m.keys = append(m.keys, masterKey{fields[0], key})
	}
	if len(m.keys) == 0 {
		return m, errors.New("master key: there is none; `lifeguard master-key new` makes one")
	}
	return m, nil
}

// LoadMasterKeys reads a file of keys. It refuses a file that anyone but its
// owner can read. With create, it creates a missing file.
func LoadMasterKeys(path string, create bool, rand entropy.Source) (MasterKeys, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) && create {
		return createMasterKeys(path, rand)
	}
	if err != nil {
		return MasterKeys{}, fmt.Errorf("--master-key-file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return MasterKeys{}, fmt.Errorf("--master-key-file: %s can be read by others (mode %04o); chmod 600 it",
			path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return MasterKeys{}, fmt.Errorf("--master-key-file: %w", err)
	}
	m, err := ParseMasterKeys(string(text))
	if err != nil {
		return m, fmt.Errorf("--master-key-file: %s: %w", path, err)
	}
	m.file = path
	return m, nil
}

func createMasterKeys(path string, rand entropy.Source) (MasterKeys, error) {
	m, err := NewMasterKeys(rand)
	if err != nil {
		return m, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return m, err
	}
	// A link does not replace a file: if two processes start at once, one creates
	// the key and the other reads it.
	if err := m.write(path, os.Link); errors.Is(err, os.ErrExist) {
		return LoadMasterKeys(path, false, rand)
	} else if err != nil {
		return m, fmt.Errorf("--master-key-file: %w; `lifeguard master-key new` makes a key for the file", err)
	}
	m.file = path
	return m, nil
}

// WriteFile writes the keys to a file of mode 0600 and replaces an existing one.
// It is atomic: after a crash the file has either its old or its new content.
func (m MasterKeys) WriteFile(path string) error { return m.write(path, os.Rename) }

// write writes a temporary file in the directory of path and syncs it. Then put
// moves or links it to path.
func (m MasterKeys) write(path string, put func(from, to string) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".master-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(m.text + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := put(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir syncs a directory to disk. Windows does not support that.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// find returns the key with the id.
func (m MasterKeys) find(id string) (seal.Key, bool) {
	for _, k := range m.keys {
		if k.id == id {
			return k.key, true
		}
	}
	return seal.Key{}, false
}

const rotateBatch = 200

// RotateMaster rewraps every data key with the first key of next, in small
// batches, while nodes run. The data keys do not change. next must contain the
// keys in use. It returns the number of rewrapped keys.
func (db *DB) RotateMaster(ctx context.Context, next MasterKeys) (int, error) {
	db.vault.replace(next)
	total := 0
	for {
		n, err := db.rewrapBatch(ctx, next)
		total += n
		if err != nil || n < rotateBatch {
			return total, err
		}
	}
}

func (db *DB) rewrapBatch(ctx context.Context, next MasterKeys) (n int, err error) {
	err = db.Update(ctx, func(tx *Tx) error {
		n = 0
		var pools []string
		err := tx.each(func(scan func(...any) error) error {
			var p string
			err := scan(&p)
			pools = append(pools, p)
			return err
		}, `SELECT pool_id FROM data_key WHERE master_id <> $1
			ORDER BY pool_id LIMIT $2`, next.keys[0].id, int64(rotateBatch))
		if err != nil {
			return err
		}
		for _, p := range pools {
			if err := tx.rewrap(p, next); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

func (tx *Tx) rewrap(poolID string, next MasterKeys) error {
	raw, from, err := tx.unwrap(poolID)
	if err != nil {
		return err
	}
	wrapped, err := next.keys[0].key.Seal(tx.db.entropy, wrapBinding(poolID), raw)
	if err != nil {
		return err
	}
	return tx.queue(`UPDATE data_key SET master_id = $1, wrapped = $2 WHERE pool_id = $3 AND master_id = $4`,
		next.keys[0].id, wrapped, poolID, from)
}
