// Package lambda runs triggers through Lambda's Invoke API: of AWS, or of an
// emulator (LocalStack, sam local, serverless-offline, the runtime interface
// emulator in container images).
//
// It owns the HTTP request and decodes the response: a result, an error of the
// function, or an error of the service. It does not follow redirects, and
// bounds the size of responses. Source: API reference of AWS Lambda, Invoke; of
// the runtime interface emulator, its sources.
package lambda
