// Package after owns the work that follows a commit, of which there are two
// kinds.
//
// Runs are detached from their request: they go on when the client hangs up.
// They are bounded in number and time, counted, and waited for by Close. Nothing
// of them outlasts the process. Functions that are told of what has been
// committed run so.
//
// A Worker does jobs that are rows: they outlast the process and are shared by
// nodes. A job is claimed for the length of a lease, which the worker renews
// while it holds the job. Each claim has a number, which every write about the
// job compares: a worker that has lost its lease cannot record an outcome over
// the claim of another. Attempts are counted when work was tried, and a claim
// takes only as many jobs as there is room for. Messages are delivered so. To
// add a kind of job, implement Queue in the store and give NewWorker what an
// attempt does.
//
// The package knows nothing of what is done. It hands jobs to the functions
// that it was made with.
package after
