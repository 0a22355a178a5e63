// Package mailbox is the sender of dev mode: it keeps messages in memory for
// the developer to read, codes included. It owns how many are kept, refuses
// nothing, and hands them to whoever asks. The log says where to look, never
// what was sent.
package mailbox
