package userpool

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// ReplicaState is the state of a replica.
type ReplicaState string

// The states. A new replica is being created, then inactive until it is made
// active; only an inactive one can be deleted. Source: API reference
// UserPoolReplicaType.
const (
	ReplicaCreating ReplicaState = "CREATING"
	ReplicaInactive ReplicaState = "INACTIVE"
	ReplicaActive   ReplicaState = "ACTIVE"
	ReplicaDeleting ReplicaState = "DELETING"
	// ReplicaGone is a deleted replica whose record has not been removed yet.
	ReplicaGone ReplicaState = "GONE"
)

// Replica is a replica of a pool in a second region.
type Replica struct {
	Region string
	// Phase is the last requested state, Since the time of the request.
	Phase ReplicaState
	Since time.Time
	Tags  map[string]string
}

// replicaDelay is how long creating and deleting take.
const replicaDelay = 30 * time.Second

// maxReplicas is how many secondary regions a pool may have. Source: guide
// page user-pool-multi-region.
const maxReplicas = 1

// State is the state at now: creating and deleting end after replicaDelay.
func (r *Replica) State(now time.Time) ReplicaState {
	done := !now.Before(r.Since.Add(replicaDelay))
	switch {
	case done && r.Phase == ReplicaCreating:
		return ReplicaInactive
	case done && r.Phase == ReplicaDeleting:
		return ReplicaGone
	}
	return r.Phase
}

// LiveReplicas returns the replicas that are not deleted.
func (p *Pool) LiveReplicas(now time.Time) []Replica {
	return slices.DeleteFunc(slices.Clone(p.Replicas), func(r Replica) bool { return r.State(now) == ReplicaGone })
}

// ARNIn is the pool's Amazon Resource Name in another region.
func (p *Pool) ARNIn(region string) string {
	return strings.Replace(p.ARN(), ":"+p.Region+":", ":"+region+":", 1)
}

var regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d+$`)

// AddReplica starts to create a replica. The pool must have a multi-Region
// customer managed key and an issuer of type UPDATED, which is the same in all
// regions.
func (p *Pool) AddReplica(region string, tags map[string]string, now time.Time) (Replica, error) {
	k := p.KeyConfiguration
	alive := p.LiveReplicas(now)
	switch {
	case !regionForm.MatchString(region):
		return Replica{}, fault.Invalid("%s is not an AWS region.", region)
	case region == p.Region:
		return Replica{}, fault.Invalid("User pool %s is in region %s already.", p.ID, region)
	case k == nil || k.KmsKeyArn == nil || !strings.Contains(*k.KmsKeyArn, ":key/mrk-"):
		return Replica{}, fault.Invalid("A replica requires a multi-Region customer managed key in KeyConfiguration.")
	case p.IssuerConfiguration == nil || p.IssuerConfiguration.Type != "UPDATED":
		return Replica{}, fault.Invalid("A replica requires an IssuerConfiguration of type UPDATED.")
	case len(alive) >= maxReplicas:
		return Replica{},
			fault.Newf(fault.LimitExceeded, "Exceeded the limit of %d replica of user pool %s.", maxReplicas, p.ID)
	}
	if err := CheckTags(tags, fault.UserPoolTagging); err != nil {
		return Replica{}, err
	}
	r := Replica{Region: region, Phase: ReplicaCreating, Since: now, Tags: maps.Clone(tags)}
	p.Replicas = append(alive, r)
	return r, nil
}

// ActivateReplica makes a replica active or inactive.
func (p *Pool) ActivateReplica(region string, to ReplicaState, now time.Time) (Replica, error) {
	return p.moveReplica(region, now, to, ReplicaActive, ReplicaInactive)
}

// DeleteReplica starts to delete an inactive replica.
func (p *Pool) DeleteReplica(region string, now time.Time) (Replica, error) {
	return p.moveReplica(region, now, ReplicaDeleting, ReplicaInactive)
}

// moveReplica changes the state of a replica that is in one of the states from.
func (p *Pool) moveReplica(region string, now time.Time, to ReplicaState, from ...ReplicaState) (Replica, error) {
	if region == p.Region {
		return Replica{}, fault.Invalid("The region %s holds the primary user pool, which is not a replica.", region)
	}
	alive := p.LiveReplicas(now)
	i := slices.IndexFunc(alive, func(r Replica) bool { return r.Region == region })
	if i < 0 {
		return Replica{}, fault.Newf(fault.ResourceNotFound, "User pool %s has no replica in region %s.", p.ID, region)
	}
	if state := alive[i].State(now); !slices.Contains(from, state) {
		return Replica{}, fault.Invalid("The replica in region %s is %s and cannot become %s.", region, state, to)
	}
	alive[i].Phase, alive[i].Since = to, now
	p.Replicas = alive
	return alive[i], nil
}
