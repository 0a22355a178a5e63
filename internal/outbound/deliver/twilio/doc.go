// Package twilio sends text messages through Twilio's Messages API, or through
// any service that speaks its form. It owns which answers are final, and
// refuses to send e-mail. Source: Twilio's reference, page Messages resource.
package twilio
