package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/certificate"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

type trustCmd struct {
	authorityFlag
	Uninstall bool `help:"Remove the local authority from the stores. Its files stay."`
}

// Run installs the local authority, which it makes if there is none.
func (f *trustCmd) Run(_ *slog.Logger, out *output) error {
	dir, err := authorityDir(f.Authority)
	if err != nil {
		return &config.FieldError{Field: "authority", Problem: err.Error(), Cure: "name a directory"}
	}
	open := certificate.OpenAuthority
	if f.Uninstall {
		open = certificate.ReadAuthority
	}
	a, err := open(dir, entropy.System(), clock.System())
	if err != nil {
		return err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	m := machine{
		system: runtime.GOOS, root: "/", home: home, asRoot: os.Geteuid() == 0,
		lookPath: func(name string) bool { _, err := exec.LookPath(name); return err == nil },
		run:      runVisibly(out.stdout),
	}
	serial := fmt.Sprintf("%x", a.Cert().SerialNumber)
	return m.trust(out.stdout, authorityFile{
		path: a.File(), name: "lifeguard-" + serial[:8], serial: serial, uninstall: f.Uninstall,
	})
}

// runVisibly returns a function that runs a command on the terminal, where sudo
// may ask for a password.
func runVisibly(w io.Writer) func(args []string) error {
	return func(args []string) error {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, w, os.Stderr
		return cmd.Run()
	}
}

// machine is what trust uses of this machine.
type machine struct {
	system     string // as runtime.GOOS
	root, home string
	asRoot     bool
	lookPath   func(name string) bool
	run        func(args []string) error
}

// authorityFile is the certificate of an authority, and what happens to it.
type authorityFile struct {
	path, name, serial string
	uninstall          bool
}

// anchors are the folders of authorities on Linux, and the command that reads
// them.
var anchors = []struct {
	folder, extension string
	update            []string
}{
	{"usr/local/share/ca-certificates", ".crt", []string{"update-ca-certificates"}},
	{"etc/pki/ca-trust/source/anchors", ".pem", []string{"update-ca-trust", "extract"}},
	{"etc/ca-certificates/trust-source/anchors", ".crt", []string{"trust", "extract-compat"}},
}

// trust changes the store of the system and those of browsers, and prints each
// command. Errors of one store do not stop the others.
func (m machine) trust(w io.Writer, a authorityFile) error {
	commands := m.systemStore(a)
	if commands == nil {
		fmt.Fprintln(w, "no store of the system is known here; programs can be pointed to", a.path)
	}
	browsers := m.browserStores(w, a)
	failed := 0
	for _, args := range append(commands, browsers...) {
		fmt.Fprintln(w, "$", strings.Join(args, " "))
		if err := m.run(args); err != nil {
			failed++
			fmt.Fprintln(w, "failed:", err)
		}
	}
	switch {
	case failed > 0:
		return fmt.Errorf("%d of the commands above failed", failed)
	case len(commands)+len(browsers) == 0:
		return errors.New("nothing was changed")
	case a.uninstall:
		fmt.Fprintln(w, "The local authority is no longer trusted. Its files stay in", filepath.Dir(a.path))
	default:
		fmt.Fprintf(w, "The local authority is trusted: %s\nRestart browsers. Node.js needs NODE_EXTRA_CA_CERTS=%s\n",
			a.path, quoted(a.path))
	}
	return nil
}

// systemStore returns the commands for the store of the system; nil if there is
// none.
func (m machine) systemStore(a authorityFile) [][]string {
	switch m.system {
	case "linux":
		for _, s := range anchors {
			folder := filepath.Join(m.root, s.folder)
			if _, err := os.Stat(folder); err != nil || !m.lookPath(s.update[0]) {
				continue
			}
			file := filepath.Join(folder, a.name+s.extension)
			if a.uninstall {
				return [][]string{m.asAdministrator("rm", "-f", file), m.asAdministrator(s.update...)}
			}
			return [][]string{
				m.asAdministrator("install", "-m", "644", a.path, file), m.asAdministrator(s.update...),
			}
		}
	case "darwin":
		if a.uninstall {
			return [][]string{m.asAdministrator("security", "remove-trusted-cert", "-d", a.path)}
		}
		return [][]string{m.asAdministrator("security", "add-trusted-cert", "-d", "-r", "trustRoot",
			"-k", "/Library/Keychains/System.keychain", a.path)}
	case "windows":
		if a.uninstall {
			return [][]string{{"certutil", "-user", "-delstore", "Root", a.serial}}
		}
		return [][]string{{"certutil", "-user", "-addstore", "Root", a.path}}
	}
	return nil
}

// asAdministrator prefixes a command by sudo, if the user is not root.
func (m machine) asAdministrator(args ...string) []string {
	if m.asRoot || !m.lookPath("sudo") {
		return args
	}
	return append([]string{"sudo"}, args...)
}

// profiles are patterns of the folders with an NSS database, below the home
// directory: of Chromium and Firefox, also as snaps, and on macOS.
var profiles = []string{
	".pki/nssdb", "snap/chromium/current/.pki/nssdb", ".mozilla/firefox/*", ".config/mozilla/firefox/*",
	"snap/firefox/common/.mozilla/firefox/*", "Library/Application Support/Firefox/Profiles/*",
}

// browserStores returns the commands for the NSS databases of browsers.
func (m machine) browserStores(w io.Writer, a authorityFile) (commands [][]string) {
	var found []string
	for _, p := range profiles {
		databases, _ := filepath.Glob(filepath.Join(m.home, filepath.FromSlash(p), "cert9.db"))
		found = append(found, databases...)
	}
	if m.system == "windows" || m.home == "" || len(found) == 0 {
		return nil
	}
	if !m.lookPath("certutil") {
		fmt.Fprintln(w, "browsers with their own store are left out: certutil is missing "+
			"(Debian: libnss3-tools, Fedora: nss-tools)")
		return nil
	}
	for _, database := range found {
		args := []string{"certutil", "-d", "sql:" + filepath.Dir(database)}
		if a.uninstall {
			args = append(args, "-D", "-n", a.name)
		} else {
			args = append(args, "-A", "-t", "C,,", "-n", a.name, "-i", a.path)
		}
		commands = append(commands, args)
	}
	return commands
}
