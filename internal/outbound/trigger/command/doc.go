// Package command runs triggers as processes of this machine: a handler file
// written for Lambda, by Node or Python, or any program.
//
// A target has a few workers, which are started on demand and reused. A worker
// runs one call at a time, as an instance of Lambda does. Requests and
// responses are lines of JSON:
//
//	→ {"id":"7","event":{…},"arn":"arn:aws:lambda:…","callId":"0b3e…","limit":5000}
//	← {"id":"7","result":{…}}
//	← {"id":"7","error":{"errorType":"Error","errorMessage":"Not today"}}
//
// Limit is in milliseconds. With "last":true the worker exits afterwards.
// Result is the event, or its response only. Other lines on standard output,
// and all of standard error, are logged.
//
// If a worker crashes, its call fails with Lambda's error text and the worker
// is replaced, after an increasing pause if it crashes repeatedly. A worker
// that exceeds the limit is killed with all its child processes. A changed
// handler file is loaded at the next call. The server's own settings are not
// passed to programs: variables that begin with LIFEGUARD_ are removed.
//
// Handler files export handler (in Python also lambda_handler), which is async
// or has a callback. The context has the members of Lambda's. Source: guide of
// AWS Lambda, pages nodejs-handler, nodejs-context, python-handler.
package command
