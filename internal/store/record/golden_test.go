package record

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var update = flag.Bool("update", false, "write the golden files that are missing; those that exist stay")

// kinds are all kinds of documents.
var kinds = []kind{
	Authorization, Branding, BrandingOfClient, Client, ClientSecret, Credential, Device, Domain, Group, Identifier,
	IdentityProvider, Message, Passkey, Pool, PoolExtensions, ResourceServer, RiskConfiguration,
	SigningCertificate,
	Terms, TermsOfClient, UICustomization, User,
	SealedSession, SealedSRPBlock, SealedDeviceBlock, SealedRefreshToken, SealedBrowserSession, SealedPageStep,
	SealedRememberedBrowser, SealedLogout, SealedPushedRequest, SealedDevicePage, SealedUserCursor, DeviceRequest,
	CustomChallengeState, DeviceChallengeState, StoredTokenChanges,
}

// kind is Kind[N] for any N.
type kind interface {
	identify() (name string, version int, record reflect.Type)
	// again decodes a document and encodes it again, without the stored one.
	again(doc []byte) ([]byte, error)
	// sample returns a value with every member set, or none, and its document.
	sample(full bool) (value any, doc []byte, err error)
	// value decodes a document.
	value(doc []byte) (any, error)
}

func (k Kind[N]) identify() (string, int, reflect.Type) { return k.name, k.version, k.record }

func (k Kind[N]) again(doc []byte) ([]byte, error) {
	var n N
	if err := k.Decode(doc, &n); err != nil {
		return nil, err
	}
	return k.Encode(n, nil)
}

func (k Kind[N]) sample(full bool) (any, []byte, error) {
	var n N
	if full {
		fill(reflect.ValueOf(&n).Elem(), "")
	}
	doc, err := k.Encode(n, nil)
	return n, doc, err
}

func (k Kind[N]) value(doc []byte) (any, error) {
	var n N
	err := k.Decode(doc, &n)
	return n, err
}

// columns are members of domain types that have their own columns and are not in
// the document.
var columns = map[reflect.Type][]string{
	reflect.TypeFor[userpool.Resource](): {"PoolID", "ID", "Owner", "Version", "Created", "Modified"},
}

// fill sets every member of v to a nonzero value. A string is set to its path.
func fill(v reflect.Value, path string) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)))
		return
	case v.Type() == reflect.TypeFor[[]byte]():
		v.SetBytes([]byte(path))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !slices.Contains(columns[v.Type()], f.Name) {
				fill(v.Field(i), strings.TrimPrefix(path+"."+f.Name, "."))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), path)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, "key")
		fill(value, path+".key")
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString(path)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(len(path)))
	default:
		panic("fill has no case for " + v.Type().String())
	}
}

// Decode(Encode(v)) returns every member of a domain type.
func TestDocumentsContainEveryMember(t *testing.T) {
	for _, k := range kinds {
		name, _, _ := k.identify()
		for _, full := range []bool{true, false} {
			value, doc, err := k.sample(full)
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := k.value(doc)
			if err != nil || !reflect.DeepEqual(value, decoded) {
				t.Errorf("%s:\n%#v encoded as %s is decoded as\n%#v, %v", name, value, doc, decoded, err)
			}
		}
	}
}

// Documents of released versions can be read, and are written without a change.
//
// A golden file is never edited after its release: databases contain such
// documents. A new member gets a new file, NAME_2.json. go test -update writes
// missing files and changes no others.
func TestGoldenFiles(t *testing.T) {
	for _, k := range kinds {
		name, version, _ := k.identify()
		if *update {
			writeMissing(t, k)
		}
		for v := 1; v <= version; v++ {
			for _, path := range goldenFiles(t, name, v) {
				checkGolden(t, k, path, v)
			}
		}
	}
}

func checkGolden(t *testing.T, k kind, path string, written int) {
	t.Helper()
	doc := compact(t, path)
	again, err := k.again(doc)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if _, version, _ := k.identify(); written == version && !bytes.Equal(doc, again) {
		t.Errorf("%s is encoded again as\n%s\nwant\n%s", path, again, doc)
	}
	if written > 1 {
		return
	}
	if unversioned, err := k.again(withoutHeader(doc)); err != nil || !bytes.Equal(unversioned, again) {
		t.Errorf("%s without a version is encoded again as\n%s, %v", path, unversioned, err)
	}
}

func withoutHeader(doc []byte) []byte {
	doc = bytes.Replace(doc, []byte(`{"v":1`), []byte("{"), 1)
	return bytes.Replace(doc, []byte("{,"), []byte("{"), 1)
}

