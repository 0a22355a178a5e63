package gate_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
)

func TestAdmissionIsBounded(t *testing.T) {
	a := gate.NewAdmission(1, 1)
	in, leave, err := a.EnterOperation(t.Context(), "InitiateAuth")
	if err != nil {
		t.Fatal(err)
	}
	if _, free, err := a.EnterOperation(t.Context(), "GetUser"); err != nil {
		t.Errorf("an operation that is not heavy waits: %v", err)
	} else {
		free()
	}
	waiting, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() {
		_, _, err := a.Enter(waiting)
		second <- err
	}()
	for a.Waiting() == 0 {
		select {
		case err := <-second:
			t.Fatalf("the second request did not wait: %v", err)
		default:
		}
	}
	if _, _, err := a.Enter(t.Context()); err == nil || !strings.Contains(err.Error(), "TooManyRequests") {
		t.Errorf("beyond the queue: %v", err)
	}
	cancel()
	if err := <-second; err == nil {
		t.Error("a canceled request got a slot")
	}
	back := gate.ReleaseSlot(in)
	_, other, err := a.Enter(t.Context())
	if err != nil {
		t.Fatalf("after ReleaseSlot released the slot: %v", err)
	}
	other()
	back()
	if _, _, err := a.Enter(waiting); err == nil {
		t.Error("back did not take a slot")
	}
	leave()
	if _, leave, err = a.Enter(t.Context()); err != nil {
		t.Error(err)
	}
	leave()
}
