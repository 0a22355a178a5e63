// Package twilio sends text messages through Twilio's Messages API, or any
// service with the same API. It owns which errors are permanent, and refuses to
// send e-mail. Source: Twilio's reference, page Messages resource.
package twilio
