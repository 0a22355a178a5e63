package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// inputs are the valid inputs of an operation. Each is built in a new fixture, where
// the server must accept it.
type inputs struct {
	// smallest has the required members, largest all members of the model.
	smallest, largest func(f *fixture) object
	// without are members that the largest cannot have, since they exclude
	// others; more are further inputs, which contain them.
	without []string
	more    map[string]func(f *fixture) object
	// refused is the type of the refusal of inputs that are well formed, but
	// refused for a reason that a test cannot remove.
	refused string
}

// conformance is the table of operations: every built one needs an entry.
var conformance = merged(directoryInputs, deviceInputs, signInInputs, poolInputs, configurationInputs, factorInputs,
	passkeyInputs, sessionInputs)

func merged(tables ...map[string]inputs) map[string]inputs {
	all := map[string]inputs{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// TestEveryBuiltOperationHasInputs: every built operation has an entry.
func TestEveryBuiltOperationHasInputs(t *testing.T) {
	m := readModel(t)
	f := newFixture(t, startDev(t, sqlite.make(t), "--no-seed"), m)
	for _, operation := range m.names() {
		if _, ok := conformance[operation]; ok {
			continue
		}
		if listedAsBuilt(t)(operation) {
			t.Errorf("%s is built and has no inputs: add its smallest and its largest valid input "+
				"to the table of its family in inputs_*_test.go", operation)
		}
	}
	for operation := range conformance {
		if _, ok := m.Operations[operation]; !ok {
			t.Errorf("%s has inputs and is not in the model", operation)
		}
	}
	// An operation that the document calls refused returns 501.
	if _, refused := f.call("ListUserPools", object{"MaxResults": 1}); refused != "" {
		t.Error(refused)
	}
}

// listedAsBuilt returns which operations are built according to
// docs/operations.md.
func listedAsBuilt(t *testing.T) func(operation string) bool {
	t.Helper()
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	row := regexp.MustCompile(`(?m)^\| (\w+) \| (?:IAM|none) \| (\w+) \|`)
	for _, found := range row.FindAllStringSubmatch(string(text), -1) {
		states[found[1]] = found[2]
	}
	if len(states) < 100 {
		t.Fatalf("docs/operations.md has %d operations", len(states))
	}
	return func(operation string) bool {
		return slices.Contains([]string{"full", "stored", "partial"}, states[operation])
	}
}

// TestValidInputs sends every valid input through the AWS SDK: each must be
// accepted, and the response must fit the model.
func TestValidInputs(t *testing.T) {
	m := readModel(t)
	eachEngine(t, func(t *testing.T, srv *server) {
		for _, operation := range slices.Sorted(maps.Keys(conformance)) {
			entry := conformance[operation]
			all := map[string]func(*fixture) object{"smallest": entry.smallest, "largest": entry.largest}
			maps.Copy(all, entry.more)
			for _, name := range slices.Sorted(maps.Keys(all)) {
				t.Run(operation+"/"+name, func(t *testing.T) {
					requireAccepted(newFixture(t, srv, m), operation, entry, all[name])
				})
			}
		}
	})
}

func requireAccepted(f *fixture, operation string, entry inputs, build func(*fixture) object) {
	in := build(f)
	_, refused, _ := f.bySDK(operation, in)
	switch {
	case refused == notBuilt:
		f.Skipf("%s is not built yet", operation)
	case entry.refused != "" && !strings.HasPrefix(refused, entry.refused):
		f.Errorf("%q, want %s for\n%s", refused, entry.refused, marshal(f.T, in))
	case entry.refused == "" && refused != "":
		f.Errorf("refused: %s\n%s", refused, marshal(f.T, in))
	}
}

// TestLargestInputsAreComplete: the largest inputs have every member, except those
// that exclude each other.
func TestLargestInputsAreComplete(t *testing.T) {
	m := readModel(t)
	srv := startDev(t, sqlite.make(t), "--no-seed")
	for _, operation := range slices.Sorted(maps.Keys(conformance)) {
		t.Run(operation, func(t *testing.T) {
			f, entry := newFixture(t, srv, m), conformance[operation]
			for _, path := range m.missing(m.Operations[operation].Input.Shape, "", plain(t, entry.largest(f))) {
				if !entry.mayLack(path) {
					t.Errorf("the largest input lacks %s; add it, or list it in without", path)
				}
			}
			for _, name := range m.Shapes[m.Operations[operation].Input.Shape].Required {
				if entry.smallest(f)[name] == nil {
					t.Errorf("the smallest input lacks %s", name)
				}
			}
		})
	}
}

// mayLack reports whether the largest input need not have the member at a path.
func (i inputs) mayLack(path string) bool {
	return slices.ContainsFunc(i.without, func(w string) bool {
		return path == w || strings.HasPrefix(path, w+".")
	})
}

// plain returns an input as decoded from its JSON.
func plain(t *testing.T, in object) (out object) {
	t.Helper()
	if err := json.Unmarshal(marshal(t, in), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

var detected = regexp.MustCompile(`^([1-9]\d*) validation errors? detected: `)

// TestConstraints breaks every constraint of the model, one at a time, in
// every valid input, and checks the refusal.
func TestConstraints(t *testing.T) {
	m := readModel(t)
	srv := startDev(t, sqlite.make(t), "--no-seed")
	tried := 0
	for _, operation := range slices.Sorted(maps.Keys(conformance)) {
		t.Run(operation, func(t *testing.T) {
			f, entry := newFixture(t, srv, m), conformance[operation]
			shape := m.Operations[operation].Input.Shape
			all := map[string]func(*fixture) object{"largest": entry.largest}
			maps.Copy(all, entry.more)
			for name, build := range all {
				for _, v := range m.violations(shape, "", plain(t, build(f)), func(v any) any { return v }) {
					f.requireViolation(operation, name, v)
					tried++
				}
			}
		})
	}
	if tried < 1000 {
		t.Errorf("only %d constraints were broken", tried)
	}
}

// requireViolation fails unless the refusal has AWS's text for the broken constraint.
func (f *fixture) requireViolation(operation, input string, v violation) {
	f.Helper()
	_, body := f.send(operation, marshal(f.T, v.in))
	var out object
	if err := json.Unmarshal(body, &out); err != nil {
		f.Errorf("%s: %.200s", v.what, body)
		return
	}
	message := dig(out, "message")
	head := detected.FindStringSubmatch(message)
	if dig(out, "__type") != invalid || head == nil || v.only && head[1] != "1" {
		f.Errorf("%s input, %s: %.400s", input, v.what, body)
		return
	}
	for _, clause := range v.clauses {
		if !strings.Contains(message, clause) {
			f.Errorf("%s input, %s:\n got %.400s\nwant %s", input, v.what, message, clause)
			return
		}
	}
	if v.set == nil {
		return
	}
	_, list, _ := strings.Cut(message, "enum value set: [")
	list, _, _ = strings.Cut(list, "]")
	got := strings.Split(list, ", ")
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(v.set)); !slices.Equal(got, want) {
		f.Errorf("%s: the value set is %v, want %v", v.what, got, want)
	}
}

// TestUnknownPools: every operation that names a pool refuses an unknown pool and
// one of another account with the same text.
func TestUnknownPools(t *testing.T) {
	m := readModel(t)
	srv := startDev(t, sqlite.make(t), "--no-seed")
	for _, operation := range slices.Sorted(maps.Keys(conformance)) {
		if m.Operations[operation].AuthType == "none" {
			continue
		}
		shape := m.Shapes[m.Operations[operation].Input.Shape]
		t.Run(operation, func(t *testing.T) {
			f := newFixture(t, srv, m)
			switch {
			case shape.Members["UserPoolId"].Shape != "":
				f.unknownPools(operation, with(conformance[operation].smallest(f), object{"UserPoolId": f.pool()}))
			case shape.Members["ResourceArn"].Shape != "":
				f.unknownARNs(operation, conformance[operation].smallest(f))
			}
		})
	}
}

func (f *fixture) unknownPools(operation string, in object) {
	absent := func(pool string) string { return "ResourceNotFoundException: User pool " + pool + " does not exist." }
	f.requireRefusal(operation, with(in, object{"UserPoolId": noPool}), absent(noPool))
	f.account = foreignAccount
	f.requireRefusal(operation, in, absent(f.pool()))
}

// unknownARNs: the text of the refusal is not known.
func (f *fixture) unknownARNs(operation string, in object) {
	f.requireRefusal(operation, with(in, object{"ResourceArn": strings.ReplaceAll(f.arn(), f.pool(), noPool)}),
		"ResourceNotFoundException: ")
	own := f.arn()
	f.account = foreignAccount
	f.requireRefusal(operation, with(in, object{"ResourceArn": own}), "")
	f.requireRefusal(operation, with(in, object{"ResourceArn": strings.ReplaceAll(own, homeAccount, foreignAccount)}),
		"ResourceNotFoundException: ")
}

// requireRefusal fails unless the refusal begins with want.
func (f *fixture) requireRefusal(operation string, in object, want string) {
	f.Helper()
	switch _, refused := f.call(operation, in); {
	case refused == notBuilt:
		f.Skipf("%s is not built yet", operation)
	case refused == "":
		f.Errorf("accepted, want %s\n%s", want, marshal(f.T, in))
	case !strings.HasPrefix(refused, want):
		f.Errorf("%s, want %s\n%s", refused, want, marshal(f.T, in))
	}
}
