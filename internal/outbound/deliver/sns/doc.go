// Package sns sends text messages through Amazon SNS. It owns how a message
// becomes a call and which errors are permanent. The region is that of the
// pool's SmsConfiguration.
package sns
