package main

import (
	"math"
	"slices"
)

// crops are the shares of the pooled measurements that are compared; the slow
// ones are mostly noise of the machine. Source: Reparaz, Balasch and Verbauwhede,
// "Dude, is my code constant time?", 2017, section II.
var crops = [4]float64{0.5, 0.7, 0.9, 1}

// maxT is the |t| from which two sets of measurements count as different.
// Source: as for crops.
const maxT = 4.5

// welch is the statistic of Welch's t-test: positive where the mean of a is
// greater. Two sets without variance differ infinitely or not at all.
func welch(a, b []float64) float64 {
	meanA, errorA := meanOf(a)
	meanB, errorB := meanOf(b)
	if meanA == meanB {
		return 0
	}
	return (meanA - meanB) / math.Sqrt(errorA+errorB)
}

// meanOf returns the mean of a sample and the square of its standard error.
func meanOf(sample []float64) (mean, squared float64) {
	n := float64(len(sample))
	for _, x := range sample {
		mean += x / n
	}
	for _, x := range sample {
		squared += (x - mean) * (x - mean) / (n - 1) / n
	}
	return mean, squared
}

// crop returns the measurements of both sets that are not above the percentile of
// both together.
func crop(a, b []float64, share float64) (keptA, keptB []float64) {
	all := slices.Sorted(slices.Values(slices.Concat(a, b)))
	limit := all[int(math.Ceil(share*float64(len(all))))-1]
	above := func(x float64) bool { return x > limit }
	return slices.DeleteFunc(slices.Clone(a), above), slices.DeleteFunc(slices.Clone(b), above)
}

func median(sample []float64) float64 { return slices.Sorted(slices.Values(sample))[len(sample)/2] }
