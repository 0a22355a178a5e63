// Package view has what pages look like: their parts, templates, style sheets,
// icons and script. It knows no flow: a face describes a page by its parts, in the
// language of the user, and Write writes it.
//
// Every part has one template with the name of its type. The style of a customer
// sets custom properties and attributes (Look); templates know no other condition.
// Files have the hash of their content in their address, so that browsers keep them.
package view
