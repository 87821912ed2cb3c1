//! ConfigMaps and Secrets: keys, sizes, base64.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `ValidateConfigMap` and
//! `ValidateSecret`. What a Secret holds never appears in a message.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::shape::{ENTRY_DUPLICATE, Findings, PART_NAME_MALFORMED, required};

codes! {
    /// A ConfigMap or Secret holds at most 1 MiB. Larger files belong into an image, a volume or
    /// an object store.
    DATA_TOO_LARGE = "data-too-large": "more than 1 MiB in a ConfigMap or Secret";

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
    let wanted: &[&str] = match object.text("type") {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    };
    for key in wanted {
        let has = |part| object.map(part).is_some_and(|map| map.get(key).is_some());
        if !has("data") && !has("stringData") {
            required(object, &format!("data/{key}"), out);
        }
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
