// Package smtp sends e-mail through a mail server by SMTP (RFC 5321), with
// STARTTLS (RFC 3207) or implicit TLS (RFC 8314), and AUTH (RFC 4954).
//
// It owns how a message becomes an e-mail and which errors are permanent. It
// refuses plaintext connections to other machines unless they are enabled, and
// certificates that the system does not trust. DKIM signatures and queues for
// other servers are the responsibility of the mail server.
package smtp
