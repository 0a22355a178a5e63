package main

import "testing"

// No call of the writers is refused, and each is counted.
func TestScenes(t *testing.T) {
	s, err := embedded(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, scene := range scenes(2) {
		writers, err := scene.newWriters(inProcess{s.Handler()})
		if err != nil {
			t.Fatal(err)
		}
		done := tally{}
		for _, w := range writers {
			if err := scene.once(w); err != nil {
				t.Errorf("%s: %v", scene.name, err)
			}
			done.add(w.done)
		}
		if n := len(done.of("SignUp").took) + len(done.of("AdminCreateUser").took); n != scene.writers {
			t.Errorf("%s: %d users were counted, want %d", scene.name, n, scene.writers)
		}
		w := writers[0]
		if err := w.call("none", "SignUp", in{}, nil); err == nil || len(w.done.of("none").refused) != 1 {
			t.Errorf("a refusal is not counted: %v", err)
		}
	}
}
