package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

// helpWords are the variables in the help of flags.
var helpWords = kong.Vars{
	"email_senders":   either(config.EmailSenders()),
	"sms_senders":     either(config.SMSSenders()),
	"trigger_targets": either(trigger.Forms()),
}

// either returns the words as "a, b or c".
func either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// messagesGroup is the heading of the flags of senders.
const messagesGroup = "Messages:"

// senderFlags are the flags of the built-in senders, made from the table in
// package config.
type senderFlags struct {
	kong.Plugins
	settings []config.SenderSetting
}

func newSenderFlags() (f senderFlags) {
	for _, s := range senderSettings() {
		if s.Env == "" {
			f.Plugins = append(f.Plugins, flagOf(s))
			f.settings = append(f.settings, s)
		}
	}
	return f
}

func senderSettings() (all []config.SenderSetting) {
	for _, s := range config.Senders() {
		all = append(all, s.Settings...)
	}
	return all
}

// flagOf returns a pointer to a struct with one field, which holds the value.
// The type is made here because kong takes a flag's description from the tag.
func flagOf(s config.SenderSetting) any {
	env := "LIFEGUARD_" + strings.ToUpper(strings.ReplaceAll(s.Flag, "-", "_"))
	tag := fmt.Sprintf("name:%q help:%q placeholder:%q env:%q group:%q",
		s.Flag, s.Help, s.Placeholder, env, messagesGroup)
	if s.Default != "" {
		tag += fmt.Sprintf(" default:%q", s.Default)
	}
	field := reflect.StructField{Name: "Value", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(tag)}
	return reflect.New(reflect.StructOf([]reflect.StructField{field})).Interface()
}

// configure sets the values of the flags, and the secrets, which come from the
// environment only, as the master key does.
func (f senderFlags) configure(c *config.Config) {
	for i, s := range f.settings {
		*s.Field(c) = reflect.ValueOf(f.Plugins[i]).Elem().Field(0).String()
	}
	for _, s := range senderSettings() {
		if s.Env != "" {
			*s.Field(c) = os.Getenv(s.Env)
		}
	}
}

// senderSecretsHelp returns the lines that follow secretsHelp.
func senderSecretsHelp() (text string) {
	for _, s := range senderSettings() {
		if s.Env != "" {
			text += fmt.Sprintf("\t%-26s %s\n", s.Env, s.Help)
		}
	}
	return text
}
