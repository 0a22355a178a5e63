package view

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// NewQR returns the QR code of a text, with the label for those who do not see it.
// The level of correction is the lowest: screens are clean, and modules are larger.
func NewQR(text, label string) (*QR, error) {
	code, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil {
		return nil, err
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		dark := func(x int) bool { return x < size && code.At(x, y) == color.Black }
		end := -1 // of the run before, in this row
		for x := 0; x < size; x++ {
			if !dark(x) {
				continue
			}
			if end < 0 {
				fmt.Fprintf(&path, "M%d %d.5", x, y)
			} else {
				fmt.Fprintf(&path, "m%d 0", x-end)
			}
			for end = x + 1; dark(end); {
				end++
			}
			fmt.Fprintf(&path, "h%d", end-x)
			x = end
		}
	}
	return &QR{Path: path.String(), Size: size, Label: label}, nil
}
