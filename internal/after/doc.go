// Package after runs the work that follows a commit. There are two kinds.
//
// Runs are detached from their request: they continue after the client
// disconnects. They are limited in number and time, counted, and awaited by
// Close. They do not survive the process. Lambda triggers that run after the
// commit use them.
//
// A Worker processes jobs that are stored as rows: they survive the process, and
// all nodes share them. A worker claims a job for the length of a lease and
// renews the lease while it holds the job. Each claim has a number, and every
// write to the job compares it: a worker that has lost its lease cannot
// overwrite the claim of another. An attempt is counted when the work was tried.
// A claim takes only as many jobs as there is room for. Messages are delivered
// this way. To add a kind of job, implement Queue in the store and pass the
// function for one attempt to NewWorker.
//
// The package does not depend on the work itself, which is done by functions
// passed to the constructors.
package after
