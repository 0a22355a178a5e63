package config

import (
	"fmt"
	"net/url"
)

// ACME gets certificates for the public name and the domains of pools.
type ACME struct {
	// On switches it on, and accepts the terms of the authority.
	On bool
	// Directory is the URL of the authority; Let's Encrypt by default. Email is a
	// contact for it.
	Directory, Email string
	// Cache is the directory of certificates, acme beside the embedded store by
	// default.
	Cache string
}

func httpsListen(c Config) error {
	if c.HTTPSListen == "" {
		return nil
	}
	return address("https-listen", c.HTTPSListen, "127.0.0.1:9230")
}

func tls(c Config) error {
	certificates := c.TLSCert != "" && c.TLSKey != "" || c.TLSDir != "" || c.ACME.On
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return &FieldError{"tls-cert", "a certificate needs its key", "give both --tls-cert and --tls-key"}
	case certificates && c.BehindProxy:
		return &FieldError{"behind-proxy", "certificates are given as well", "choose one of the two"}
	case c.Mode == Serve && !certificates && !c.BehindProxy:
		return &FieldError{
			"tls-cert", "missing: traffic must be encrypted",
			"give --tls-cert and --tls-key, --tls-dir or --acme, or --behind-proxy if a proxy in front terminates TLS",
		}
	}
	return nil
}

func acme(c Config) error {
	if !c.ACME.On {
		if c.ACME != (ACME{}) {
			return &FieldError{"acme", "missing, although its settings are given", "give --acme as well"}
		}
		return nil
	}
	if c.ACME.Cache == "" {
		return &FieldError{
			"acme-cache", "missing: certificates must outlive the process", "name a directory, the same on every node",
		}
	}
	u, err := url.Parse(c.ACME.Directory)
	if c.ACME.Directory != "" && (err != nil || u.Scheme != "https" && !loopback(u.Hostname()) || u.Host == "") {
		return &FieldError{
			"acme-directory", fmt.Sprintf("%q is not an https URL", c.ACME.Directory),
			"write for example https://acme.example.com/directory",
		}
	}
	return nil
}
