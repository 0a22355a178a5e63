package look

import "testing"

// TestKeep: the memory of kept looks is bounded, and what is replaced is not counted.
func TestKeep(t *testing.T) {
	l := NewLooks(nil, nil)
	large := func() *entry { return &entry{bytes: maxBytes / 3} }
	for range 5 {
		l.keep(key{"pool", "one"}, large())
	}
	l.keep(key{"pool", "two"}, large())
	if len(l.kept) != 2 || l.bytes != 2*(maxBytes/3) {
		t.Errorf("%d looks of %d bytes", len(l.kept), l.bytes)
	}
	for _, client := range []string{"three", "four", "five", "six"} {
		l.keep(key{"pool", client}, large())
		if l.bytes > maxBytes || l.kept[key{"pool", client}] == nil {
			t.Errorf("after %s: %d looks of %d bytes", client, len(l.kept), l.bytes)
		}
	}
	if len(l.kept) == 6 {
		t.Error("all looks are kept")
	}
}
