package exact

import (
	"errors"
	"mime"
	"net/http"
	"strings"
)

// MediaType returns the media type of a request, "" if it says none, in lower case and without its parameters. The
// error says why the body cannot be JSON in UTF-8 as it is: it is compressed, in another charset, or has more than
// one type.
func MediaType(h http.Header) (string, error) {
	for _, coding := range h["Content-Encoding"] {
		if coding != "" && !strings.EqualFold(coding, "identity") {
			return "", errors.New("the body must not be compressed: send no Content-Encoding")
		}
	}
	types := h["Content-Type"]
	switch {
	case len(types) == 0:
		return "", nil
	case len(types) > 1:
		return "", errors.New("the body must have one Content-Type")
	case types[0] == "" || types[0] == "application/json":
		return types[0], nil
	}
	media, parameters, err := mime.ParseMediaType(types[0])
	if err != nil {
		return "", errors.New("the Content-Type cannot be read")
	}
	charset, given := parameters["charset"]
	if given && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		return "", errors.New("the body must be UTF-8: no other charset is read")
	}
	return media, nil
}
