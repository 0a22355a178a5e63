package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// trusted runs trust on a machine with these files and programs, and returns its
// output and the commands that it has run.
func trusted(
	t *testing.T, m machine, programs, files string, a authorityFile,
) (out string, commands []string, err error) {
	t.Helper()
	dir := t.TempDir()
	for _, file := range strings.Fields(files) {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.root, m.home = dir, filepath.Join(dir, "home")
	m.lookPath = func(name string) bool { return slices.Contains(strings.Fields(programs), name) }
	failing := m.run != nil
	m.run = func(args []string) error {
		commands = append(commands, strings.ReplaceAll(strings.Join(args, " "), dir, ""))
		if failing {
			return errors.New("exit status 1")
		}
		return nil
	}
	var text bytes.Buffer
	err = m.trust(&text, a)
	return strings.ReplaceAll(text.String(), dir, ""), commands, err
}

// Each system has its own store, browsers have theirs, and every command is
// printed.
func TestTrust(t *testing.T) {
	const debian, fedora = "usr/local/share/ca-certificates/x ", "etc/pki/ca-trust/source/anchors/x "
	const browsers = "home/.pki/nssdb/cert9.db home/.mozilla/firefox/a.default/cert9.db"
	a := authorityFile{path: "/c/ca.pem", name: "lifeguard-1", serial: "1f"}
	for name, c := range map[string]struct {
		m               machine
		programs, files string
		install, remove []string
	}{
		"Debian, with browsers": {
			machine{system: "linux"}, "sudo update-ca-certificates certutil", debian + browsers,
			[]string{
				"sudo install -m 644 /c/ca.pem /usr/local/share/ca-certificates/lifeguard-1.crt",
				"sudo update-ca-certificates",
				"certutil -d sql:/home/.pki/nssdb -A -t C,, -n lifeguard-1 -i /c/ca.pem",
				"certutil -d sql:/home/.mozilla/firefox/a.default -A -t C,, -n lifeguard-1 -i /c/ca.pem",
			},
			[]string{
				"sudo rm -f /usr/local/share/ca-certificates/lifeguard-1.crt", "sudo update-ca-certificates",
				"certutil -d sql:/home/.pki/nssdb -D -n lifeguard-1",
				"certutil -d sql:/home/.mozilla/firefox/a.default -D -n lifeguard-1",
			},
		},
		"Fedora, as root": {
			machine{system: "linux", asRoot: true}, "sudo update-ca-trust", fedora,
			[]string{
				"install -m 644 /c/ca.pem /etc/pki/ca-trust/source/anchors/lifeguard-1.pem", "update-ca-trust extract",
			},
			[]string{"rm -f /etc/pki/ca-trust/source/anchors/lifeguard-1.pem", "update-ca-trust extract"},
		},
		"macOS": {
			machine{system: "darwin"}, "sudo", "",
			[]string{
				"sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain /c/ca.pem",
			},
			[]string{"sudo security remove-trusted-cert -d /c/ca.pem"},
		},
		"Windows": {
			machine{system: "windows"}, "certutil", browsers,
			[]string{"certutil -user -addstore Root /c/ca.pem"}, []string{"certutil -user -delstore Root 1f"},
		},
	} {
		for uninstall, want := range map[bool][]string{false: c.install, true: c.remove} {
			a.uninstall = uninstall
			out, got, err := trusted(t, c.m, c.programs, c.files, a)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s, uninstall %v: %q, %v", name, uninstall, got, err)
			}
			if !strings.HasPrefix(out, "$ "+strings.Join(want, "\n$ ")+"\n") {
				t.Errorf("%s, uninstall %v prints:\n%s", name, uninstall, out)
			}
		}
	}
	a.uninstall = false
	out, _, err := trusted(t, machine{system: "plan9"}, "", "", a)
	if err == nil || !strings.Contains(out, a.path) {
		t.Errorf("an unknown system: %v %s", err, out)
	}
	out, _, err = trusted(t, machine{system: "linux", asRoot: true}, "update-ca-trust", fedora+browsers, a)
	if err != nil || !strings.Contains(out, "libnss3-tools") {
		t.Errorf("without certutil: %v %s", err, out)
	}
	failing := machine{system: "linux", run: func([]string) error { return nil }}
	out, got, err := trusted(t, failing, "update-ca-trust certutil", fedora+browsers, a)
	if err == nil || len(got) != 4 || strings.Count(out, "failed: ") != 4 {
		t.Errorf("commands that fail: %v %q %s", err, got, out)
	}
}
