// Package esdktest decrypts messages of the AWS Encryption SDK in tests. It
// shares no code with package esdk. The tests of that package use it to decrypt
// a message of the SDK.
package esdktest
