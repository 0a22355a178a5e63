package brand

import (
	"bytes"
	"image/jpeg"
	"image/png"
)

// isPNG reports whether a file begins with the header of a PNG image.
func isPNG(file []byte) bool {
	c, err := png.DecodeConfig(bytes.NewReader(file))
	return err == nil && c.Width > 0 && c.Height > 0
}

// isJPEG reports whether a file begins with the headers of a JPEG image.
func isJPEG(file []byte) bool {
	c, err := jpeg.DecodeConfig(bytes.NewReader(file))
	return err == nil && c.Width > 0 && c.Height > 0
}

// isICO reports whether a file begins with the header of an icon that has at
// least one image, and is long enough for its directory. The format has no
// standard.
func isICO(file []byte) bool {
	const header, entry = 6, 16
	if len(file) < header || !bytes.HasPrefix(file, []byte{0, 0, 1, 0}) {
		return false
	}
	images := int(file[4]) | int(file[5])<<8
	return images > 0 && len(file) > header+images*entry
}

// isWEBP reports whether a file begins with the header of a WebP image. Source:
// RFC 9649 section 2.4.
func isWEBP(file []byte) bool {
	const header = 20
	if len(file) < header || !bytes.HasPrefix(file, []byte("RIFF")) || string(file[8:12]) != "WEBP" {
		return false
	}
	switch string(file[12:16]) {
	case "VP8 ", "VP8L", "VP8X":
		return true
	}
	return false
}
