// Package userfilter parses the Filter of ListUsers: one attribute, = or ^=, one
// quoted value. For anything else it returns the error of the API. Package store
// runs the filter.
package userfilter
