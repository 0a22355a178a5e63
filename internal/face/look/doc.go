// Package look makes what a view.Look says from the style of a client: a style sheet of
// custom properties, images at addresses with their hash, and choices of the layout. It
// keeps them in memory and serves the files.
//
// Only what a customer has set is written over our own look: the default document of
// Amazon Cognito does not replace it. No text of a customer is copied: colors are
// checked by a pattern, radii are numbers, names of identity providers are escaped.
// Source of the settings: guide page managed-login-brandingeditor.
package look
