// Package lambda runs triggers through Lambda's Invoke API: at AWS, or at
// anything that speaks it (LocalStack and other emulators, sam local,
// serverless-offline, the runtime interface emulator in container images).
//
// It owns one HTTP request and the reading of its answer: a function that
// threw, a service that refused. It refuses to follow redirects and to answer
// with more than a function may. Source: API reference of AWS Lambda, Invoke;
// of the runtime interface emulator, its sources.
package lambda
