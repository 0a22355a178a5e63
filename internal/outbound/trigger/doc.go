// Package trigger owns the contract of Cognito's Lambda triggers: the events
// (a Source, an envelope, a request, a prefilled response), what a function
// may answer, and what a caller is told when it fails.
//
// Run asks one function one question:
//
//	call := trigger.Call{Pool: p, …, Source: trigger.SignUp}
//	response, err := trigger.Run(ctx, runner, call, trigger.PreSignUpRequest{…})
//
// Where the pool has no such trigger the zero response comes back, which says
// what a function says that returns its event untouched.
//
// Whoever the ARN in the pool's LambdaConfig stands for is asked through an
// Invoker, which Targets finds: the adapters are lambda (the Invoke API of AWS
// or of an emulator), webhook and command (a handler file run by Node or
// Python, or any program). Each pool has a bulkhead: a function that hangs
// holds up its own pool and nobody else.
//
// The package refuses to believe an answer: members are taken by their exact
// names and types, and claims that a function may not change are left out. It
// writes no secret down: the Recorder keeps events without passwords and codes.
//
// Sources: guide pages user-pool-lambda-* and
// cognito-user-pools-working-with-lambda-triggers; texts and null values are
// those of captured events and errors.
package trigger
