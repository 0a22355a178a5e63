package store

import (
	"crypto/sha256"
	"encoding/hex"
	"unicode/utf8"
)

// maxIndexed is how many bytes of a value stand in an index: PostgreSQL has room
// for 2,704 bytes of all columns of a row. Attributes may be longer, of four
// bytes a character. No filter of ListUsers is: the API reference allows 256
// characters.
const maxIndexed = 1024

// beginning is as much of a value as filters look at.
func beginning(value string) string {
	if len(value) <= maxIndexed {
		return value
	}
	end := maxIndexed
	for !utf8.RuneStart(value[end]) {
		end--
	}
	return value[:end]
}

// aliasKey is what an alias is found by: the value, or, where that is too long,
// its beginning and its hash.
func aliasKey(value string) string {
	if len(value) <= maxIndexed {
		return value
	}
	hash := sha256.Sum256([]byte(value))
	return beginning(value) + " " + hex.EncodeToString(hash[:])
}
