// Package esdk writes messages of the AWS Encryption SDK, format version 1, as
// Amazon Cognito does for custom senders: the suite
// AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384, framed, with one data key of
// AWS KMS. Custom sender functions decrypt the codes with the SDK of their
// language.
//
// Source: the reference of the AWS Encryption SDK, pages message-format,
// body-aad-reference and algorithms-reference; a ciphertext captured from
// Cognito. The end-to-end tests decrypt messages with the SDK for JavaScript.
//
// The package does not read messages, write other suites or fetch keys: the
// caller supplies a data key that is wrapped for the context of the message.
package esdk
