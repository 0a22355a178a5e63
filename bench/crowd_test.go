package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// crowdSizes are the numbers of users of the crowd benchmarks.
// LIFEGUARD_BENCH_USERS adds one, such as 1000000.
func crowdSizes(b *testing.B) []int {
	sizes := []int{10_000}
	if text := os.Getenv("LIFEGUARD_BENCH_USERS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// BenchmarkCrowd measures operations on one user or one page with different
// numbers of users; the ratio is to the smallest number.
func BenchmarkCrowd(b *testing.B) {
	base := map[string]float64{}
	for i, users := range crowdSizes(b) {
		dir := b.TempDir()
		if err := seed(b.Context(), dir, users); err != nil {
			b.Fatal(err)
		}
		disk := diskPerUser(b, dir, users)
		s, err := embedded(dir)
		if err != nil {
			b.Fatal(err)
		}
		w := &world{caller: inProcess{s.Handler()}, poolID: crowdPool}
		if err := w.addClient(); err != nil {
			b.Fatal(err)
		}
		for _, name := range []string{
			"listusers", "listbyemail", "listbyprefix", "admingetuser", "getuser", "password", "signup",
		} {
			b.Run(strconv.Itoa(users)+"/"+name, func(b *testing.B) {
				each := run(b, w, operations[name])
				if i == 0 {
					base[name] = each
				}
				b.ReportMetric(each, "cpu-ms/op")
				b.ReportMetric(each/base[name], "×smallest")
				b.ReportMetric(disk, "bytes/user")
			})
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func diskPerUser(b *testing.B, dir string, users int) float64 {
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil {
		b.Fatal(err)
	}
	total := int64(0)
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			b.Fatal(err)
		}
		total += info.Size()
	}
	return float64(total) / float64(users)
}
