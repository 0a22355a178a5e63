package userpool

import (
	"strings"
	"testing"
)

func TestParseUserCode(t *testing.T) {
	for typed, want := range map[string]string{
		"WDJB-MJHT": "WDJBMJHT", "wdjbmjht": "WDJBMJHT", " wdjb – mjht ": "WDJBMJHT", "w.d.j.b.m.j.h.t": "WDJBMJHT",
		"": "", "WDJB-MJH": "", "WDJB-MJHTT": "", "WDJB-MJHA": "", "WDJB-MJH1": "",
		"WDJB" + strings.Repeat("-", 100) + "MJHT": "",
	} {
		code, ok := ParseUserCode(typed)
		if ok != (want != "") || ok && code != want {
			t.Errorf("%q: %q %v", typed, code, ok)
		}
	}
	if shown := FormatUserCode("WDJBMJHT"); shown != "WDJB-MJHT" {
		t.Errorf("shown as %s", shown)
	}
}
