//! ConfigMaps and Secrets: keys, sizes, base64.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `ValidateConfigMap` and
//! `ValidateSecret`. What a Secret holds never appears in a message.

use crate::codes;
use crate::value::pointer_step;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::shape::{ENTRY_DUPLICATE, Findings, PART_NAME_MALFORMED, required};

codes! {
    /// A ConfigMap or Secret holds at most 1 MiB. Larger files belong into an image, a volume or
    /// an object store.
    DATA_TOO_LARGE = "data-too-large": "more than 1 MiB in a ConfigMap or Secret";

    /// A Secret of the type `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg` holds an
    /// object in JSON, and the API server reads it. Often the text was encoded twice, or not at all
    /// where `data` wants base64.
    ///
    /// Put the plain JSON into `stringData`, or encode it once for `data`.
    DATA_NOT_JSON = "data-not-json": "registry credentials that are no JSON";

    /// `data` of a Secret and `binaryData` of a ConfigMap are base64 (RFC 4648, with padding).
    /// Plain text goes into `stringData` or `data` respectively.
    BASE64_MALFORMED = "base64-malformed": "data that is not base64";
}

const MOST: usize = 1024 * 1024;

pub fn config_map(object: &Cursor, out: &mut Findings) {
    let mut size = 0;
    for (key, entry) in object.entries("data") {
        key_shape(key, &entry, out);
        size += entry.value().as_str().map_or(0, str::len);
        if object
            .map("binaryData")
            .is_some_and(|binary| binary.get(key).is_some())
        {
            let message = format!("`{key}` is in both `data` and `binaryData`");
            out.push(
                entry
                    .error(ENTRY_DUPLICATE, message)
                    .help("keep one of the two"),
            );
        }
    }
    size += encoded(object, "binaryData", out);
    too_large(object, "data", size, out);
}

pub fn secret(object: &Cursor, out: &mut Findings) {
    let mut size = encoded(object, "data", out);
    for (key, entry) in object.entries("stringData") {
        key_shape(key, &entry, out);
        size += entry.value().as_str().map_or(0, str::len);
    }
    too_large(object, "data", size, out);
    typed(object, out);
}

/// What the type of a Secret promises.
fn typed(object: &Cursor, out: &mut Findings) {
    let has = |key: &str| {
        let in_map = |part| object.map(part).is_some_and(|map| map.get(key).is_some());
        in_map("data") || in_map("stringData")
    };
    let kind = object.text("type");
    let wanted: &[&str] = match kind {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/basic-auth" if !has("password") => &["username"],
        _ => &[],
    };
    for key in wanted.iter().filter(|key| !has(key)) {
        required(object, &format!("data/{key}"), out);
    }
    let account = "kubernetes.io/service-account.name";
    if kind == "kubernetes.io/service-account-token" {
        let annotations = object.map("metadata/annotations");
        let named = annotations.and_then(|map| map.get(account)?.as_str());
        if named.is_none_or(str::is_empty) {
            required(
                object,
                &format!("metadata/annotations/{}", pointer_step(account)),
                out,
            );
        }
    }
    for key in [".dockerconfigjson", ".dockercfg"] {
        if wanted.contains(&key) && has(key) {
            json(object, key, out);
        }
    }
    // An empty one counts as missing for this type alone.
    let key = "ssh-privatekey";
    if wanted.contains(&key) && has(key) && value(object, key).is_some_and(|text| text.is_empty()) {
        required(object, &format!("data/{key}"), out);
    }
}

/// The bytes of an entry; `stringData` wins.
fn value(object: &Cursor, key: &str) -> Option<Vec<u8>> {
    let plain = object
        .map("stringData")
        .and_then(|map| map.get(key)?.as_str());
    match plain {
        Some(text) => Some(text.as_bytes().to_vec()),
        None => decoded(object.map("data")?.get(key)?.as_str()?),
    }
}

/// An object in JSON, or `null`.
fn json(object: &Cursor, key: &str, out: &mut Findings) {
    let Some(bytes) = value(object, key) else {
        return;
    };
    let read: Result<Option<serde_json::Map<String, serde_json::Value>>, _> =
        serde_json::from_slice(&bytes);
    if read.is_err() {
        out.push(
            object
                .error_at(
                    "type",
                    DATA_NOT_JSON,
                    format!("`{key}` is no object in JSON"),
                )
                .help("write what `docker login` stores"),
        );
    }
}

fn key_shape(key: &str, entry: &Cursor, out: &mut Findings) {
    if let Some(wrong) = names::config_key(key) {
        let message = format!("the key `{key}` {wrong}");
        out.push(
            entry
                .error(PART_NAME_MALFORMED, message)
                .help("rename the key"),
        );
    }
}

/// Checks keys and encoding of a map, and gives its decoded size.
fn encoded(object: &Cursor, path: &str, out: &mut Findings) -> usize {
    let mut size = 0;
    for (key, entry) in object.entries(path) {
        key_shape(key, &entry, out);
        let Some(text) = entry.value().as_str() else {
            continue;
        };
        size += text.len() / 4 * 3;
        if !is_base64(text) {
            let message = format!("`{key}` is not base64");
            out.push(entry.error(BASE64_MALFORMED, message).help("encode it, or write plain text into `stringData` of a Secret or `data` of a ConfigMap"));
        }
    }
    size
}

/// The bytes that a text in base64 stands for.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    if !is_base64(text) {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    let bytes = digits.chunks(4).flat_map(|group| {
        let mut whole = [0u8; 4];
        whole[..group.len()].copy_from_slice(group);
        let three = [
            whole[0] << 2 | whole[1] >> 4,
            whole[1] << 4 | whole[2] >> 2,
            whole[2] << 6 | whole[3],
        ];
        three.into_iter().take(group.len().saturating_sub(1))
    });
    Some(bytes.collect())
}

/// Standard alphabet with padding; Go's decoder skips line ends.
fn is_base64(text: &str) -> bool {
    let (mut digits, mut padding) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'\r' | b'\n' => {}
            b'=' => padding += 1,
            _ if padding > 0 => return false,
            b'+' | b'/' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => digits += 1,
            _ => return false,
        }
    }
    padding <= 2 && (digits + padding) % 4 == 0 && digits % 4 != 1
}

fn too_large(object: &Cursor, path: &str, size: usize, out: &mut Findings) {
    if size > MOST {
        let message = format!("the data has {size} bytes, and {MOST} are allowed");
        out.push(
            object
                .error_at(path, DATA_TOO_LARGE, message)
                .help("split the object, or take the file out of it"),
        );
    }
}
