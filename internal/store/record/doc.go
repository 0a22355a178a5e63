// Package record owns the shape of every document in the store: which members
// it has, how they are called, and which version it is of. A Kind turns a noun
// of userpool into a document and back. The package refuses to read documents
// that are too new for it; whether a document makes sense is for the nouns.
// Package store puts documents into rows.
//
// # Records
//
// A record is a struct whose members all have names in json tags. A leaf
// converts to its noun by a Go conversion, which ignores tags: a member of the
// noun that the record lacks does not compile. For the others a test fills
// every member of the noun.
//
// # Changing a record
//
// Nodes of one release and of the next work on one database while it is
// upgraded. Whatever is released stays readable:
//
//   - A new member has a zero value that means what documents without it mean,
//     and is left out when it is zero (omitempty, omitzero). The version stays.
//   - A member never changes its name, its type or its meaning. Instead, a new
//     member is added and the version is raised by one, by one in a release. The
//     release writes both members; its record has a method upgrade, which sets
//     the new one from the old in documents that an older node wrote last. The
//     release after may stop writing the old one.
//   - A member of an object in a list is lost when an older node changes that
//     object. If that must not be, it belongs into the document itself.
//   - Golden files of a release are never edited.
//
// # Versions
//
// A document begins with "v", the highest version that has written it. One
// without is of version 1. A node reads and changes documents of the next
// version: members that it does not know stay (see Kind.Encode), "v" stays, and
// "written" says that a node of a lower version wrote the document last, so that
// what that node did not know is out of date. A document of a higher version
// than the next is an error: two releases have been skipped.
package record
