package api

// Error names that are not in the model: AWS's front end returns them before it
// calls an operation (native API, signature verification and serialization).
// AccessDeniedException is in the model.
const (
	ExpiredTokenException               = "ExpiredTokenException"
	IncompleteSignatureException        = "IncompleteSignatureException"
	InvalidSignatureException           = "InvalidSignatureException"
	MissingAuthenticationTokenException = "MissingAuthenticationTokenException"
	RequestEntityTooLargeException      = "RequestEntityTooLargeException"
	SerializationException              = "SerializationException"
	UnknownOperationException           = "UnknownOperationException"
	UnrecognizedClientException         = "UnrecognizedClientException"
)
