// Package locale has the texts of the pages in every language, one file for each.
// A text has a key and may have placeholders in braces, such as {name}. English
// is complete; the tests require every other language to be complete too.
package locale
