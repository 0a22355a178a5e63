// Package ses sends e-mail through Amazon SES, version 2 of its API. It owns
// how a message becomes a call and which answers are final. A pool's identity
// and configuration set are those of its EmailConfiguration.
package ses
