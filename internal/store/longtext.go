package store

import (
	"crypto/sha256"
	"encoding/hex"
	"unicode/utf8"
)

// maxIndexed is how many bytes of a value are indexed. PostgreSQL limits the
// indexed columns of a row to 2,704 bytes in total. Attributes may be longer: a
// character has up to four bytes. Filters of ListUsers are not: the API reference
// allows 256 characters.
const maxIndexed = 1024

// indexedPrefix returns the part of a value that filters compare.
func indexedPrefix(value string) string {
	if len(value) <= maxIndexed {
		return value
	}
	end := maxIndexed
	for !utf8.RuneStart(value[end]) {
		end--
	}
	return value[:end]
}

// aliasKey returns the indexed form of an alias: the value or, if that is too
// long, its beginning and its hash.
func aliasKey(value string) string {
	if len(value) <= maxIndexed {
		return value
	}
	hash := sha256.Sum256([]byte(value))
	return indexedPrefix(value) + " " + hex.EncodeToString(hash[:])
}
