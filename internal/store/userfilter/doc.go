// Package userfilter owns the grammar of ListUsers' Filter: one attribute, =
// or ^=, one quoted value. It refuses everything else with the API's own
// words; running a filter is store's.
package userfilter
