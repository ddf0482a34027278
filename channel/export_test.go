package channel

// ReadInbound is how a request of the incoming API is read.
func ReadInbound(body []byte) (Inbound, error) { return readExact(body, readInbound) }

// ReadReceipt is the same for a receipt.
func ReadReceipt(body []byte) (Receipt, error) { return readExact(body, readReceipt) }
