// Package awssdktest provides test servers in place of AWS.
package awssdktest
