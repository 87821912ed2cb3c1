//! CertificateSigningRequests, and the names of signers.
//!
//! Source: k8s.io/kubernetes `pkg/apis/certificates/validation/validation.go`, and
//! `ValidateSignerName` of `pkg/apis/core/validation/validation.go`.

use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::object::config::decoded;
use crate::verify::object::items::{distinct, words};
use crate::verify::object::shape::{Findings, PART_NAME_MALFORMED, between, name, required};

const USAGES: &[&str] = &[
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

pub fn request(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/request", out);
    };
    required(&spec, "usages", out);
    words(&spec, "usages", USAGES, out);
    distinct(&spec, "usages", out);
    name(&spec, "signerName", signer, out);
    if spec.text("signerName") == "kubernetes.io/legacy-unknown" {
        let message = "`kubernetes.io/legacy-unknown` is refused by this version";
        out.push(
            spec.error_at("signerName", PART_NAME_MALFORMED, message)
                .help("name another signer"),
        );
    }
    between(&spec, "expirationSeconds", 600, i64::MAX, out);
    if !is_request(spec.text("request")) {
        let message = "`request` is no certificate request in PEM, encoded in base64";
        out.push(
            spec.error_at("request", PART_NAME_MALFORMED, message)
                .help("encode the file that begins with `-----BEGIN CERTIFICATE REQUEST-----`"),
        );
    }
}

/// Its signature is not looked at.
fn is_request(text: &str) -> bool {
    const BEGIN: &str = "-----BEGIN CERTIFICATE REQUEST-----";
    const END: &str = "-----END CERTIFICATE REQUEST-----";
    let Some(bytes) = decoded(text) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    let inner = text.split_once(BEGIN).map(|(_, rest)| rest);
    let inner = inner.and_then(|rest| rest.split_once(END));
    // The shortest sequence that a request can be.
    inner
        .and_then(|(body, _)| decoded(body))
        .is_some_and(|body| body.len() > 64 && body.first() == Some(&0x30))
}

/// `example.com/signer-name`
fn signer(text: &str) -> Wrong {
    let Some((domain, path)) = text.split_once('/').filter(|(_, path)| !path.contains('/')) else {
        return Some("must be a domain, `/` and a name");
    };
    if !domain.contains('.') {
        return Some("must begin with a domain of two parts or more");
    }
    if domain.len() > 253 || text.len() > 571 {
        return Some("must not be so long");
    }
    let domain = domain.split('.').find_map(names::label);
    domain.or_else(|| path.split('.').find_map(names::subdomain))
}
