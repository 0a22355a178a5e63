// Package server owns the wiring: it is the only place that knows everybody.
// It opens the store, builds flows and faces, mounts them on one mux, runs the
// background jobs (key stock, outbox, sweeping) and drains on stop. Health and
// metrics are here because they look at every package, and the contents of the
// demonstration pool because they are made by calling operations.
//
// It refuses to hold behaviour of Cognito, which is in flows and nouns, and
// endpoints other than its own: it hands requests to the faces.
package server
