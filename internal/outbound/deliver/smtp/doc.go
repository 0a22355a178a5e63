// Package smtp is the sender of e-mail: it hands messages to a mail server by
// SMTP (RFC 5321), with STARTTLS (RFC 3207) or TLS from the first byte
// (RFC 8314), and AUTH (RFC 4954).
//
// It owns how a message becomes an e-mail and which refusals are final. It
// refuses to speak in clear with servers on other machines unless told to, and
// to believe a certificate that the system does not. Signing with DKIM and
// queueing for other servers are the mail server's.
package smtp
