// Package record defines the format of every document in the store: its members,
// their names and its version. A Kind encodes a domain type of userpool as a
// document and decodes it. Documents of a version that is too new are an error.
// The package does not validate the contents; the domain types do. Package store
// writes documents to rows.
//
// # Records
//
// A record is a struct whose members all have names in json tags. A record
// without nested records is converted to its domain type by a Go conversion,
// which ignores tags: it does not compile if a member of the domain type is
// missing. For the other records, a test sets every member of the domain type.
//
// # Changing a record
//
// During an upgrade, nodes of one release and of the next use the same database.
// Released documents stay readable:
//
//   - The zero value of a new member has the same meaning as its absence, and is
//     omitted (omitempty, omitzero). The version does not change.
//   - A member never changes its name, its type or its meaning. Instead, add a new
//     member and increment the version, at most once per release. The release
//     writes both members. Its record has a method upgrade, which sets the new
//     member from the old one in documents that an older node wrote last. The
//     next release may stop writing the old member.
//   - A member of an object in a list is lost when an older node changes that
//     object. If that is not acceptable, put the member into the document itself.
//   - Golden files of a release are never edited.
//
// # Versions
//
// A document begins with "v", the highest version that has written it. Without
// "v" it has version 1. A node reads and changes documents of its own version and
// of the next one: it keeps unknown members (see Kind.Encode) and "v", and sets
// "written" to its own, lower version. Then the members that this node does not
// define may be stale. A document of a version above the next one is an
// error: a release was skipped.
package record
