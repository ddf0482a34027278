module github.com/usherchat/usher/internal/bench

go 1.26.0

require (
	github.com/usherchat/usher v0.0.0
	golang.org/x/time v0.16.0
)

require github.com/benbjohnson/clock v1.3.5 // indirect

replace github.com/usherchat/usher => ../..
