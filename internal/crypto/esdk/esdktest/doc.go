// Package esdktest decrypts messages of the AWS Encryption SDK in tests. It shares
// no code with package esdk; the tests of that package have it decrypt a message
// that the SDK wrote.
package esdktest
