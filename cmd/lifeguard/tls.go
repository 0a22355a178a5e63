package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/lifeguard-auth/lifeguard/internal/certificate"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

// encryption is what the listeners need for TLS. The zero value is for none.
type encryption struct {
	files     *certificate.Files     // of serve
	authority *certificate.Authority // of dev
}

// newEncryption reads the files of certificates, or the local authority.
func newEncryption(c config.Config, log *slog.Logger) (e encryption, err error) {
	if c.TLSCert != "" || c.TLSDir != "" {
		pair := certificate.Pair{Cert: c.TLSCert, Key: c.TLSKey}
		if e.files, err = certificate.NewFiles(pair, c.TLSDir, log); err != nil {
			field := "tls-cert"
			if c.TLSCert == "" {
				field = "tls-dir"
			}
			return e, &config.FieldError{
				Field: field, Problem: err.Error(), Cure: "give PEM files that belong together",
			}
		}
	}
	if c.HTTPSListen != "" {
		e.authority, err = openAuthority(c, log)
	}
	return e, err
}

// openAuthority opens the local authority. Without a directory that can be
// written, it is not stored, unless the user has named the directory.
func openAuthority(c config.Config, log *slog.Logger) (*certificate.Authority, error) {
	rand, clk := entropy.System(), clock.System()
	dir, err := authorityDir(c.Authority)
	if err == nil {
		var a *certificate.Authority
		if a, err = certificate.OpenAuthority(dir, rand, clk); err == nil {
			return a, nil
		}
	}
	if c.Authority != "" {
		return nil, &config.FieldError{Field: "authority", Problem: err.Error(), Cure: "name a directory of your own"}
	}
	log.Warn("the local authority cannot be stored; clients must trust a new one after each start", "error", err)
	return certificate.NewAuthority(rand, clk)
}

// authorityDir returns the directory of the local authority of a user.
func authorityDir(named string) (string, error) {
	if named != "" {
		return named, nil
	}
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "lifeguard"), err
}

// httpsAddress returns the address of the listener for TLS in dev mode: the one
// that is named, which may be none, or that of --listen with the next port.
func httpsAddress(named *string, listen string) string {
	if named != nil {
		return *named
	}
	if listen == "" {
		listen = devListen
	}
	host, port, err := net.SplitHostPort(listen)
	n, invalid := strconv.Atoi(port)
	if err != nil || invalid != nil || n >= 1<<16-1 {
		return ""
	}
	if n > 0 {
		n++
	}
	return net.JoinHostPort(host, strconv.Itoa(n))
}

// public returns the configuration of the public listener of serve, or nil if a
// proxy terminates TLS. Files are watched until ctx ends.
func (e encryption) public(
	ctx context.Context, c config.Config, answers certificate.Answers, log *slog.Logger,
) *tls.Config {
	var sources []certificate.Source
	if e.files != nil {
		go e.files.Watch(ctx) // ends with ctx
		sources = append(sources, e.files)
	}
	var acme *certificate.ACME
	if c.ACME.On {
		acme = certificate.NewACME(certificate.ACMEConfig{
			Directory: c.ACME.Directory, Email: c.ACME.Email, Cache: c.ACME.Cache, Answers: answers,
			Clock: clock.System(), Log: log,
		})
		sources = append([]certificate.Source{acme}, sources...)
	}
	if sources == nil {
		return nil
	}
	name := ""
	if u, err := url.Parse(c.PublicURL); err == nil {
		name = u.Hostname()
	}
	t := certificate.TLS(name, sources...)
	if acme != nil {
		t = acme.WithChallenges(t)
	}
	return t
}
