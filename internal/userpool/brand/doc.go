// Package brand owns what a client's pages look like and link to: the styles of
// managed login, the customizations of the classic hosted UI, and the documents
// of terms. It decides which settings, images and style sheets may stand in a
// page, and merges settings.
//
// The package refuses SVG and CSS that could run or fetch anything. It keeps no
// store and writes no page: rows belong to store, pages to face/hosted, the wire
// to face/awsapi.
package brand
