// Package server owns the wiring: it is the only place that knows everybody.
// It opens the store, builds flows and faces, mounts them on one mux, runs the
// background jobs (key stock, outbox, sweeping) and drains on stop. Health,
// metrics and dev mode's endpoints live here because they look at all floors.
//
// It refuses to hold behaviour of Cognito; that is in the flows and nouns.
package server
