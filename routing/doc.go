// Package routing decides who should answer an enquiry.
package routing
