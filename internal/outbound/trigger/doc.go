// Package trigger owns the contract of Cognito's Lambda triggers: the events (a
// Source, an envelope, a request, a prefilled response), the valid responses,
// and the errors for callers when a function fails.
//
// Run calls the function for one event:
//
//	call := trigger.Call{Pool: p, …, Source: trigger.SignUp}
//	response, err := trigger.Run(ctx, runner, call, trigger.PreSignUpRequest{…})
//
// If the pool has no such trigger, Run returns the zero response, which means
// the same as an unchanged event.
//
// Targets maps the ARN in the pool's LambdaConfig to an Invoker. The adapters
// are lambda (the Invoke API of AWS or of an emulator), webhook and command (a
// handler file run by Node or Python, or any program). Each pool has a
// bulkhead: a hanging function blocks its own pool only.
//
// Responses are not trusted: members are read by their exact names and types,
// and claims that a function may not change are dropped. No secret is recorded:
// the Recorder keeps events without passwords and codes.
//
// Sources: guide pages user-pool-lambda-* and
// cognito-user-pools-working-with-lambda-triggers; texts and null values are
// those of captured events and errors.
package trigger
