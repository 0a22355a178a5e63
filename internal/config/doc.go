// Package config owns the settings of a Lifeguard server: their names, their
// defaults and the rules between them.
//
// A setting that is missing or invalid is refused before anything starts, with a
// *FieldError that names the field and the cure. The command reads flags,
// environment and files; package server uses the settings.
//
// The root package has copies of the types, so that its documentation shows
// their fields; run go generate there after a change.
package config
