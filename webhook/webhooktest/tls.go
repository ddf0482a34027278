package webhooktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"
)

// TLS says what an endpoint shows of itself when a client connects.
type TLS string

// The ways to answer a TLS handshake.
const (
	Plain     TLS = ""           // HTTP without TLS
	Trusted   TLS = "trusted"    // a certificate as it should be; [Endpoint.Client] trusts it
	Expired   TLS = "expired"    // a certificate that ended in 1971
	WrongName TLS = "wrong_name" // a certificate for another host
	Unknown   TLS = "unknown"    // a certificate whose root nobody knows
	NoTLS     TLS = "no_tls"     // an https URL behind which HTTP is spoken
	Mute      TLS = "mute"       // connections are taken, and never a word is said
)

// newCertificate makes a root and a certificate by it, with the pool that a
// client is to trust. Validity does not depend on when the test runs.
func newCertificate(kind TLS) (tls.Certificate, *x509.CertPool, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	root := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "webhooktest root"},
		NotBefore:             time.Unix(0, 0),
		NotAfter:              time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	pool := x509.NewCertPool()
	if kind != Unknown {
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			return tls.Certificate{}, nil, err
		}
		pool.AddCert(parsed)
	}
	certificate, err := newLeaf(kind, root, rootKey)
	return certificate, pool, err
}

func newLeaf(kind TLS, root *x509.Certificate, rootKey *ecdsa.PrivateKey) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "webhooktest"},
		NotBefore:    root.NotBefore,
		NotAfter:     root.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"webhooktest.example"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	switch kind {
	case Expired:
		leaf.NotAfter = time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)
	case WrongName:
		leaf.DNSNames, leaf.IPAddresses = []string{"somebody-else.example"}, nil
	default:
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, rootKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
