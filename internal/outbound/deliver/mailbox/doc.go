// Package mailbox is the sender of dev mode: it keeps messages in memory for
// the developer to read, codes included. It owns how many are kept. The log
// contains the URL of the mailbox, never the contents of messages.
package mailbox
