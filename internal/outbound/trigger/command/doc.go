// Package command runs triggers as processes of this machine: a handler file
// written for Lambda, by Node or Python, or any program.
//
// A target has a few workers, started when they are needed and kept. A worker
// does one call at a time, as an instance of Lambda does. Both ways it speaks
// one line of JSON:
//
//	→ {"id":"7","event":{…},"arn":"arn:aws:lambda:…","callId":"0b3e…","limit":5000}
//	← {"id":"7","result":{…}}
//	← {"id":"7","error":{"errorType":"Error","errorMessage":"Not today"}}
//
// Limit is in milliseconds; "last":true says that the worker ends. Result is the event, or no more than its response.
// Other lines on standard output, and all of standard error, go to the log.
//
// A worker that dies fails its call with the words of Lambda and is replaced,
// after a growing pause if it dies again and again; one that does not answer
// in time is killed with everything it started. A changed handler file is
// loaded with the next call. The package refuses to hand the server's own
// settings to programs: variables that begin with LIFEGUARD_ stay behind.
//
// Handlers in files export handler (in Python also lambda_handler): async, or
// with a callback. Their context has the members of Lambda's. Source: guide of
// AWS Lambda, pages nodejs-handler, nodejs-context, python-handler.
package command
