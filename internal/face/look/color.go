package look

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// rgba is a color. Its members are between 0 and 1.
type rgba struct{ r, g, b, a float64 }

var black, white = rgba{0, 0, 0, 1}, rgba{1, 1, 1, 1}

// parseColor parses rgb, rgba, rrggbb or rrggbbaa, with or without a #.
func parseColor(text string) (c rgba, ok bool) {
	text = strings.TrimPrefix(text, "#")
	if len(text) == 3 || len(text) == 4 {
		var long strings.Builder
		for _, digit := range text {
			long.WriteString(string(digit) + string(digit))
		}
		text = long.String()
	}
	if len(text) == 6 {
		text += "ff"
	}
	bytes, err := hex.DecodeString(text)
	if err != nil || len(bytes) != 4 {
		return rgba{}, false
	}
	part := func(i int) float64 { return float64(bytes[i]) / 255 }
	return rgba{part(0), part(1), part(2), part(3)}, true
}

func (c rgba) String() string {
	part := func(v float64) int { return int(math.Round(v * 255)) }
	if part(c.a) == 255 {
		return fmt.Sprintf("#%02x%02x%02x", part(c.r), part(c.g), part(c.b))
	}
	return fmt.Sprintf("#%02x%02x%02x%02x", part(c.r), part(c.g), part(c.b), part(c.a))
}

// over returns how a color looks on an opaque ground.
func (c rgba) over(ground rgba) rgba {
	part := func(v, under float64) float64 { return v*c.a + under*(1-c.a) }
	return rgba{part(c.r, ground.r), part(c.g, ground.g), part(c.b, ground.b), 1}
}

// mixed returns a color with a share of another one. It keeps the opacity.
func (c rgba) mixed(other rgba, share float64) rgba {
	part := func(v, o float64) float64 { return v*(1-share) + o*share }
	return rgba{part(c.r, other.r), part(c.g, other.g), part(c.b, other.b), c.a}
}

// luminance is the relative luminance of WCAG 2.2.
func (c rgba) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// contrast is the contrast ratio of WCAG 2.2 of two opaque colors.
func contrast(a, b rgba) float64 {
	light, dark := a.luminance(), b.luminance()
	return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
}

// shade returns the ground of a button that is pointed at or pressed: further away from
// its text, or where there is no room, nearer to it. A button without a ground gets a
// light one in the color of its text.
func shade(ground, text rgba, share float64) rgba {
	if ground.a < 0.1 {
		text.a = share
		return text
	}
	away := black
	if text.luminance() < ground.luminance() {
		away = white
	}
	if contrast(ground, away) < 1.3 {
		away = text
	}
	return ground.mixed(away, share)
}
