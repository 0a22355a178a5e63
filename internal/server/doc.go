// Package server owns the wiring: it connects all other packages. It opens the
// store, builds flows and faces, mounts them on one mux, runs the
// background jobs (key stock, outbox, sweep) and drains on stop. Health and
// metrics are here because they need every package, and the contents of the
// demonstration pool because they are created by calling operations.
//
// It has no behaviour of Cognito, which is in flows and domain types, and no
// endpoints other than health and metrics: it passes requests to the faces.
package server
