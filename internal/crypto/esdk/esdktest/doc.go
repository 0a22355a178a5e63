// Package esdktest reads messages of the AWS Encryption SDK in tests, on its own
// account: it shares nothing with the writer in package esdk, whose tests have
// it read what the SDK itself wrote.
package esdktest
