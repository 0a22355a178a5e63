package api

// Error names that the model lacks: AWS's front end answers with them before
// an operation is reached (native API, signature verification and
// serialization). AccessDeniedException is in the model.
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
