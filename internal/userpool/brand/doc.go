// Package brand owns the appearance and links of a client's pages: the styles
// of managed login, the customizations of the classic hosted UI, and the
// documents of terms. It checks which settings, images and style sheets a page
// may contain, and merges settings.
//
// The package refuses SVG and CSS that could run or fetch anything. It has no
// storage and renders no page: rows belong to store, pages to face/hosted, the
// API to face/awsapi.
package brand
