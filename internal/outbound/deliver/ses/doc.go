// Package ses sends e-mail through Amazon SES, version 2 of its API. It owns
// how a message becomes a call and which errors are permanent. Identity and
// configuration set are those of the pool's EmailConfiguration.
package ses
