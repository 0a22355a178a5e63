// Package awssdktest lets a test be AWS.
package awssdktest
