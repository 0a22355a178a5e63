// Package api owns the words of the cognito-idp API: the types of its 140
// operations, their decoding, validation and encoding, the Service that
// implements them, and the names of its errors. Everything in zz_generated_*.go
// comes from model/ through gen/; go generate reproduces it.
//
// The package refuses behaviour: it neither answers an operation nor knows
// HTTP. Only face/awsapi and server import it.
package api

//go:generate go run ./gen
