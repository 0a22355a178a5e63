package lifeguardtest_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
)

// exampleTB is a testing.TB for examples, which do not have one. It panics where a
// test would fail. Only these methods are called.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (*exampleTB) Helper()                           {}
func (*exampleTB) Context() context.Context          { return context.Background() }
func (*exampleTB) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (*exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (*exampleTB) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (t *exampleTB) Cleanup(f func())                { t.cleanups = append(t.cleanups, f) }

// testOfExample returns a testing.TB and the function that ends it.
func testOfExample() (t testing.TB, end func()) {
	e := &exampleTB{}
	return e, func() {
		for _, f := range slices.Backward(e.cleanups) {
			f()
		}
	}
}