// Every kind has a minimal golden file, and every member of its documents is in a
// golden file.
func TestEveryMemberIsInAGoldenFile(t *testing.T) {
	var all []string
	for _, k := range kinds {
		name, version, _ := k.identify()
		all = append(all, name)
		if _, err := os.Stat(goldenFile(name+"_minimal", version)); err != nil {
			t.Error(err)
		}
		if missing := notGolden(t, k); len(missing) > 0 {
			t.Errorf("no golden file of %s contains %v: run go test -update", name, missing)
		}
	}
	if declared := declaredKinds(t); !slices.Equal(slices.Sorted(slices.Values(all)), declared) {
		t.Errorf("kinds are %v; declared are %v", all, declared)
	}
}

var declaration = regexp.MustCompile(`(?m)^(?:var |\t)[A-Z]\w* += (?:of|itself)(?:\[\w+\])?\("(\w+)"`)

// declaredKinds returns the names of the kinds that the source declares.
func declaredKinds(t *testing.T) (names []string) {
	t.Helper()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range declaration.FindAllSubmatch(text, -1) {
			names = append(names, string(found[1]))
		}
	}
	slices.Sort(names)
	return names
}

// Every member of a record has a name in its tag, and none has the name of a
// member of the header.
func TestMembersAreNamed(t *testing.T) {
	for _, k := range kinds {
		name, _, record := k.identify()
		for _, header := range []string{"v", "written"} {
			if _, taken := members(record)[header]; taken {
				t.Errorf("%s has a member %s", name, header)
			}
		}
		checkTags(t, name, record)
	}
}

func checkTags(t *testing.T, path string, record reflect.Type) {
	t.Helper()
	switch {
	case record.Kind() == reflect.Pointer, record.Kind() == reflect.Slice, record.Kind() == reflect.Map:
		checkTags(t, path, record.Elem())
	case isObject(record):
		for i := range record.NumField() {
			f := record.Field(i)
			member, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if member == "" && !f.Anonymous {
				t.Errorf("%s.%s has no name in a json tag", path, f.Name)
			}
			if member != "-" {
				checkTags(t, path+"."+f.Name, f.Type)
			}
		}
	}
}

func goldenFile(name string, version int) string {
	return filepath.Join("testdata", fmt.Sprintf("v%d", version), name+".json")
}

// goldenFiles returns the files of a kind: name.json, name_minimal.json,
// name_2.json …
func goldenFiles(t *testing.T, name string, version int) (paths []string) {
	t.Helper()
	found, err := filepath.Glob(goldenFile(name+"*", version))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		suffix := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), name), ".json")
		if suffix == "" || suffix == "_minimal" || strings.Trim(suffix, "_0123456789") == "" {
			paths = append(paths, path)
		}
	}
	return paths
}

func compact(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	var out bytes.Buffer
	if err == nil {
		err = json.Compact(&out, text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// notGolden returns the members of a kind's document that are in no golden file.
func notGolden(t *testing.T, k kind) (missing []string) {
	t.Helper()
	name, version, _ := k.identify()
	golden := map[string]bool{}
	for _, path := range goldenFiles(t, name, version) {
		for _, member := range paths(t, compact(t, path)) {
			golden[member] = true
		}
	}
	_, doc, err := k.sample(true)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(paths(t, doc), func(member string) bool { return golden[member] })
}

// paths returns the paths of the nonzero members of a document, nested ones
// included.
func paths(t *testing.T, doc []byte) (found []string) {
	t.Helper()
	var root any
	if err := json.Unmarshal(doc, &root); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(path+"."+name, inner)
			}
		case []any:
			for _, inner := range v {
				walk(path, inner)
			}
		case nil:
		default:
			if !reflect.ValueOf(v).IsZero() {
				found = append(found, path)
			}
		}
	}
	walk("", root)
	slices.Sort(found)
	return found
}

// writeMissing writes the missing golden files of a kind.
func writeMissing(t *testing.T, k kind) {
	t.Helper()
	name, version, _ := k.identify()
	write := func(path string, full bool) {
		_, doc, err := k.sample(full)
		var out bytes.Buffer
		if err == nil {
			err = json.Indent(&out, doc, "", "  ")
		}
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		out.WriteByte('\n')
		var f *os.File
		if err == nil {
			f, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		}
		if err == nil {
			_, err = f.Write(out.Bytes())
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if minimal := goldenFile(name+"_minimal", version); !exists(minimal) {
		write(minimal, false)
	}
	if len(notGolden(t, k)) == 0 {
		return
	}
	path := goldenFile(name, version)
	for n := 2; exists(path); n++ {
		path = goldenFile(fmt.Sprintf("%s_%d", name, n), version)
	}
	write(path, true)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
