// Package config owns the settings of a Lifeguard server: their names, their
// defaults and the rules between them. The zero value plus a mode serves.
//
// A setting that cannot be is refused before anything starts, by a
// *FieldError that names the field and the cure. Reading flags, environment
// and files is the command's; acting on settings is server's.
package config
