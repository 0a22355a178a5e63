package passkeytest

import "encoding/binary"

// The major types of CBOR (RFC 8949 section 3.1).
const (
	unsigned = 0 << 5
	negative = 1 << 5
	byteText = 2 << 5
	text     = 3 << 5
	mapping  = 5 << 5
)

func head(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major | byte(n)}
	case n < 1<<8:
		return []byte{major | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major | 25}, uint16(n))
	}
	return binary.BigEndian.AppendUint32([]byte{major | 26}, uint32(n))
}

// Int is an integer.
func Int(n int64) []byte {
	if n < 0 {
		return head(negative, uint64(-1-n))
	}
	return head(unsigned, uint64(n))
}

// Bytes is a byte string.
func Bytes(b []byte) []byte { return append(head(byteText, uint64(len(b))), b...) }

// Text is a text string.
func Text(s string) []byte { return append(head(text, uint64(len(s))), s...) }

// Map is a map of alternating encoded keys and values, in the given order.
func Map(items ...[]byte) []byte {
	out := head(mapping, uint64(len(items)/2))
	for _, item := range items {
		out = append(out, item...)
	}
	return out
}
