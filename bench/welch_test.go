package main

import (
	"math"
	"slices"
	"testing"
)

// The first vector is a published result of R: t.test(extra ~ group, data = sleep)
// has t = -1.8608. The second was computed with Python's statistics module.
func TestWelch(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		t    float64
	}{
		{
			[]float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2},
			[]float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}, -1.8608,
		},
		{[]float64{3, 4, 1, 2.1}, []float64{490.2, 340, 433.9}, -9.5595},
	} {
		if got := welch(c.a, c.b); math.Abs(got-c.t) > 5e-5 {
			t.Errorf("t of %v and %v is %v, want %v", c.a, c.b, got, c.t)
		}
		if got := welch(c.b, c.a); math.Abs(got+c.t) > 5e-5 {
			t.Errorf("t of %v and %v is %v, want %v", c.b, c.a, got, -c.t)
		}
	}
	if got := welch([]float64{1, 1}, []float64{1, 1}); got != 0 {
		t.Errorf("t of two equal constants is %v", got)
	}
	if got := welch([]float64{1, 1}, []float64{2, 2}); !math.IsInf(got, -1) {
		t.Errorf("t of two different constants is %v", got)
	}
}

// The median of the ten numbers is 5, their 90th percentile 9.
func TestCrop(t *testing.T) {
	a, b := []float64{10, 1, 3, 5, 7}, []float64{2, 9, 4, 8, 6}
	for _, c := range []struct {
		share        float64
		wantA, wantB []float64
	}{
		{0.5, []float64{1, 3, 5}, []float64{2, 4}},
		{0.9, []float64{1, 3, 5, 7}, []float64{2, 9, 4, 8, 6}},
		{1, a, b},
	} {
		gotA, gotB := crop(a, b, c.share)
		if !slices.Equal(gotA, c.wantA) || !slices.Equal(gotB, c.wantB) {
			t.Errorf("crop at %v keeps %v and %v, want %v and %v", c.share, gotA, gotB, c.wantA, c.wantB)
		}
	}
	if a[0] != 10 || len(b) != 5 {
		t.Error("crop changes its arguments")
	}
}
