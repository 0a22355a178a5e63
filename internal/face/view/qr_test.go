package view_test

import (
	"fmt"
	"image/color"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
)

// TestQR: the lines of the path cover the dark modules of the code and no others.
func TestQR(t *testing.T) {
	const text = "otpauth://totp/Harbour:maria?secret=MNKSLDGZJZVEXFHGD2NJBNDIRCV23IVY&issuer=Harbour"
	code, err := view.NewQR(text, "QR code")
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	if code.Size != want.Bounds().Dx() {
		t.Fatalf("size %d, want %v", code.Size, want.Bounds())
	}
	type module struct{ x, y int }
	drawn := map[module]bool{}
	x, y := 0, 0
	for rest := code.Path; rest != ""; {
		var n, m int
		switch {
		case scans(&rest, "M%d %d.5", &x, &y):
		case scans(&rest, "m%d 0", &n):
			x += n
		case scans(&rest, "h%d", &m):
			for range m {
				drawn[module{x, y}] = true
				x++
			}
		default:
			t.Fatalf("the path goes on with %.20q", rest)
		}
	}
	for y := range code.Size {
		for x := range code.Size {
			if dark := want.At(x, y) == color.Black; dark != drawn[module{x, y}] {
				t.Errorf("module %d, %d: %v", x, y, !dark)
			}
		}
	}
	if _, err := view.NewQR(strings.Repeat("x", 3000), ""); err == nil {
		t.Error("a text that no QR code holds is encoded")
	}
}

// scans parses the beginning of a text and removes it.
func scans(text *string, format string, values ...any) bool {
	if n, err := fmt.Sscanf(*text, format, values...); err != nil || n < len(values) {
		return false
	}
	plain := make([]any, len(values))
	for i, v := range values {
		plain[i] = *v.(*int)
	}
	*text = strings.TrimPrefix(*text, fmt.Sprintf(format, plain...))
	return true
}
