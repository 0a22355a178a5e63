package userpool_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Creating and deleting end after a fixed time; the other states do not end.
func TestReplicaStates(t *testing.T) {
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for phase, then := range map[userpool.ReplicaState]userpool.ReplicaState{
		userpool.ReplicaCreating: userpool.ReplicaInactive, userpool.ReplicaDeleting: userpool.ReplicaGone,
		userpool.ReplicaActive: userpool.ReplicaActive, userpool.ReplicaInactive: userpool.ReplicaInactive,
	} {
		r := userpool.Replica{Phase: phase, Since: start}
		for after, want := range map[time.Duration]userpool.ReplicaState{
			0: phase, 30*time.Second - 1: phase, 30 * time.Second: then, time.Hour: then,
		} {
			if got := r.State(start.Add(after)); got != want {
				t.Errorf("%s after %v is %s, want %s", phase, after, got, want)
			}
		}
	}
}

// A change of replicas does not change the settings that other readers share.
func TestReplicasAreReplacedNotChanged(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	shared := userpool.Pool{ID: "us-east-1_A", Region: "us-east-1"}
	shared.Replicas = []userpool.Replica{{Region: "us-west-2", Phase: userpool.ReplicaInactive, Since: now}}
	changed := shared
	if _, err := changed.ActivateReplica("us-west-2", userpool.ReplicaActive, now); err != nil {
		t.Fatal(err)
	}
	if got := shared.Replicas[0].Phase; got != userpool.ReplicaInactive {
		t.Errorf("the shared replica is %s", got)
	}
	shared.Tags = map[string]string{"a": "b"}
	changed = shared
	changed.Untag([]string{"a"})
	if err := changed.Tag(map[string]string{"c": "d"}); err != nil || len(shared.Tags) != 1 || shared.Tags["a"] != "b" {
		t.Errorf("the shared tags are %v, %v", shared.Tags, err)
	}
}
