// Package esdk owns the message format of the AWS Encryption SDK, version 1, as
// far as Cognito writes it: the suite AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
// framed, with one data key of AWS KMS. Functions that send a pool's messages
// decrypt such codes with the SDK of their language.
//
// Source: the reference of the AWS Encryption SDK, pages message-format,
// body-aad-reference and algorithms-reference; a ciphertext captured from
// Cognito. What is written here is read by the SDK for JavaScript in e2e.
//
// The package refuses to read messages, to write any other suite, and to fetch
// keys: who has them wraps the data key for the context that a Message names.
package esdk
