//! Differences of two texts, line by line.

use similar::TextDiff;

use super::text::visible;

/// A unified diff with three lines around each change; empty where nothing differs.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::from_lines(old, new);
    let text = diff
        .unified_diff()
        .context_radius(3)
        .header(path, path)
        .to_string();
    visible(&text).into_owned()
}
