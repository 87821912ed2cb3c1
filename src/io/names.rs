//! Which names every file system that we know can hold, and how odd ones are shown.

/// Names of devices on Windows, with any extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// Why a file or folder of this name cannot exist everywhere; `None` if it can.
///
/// Windows refuses device names with any extension, `<>:"|?*\`, control characters, and names
/// that end with a dot or a space.
pub(super) fn unportable(name: &str) -> Option<String> {
    let stem = name.split('.').next().unwrap_or("").trim_end();
    if matches!(stem.len(), 3 | 4) && is_device(&stem.to_ascii_lowercase()) {
        let stem = stem.to_ascii_lowercase();
        return Some(format!("`{stem}` is the name of a device on Windows"));
    }
    // Nearly all names of ours: no need to look closer.
    let is_plain = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
    if name.bytes().all(is_plain) && !name.is_empty() && !name.ends_with('.') {
        return None;
    }
    if let Some(bad) = name.chars().find(|c| "<>:\"|?*\\/".contains(*c)) {
        return Some(format!("Windows allows no `{bad}` in names"));
    }
    if name.chars().any(char::is_control) {
        return Some("it holds a control character".into());
    }
    match name.chars().last() {
        None => Some("it is empty".into()),
        Some('.') => Some("Windows drops the dot at its end".into()),
        Some(' ') => Some("Windows drops the space at its end".into()),
        Some(_) => None,
    }
}

fn is_device(stem: &str) -> bool {
    let is_port = |digit: &str| digit.len() == 1 && digit != "0" && digit.parse::<u8>().is_ok();
    let port = stem.strip_prefix("com").or(stem.strip_prefix("lpt"));
    DEVICES.contains(&stem) || port.is_some_and(is_port)
}

/// The same for each part of a `/`-separated relative path: `..`, `.` and a leading `/` included.
pub(super) fn unportable_path(path: &str) -> Option<String> {
    path.split('/').find_map(unportable)
}

/// Text that is safe on a terminal and stays on one line.
pub(super) fn shown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_cannot_hold_are_unportable() {
        for name in [
            "CON",
            "nul",
            "aux.kdl",
            "Com1.yaml",
            "LPT9",
            "a:b",
            "a\\b",
            "a*",
            "what?",
            "a.",
            "a ",
            "..",
            ".",
            "",
            "a\tb",
            "nul .kdl",
        ] {
            assert!(unportable(name).is_some(), "{name:?}");
        }
        for name in [
            "console.kdl",
            "com0",
            "com10",
            "aux-api.yaml",
            ".hidden",
            "größe",
            "a b",
        ] {
            assert_eq!(unportable(name), None, "{name:?}");
        }
    }

    #[test]
    fn paths_that_leave_their_root_are_unportable() {
        for path in [
            "/etc/passwd",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            "c:/x",
            "a\\..\\b",
        ] {
            assert!(unportable_path(path).is_some(), "{path:?}");
        }
        assert_eq!(
            unportable_path("production/services/cart/rollout.yaml"),
            None
        );
    }
}
